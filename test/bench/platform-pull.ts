import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { loadConnector } from '../../connectors/registry.ts'
import type { BoundSource } from '../../core/connector/connector.ts'
import { mappingManifestSchema } from '../../core/manifest/manifest.ts'
import { profileSchemaShape } from '../../core/profile/profile-schema.ts'
import { gatherPages } from '../../core/sync/gather-pages.ts'
import { recordsPerWrite } from '../../core/sync/pull.ts'
import { installGuardedDispatcher } from '../../hub-server/net/guarded-dispatcher.ts'
import { createPlatformCaller } from '../../hub-server/net/platform-caller.ts'
import { systemClock } from '../../hub-server/net/system-clock.ts'
import { openDuckDb } from '../../hub-server/warehouse/duckdb.ts'
import { createProfileStore } from '../../hub-server/warehouse/profile-store.ts'
import { loopbackNetwork } from '../support/loopback-network.ts'
import { silentLogger } from '../support/silent-logger.ts'

/** What is asked of a contact. */
const fieldsOf: Readonly<Record<string, readonly string[]>> = {
  hubspot: ['email', 'firstname', 'lastname', 'phone', 'city', 'country', 'lifecyclestage', 'jobtitle'],
  salesforce: ['Email', 'FirstName', 'LastName', 'Phone', 'MailingCity', 'MailingCountry', 'Title'],
}

const { signal } = new AbortController()

interface PageServer {
  readonly url: string
  readonly accessToken: string
  /** Addresses of the pages served since the last call. */
  pages(): Promise<readonly string[]>
  close(): Promise<void>
}

async function startPageServer(platform: string, size: number): Promise<PageServer> {
  const script = fileURLToPath(new URL('serve-pages.ts', import.meta.url))
  const child = spawn(process.execPath, [script, platform, String(size)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = await once(createInterface({ input: child.stdout }), 'line')
  const { url, accessToken } = z
    .object({ url: z.string(), accessToken: z.string() })
    .parse(JSON.parse(String(line)))
  return {
    url,
    accessToken,
    pages: async () => z.array(z.string()).parse(await (await fetch(`${url}/pages`)).json()),
    async close() {
      child.kill()
      await once(child, 'close')
    },
  }
}

async function openSource(platform: string, { url, accessToken }: PageServer): Promise<BoundSource> {
  const connector = await loadConnector(platform)
  const shared = { connection: 'bench', clock: systemClock, logger: silentLogger }
  const call = createPlatformCaller({
    ...shared,
    budgets: connector.budgets,
    pacing: false,
    random: Math.random,
    signal,
  })
  const facts = { instance_url: url, org_id: '00D5g000004ABCDEA4' }
  const config = {
    hubspot: { access_token: accessToken, base_url: url },
    // The figure is about pages of JSON, so the Bulk API, whose pages are CSV, stays off.
    salesforce: {
      login_url: url,
      client_id: 'consumer-key',
      client_secret: 'consumer-secret',
      refresh_token: 'refresh-token',
      bulk_query_above: 100_000_000,
    },
  }[platform]
  const connection = connector.connect(
    {
      ...shared,
      call,
      fetch: globalThis.fetch,
      workspace: '/',
      credentials: { current: () => Promise.resolve({ accessToken, expiresAt: null, facts }) },
    },
    config,
  )
  const source = connection.source('contacts')
  if (!source) throw new TypeError(`the connector "${platform}" reads no contacts`)
  return source
}

const rssMb = (): number => Math.round(process.memoryUsage.rss() / 2 ** 20)

/** Reads of this many records alternate, so that what else the machine does falls on both sides alike. */
const recordsPerTurn = 20_000

interface Comparison {
  readonly records: number
  readonly readMs: number
  readonly bareMs: number
  /** Resident memory after each turn, in MB. */
  readonly rss: readonly number[]
}

/** Reads the stream through the hub's caller and, turn by turn, the same pages again with bare `fetch` and `JSON.parse`. */
async function compare(
  source: BoundSource,
  server: PageServer,
  fields: readonly string[],
): Promise<Comparison> {
  const rss: number[] = []
  let [records, readMs, bareMs, turnEnd] = [0, 0, 0, recordsPerTurn]
  await server.pages()
  let startedAt = performance.now()
  const endTurn = async (): Promise<void> => {
    readMs += performance.now() - startedAt
    rss.push(rssMb())
    bareMs += await fetchBare(server, await server.pages())
    turnEnd += recordsPerTurn
    startedAt = performance.now()
  }
  for await (const page of source.read({ cursor: null, fields, signal })) {
    records += page.records.length
    if (records >= turnEnd) await endTurn()
  }
  await endTurn()
  return { records, readMs, bareMs, rss }
}

async function fetchBare({ url, accessToken }: PageServer, paths: readonly string[]): Promise<number> {
  const headers = { authorization: `Bearer ${accessToken}` }
  const startedAt = performance.now()
  for (const path of paths) JSON.parse(await (await fetch(url + path, { headers })).text())
  const ms = performance.now() - startedAt
  await (await fetch(`${url}/pages`)).text()
  return ms
}

const schema = z.strictObject(profileSchemaShape).parse({
  traits: { first_name: { type: 'text' }, last_name: { type: 'text' }, city: { type: 'text' } },
  identifiers: { email: { form: 'email' } },
})

const mappingOf = (platform: string): z.output<typeof mappingManifestSchema> => {
  const [email, firstName, lastName, , city] = fieldsOf[platform] ?? []
  return mappingManifestSchema.parse({
    kind: 'mapping',
    version: 1,
    name: 'contacts',
    connection: 'bench',
    stream: 'contacts',
    identifiers: { email: { from: email } },
    traits: { first_name: { from: firstName }, last_name: { from: lastName }, city: { from: city } },
  })
}

interface Pull {
  readonly records: number
  readonly seconds: number
  readonly peakRssMb: number
}

/** What a sync's pull does: pages durable in the warehouse while the next are read. */
async function pullIntoWarehouse(source: BoundSource, platform: string): Promise<Pull> {
  const folder = await mkdtemp(join(tmpdir(), 'affluent-platform-pull-'))
  const duckdb = await openDuckDb({ path: join(folder, 'warehouse.duckdb'), memoryLimitMb: 300 })
  try {
    const store = createProfileStore({ duckdb, clock: systemClock })
    await store.prepare(schema)
    store.expect([mappingOf(platform)])
    let [records, peakRssMb] = [0, 0]
    const startedAt = performance.now()
    const fields = fieldsOf[platform] ?? []
    for await (const page of gatherPages(source.read({ cursor: null, fields, signal }), recordsPerWrite)) {
      await store.writePage({
        stream: { connection: 'bench', stream: 'contacts' },
        runId: 'run_1',
        receivedAt: systemClock.now(),
        records: page.records,
        quarantined: page.quarantined,
      })
      records += page.records.length
      peakRssMb = Math.max(peakRssMb, rssMb())
    }
    const seconds = (performance.now() - startedAt) / 1000
    await store.close()
    return { records, seconds, peakRssMb }
  } finally {
    duckdb.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

const rounded = (value: number, digits = 2): number => Number(value.toFixed(digits))
const mean = (values: readonly number[]): number =>
  Math.round(values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length))

/**
 * `size` contacts read from a platform through the hub's real caller, limits off, against bare `fetch` and `JSON.parse` of the very
 * same pages in the same run; then pulled into a warehouse. The platform is a process of its own (`serve-pages.ts`).
 */
export async function bench(options: { size: number; platform: string }): Promise<Record<string, unknown>> {
  const { size, platform } = options
  const fields = fieldsOf[platform]
  if (!fields) throw new RangeError('choose --platform hubspot or --platform salesforce')
  installGuardedDispatcher({ networks: loopbackNetwork })
  const idleMb = rssMb()
  const warmUp = await startPageServer(platform, Math.min(size, 20_000))
  await compare(await openSource(platform, warmUp), warmUp, fields)
  await warmUp.close()
  const server = await startPageServer(platform, size)
  try {
    const source = await openSource(platform, server)
    const { records, readMs, bareMs, rss } = await compare(source, server, fields)
    const half = Math.floor(rss.length / 2)
    const pull = await pullIntoWarehouse(source, platform)
    return {
      platform,
      records,
      readSeconds: rounded(readMs / 1000),
      bareSeconds: rounded(bareMs / 1000),
      ratio: rounded(readMs / bareMs),
      ratioWithWarehouse: rounded((pull.seconds * 1000) / bareMs),
      readRecordsPerSecond: Math.round((records / readMs) * 1000),
      memory: {
        idleMb,
        peakAboveIdleMb: Math.max(...rss) - idleMb,
        meanOfFirstHalfMb: mean(rss.slice(0, half)),
        meanOfSecondHalfMb: mean(rss.slice(half)),
      },
      pulledIntoWarehouse: {
        records: pull.records,
        seconds: rounded(pull.seconds),
        recordsPerSecond: Math.round(pull.records / pull.seconds),
        peakAboveIdleMb: pull.peakRssMb - idleMb,
      },
    }
  } finally {
    await server.close()
  }
}
