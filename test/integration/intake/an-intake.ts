import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseManifest, toWorkspace } from '../../../core/manifest/parse-manifest.ts'
import type { Clock } from '../../../core/port/clock.ts'
import type { EventSpool, SpooledCall } from '../../../core/port/event-spool.ts'
import type { ProfileStore } from '../../../core/port/profile-store.ts'
import { createApp } from '../../../hub-server/http/create-app.ts'
import { startServer, type StartedServer } from '../../../hub-server/http/start-server.ts'
import { createEventDrain, type EventDrain } from '../../../hub-server/intake/drain-events.ts'
import { openEventSpool } from '../../../hub-server/intake/event-spool.ts'
import { createKeyRing } from '../../../hub-server/intake/key-ring.ts'
import { createEventReceiver } from '../../../hub-server/intake/receive-events.ts'
import { systemClock } from '../../../hub-server/net/system-clock.ts'
import { openControlStore } from '../../../hub-server/store/open-control-store.ts'
import { sha256 } from '../../../hub-server/store/sha256.ts'
import { createLogger } from '../../../hub-server/telemetry/logger.ts'
import { openDuckDb, type DuckDb } from '../../../hub-server/warehouse/duckdb.ts'
import { createProfileStore } from '../../../hub-server/warehouse/profile-store.ts'
import { aGate } from '../../support/a-gate.ts'
import { httpRequest, type HttpAnswer, type HttpCall } from '../../support/http-request.ts'

/** Keys of `anIntake`: each of a source of its own. */
export const keys = { website: 'wk_website', app: 'wk_app' } as const

const schema = {
  kind: 'profile_schema',
  version: 1,
  name: 'people',
  traits: { plan: { type: 'text' }, city: { type: 'text' } },
  identifiers: { user_id: { form: 'exact' }, anonymous_id: { form: 'exact' }, email: { form: 'email' } },
  events: { purchase: { properties: { amount: 'number' } } },
  consents: {},
  source_priority: ['events'],
}
const person = { user_id: { from: 'userId' }, anonymous_id: { from: 'anonymousId' } }
const mapping = (stream: string, more: object): object => ({
  kind: 'mapping',
  version: 1,
  name: `events-${stream}`,
  connection: 'events',
  stream,
  identifiers: person,
  ...more,
})
const manifests = [
  schema,
  mapping('identify', {
    identifiers: { ...person, email: { from: 'traits.email' } },
    traits: { plan: { from: 'traits.plan' }, city: { from: 'traits.city' } },
  }),
  mapping('alias', { identifiers: { user_id: { from: 'userId' }, anonymous_id: { from: 'previousId' } } }),
  mapping('track', {
    events: [
      {
        event: 'purchase',
        where: [{ from: 'event', op: 'equals', value: 'Order Completed' }],
        person,
        time: { from: 'timestamp', apply: ['datetime'] },
        properties: { amount: { from: 'properties.total' } },
      },
    ],
  }),
]

/** Manifests by which the events of `anIntake` become profiles. */
const eventWorkspace = toWorkspace(manifests.map((manifest) => parseManifest(manifest)))

export interface IntakeSettings {
  readonly clock?: Clock
  readonly limits?: { readonly waitingBytes?: number; readonly unkeptBytes?: number }
  /** Stands before the spool's own, to fail. */
  readonly beforeKeep?: () => void
  /** Told what the spool has kept. */
  readonly afterKeep?: (calls: readonly SpooledCall[]) => void
}

/** A real server over a spool on disk and a warehouse in memory. Nothing is drained until it is asked for. */
export interface IntakeUnderTest extends AsyncDisposable {
  readonly server: StartedServer
  readonly spool: EventSpool
  readonly duckdb: DuckDb
  readonly drain: EventDrain
  readonly profiles: ProfileStore
  readonly lines: readonly string[]
  readonly wakes: () => number
  send(path: string, body: unknown, call?: HttpCall): Promise<HttpAnswer>
  /** Drains and refreshes; gives the number of new records. */
  work(): Promise<number>
  /** Fields of the records of a stream, by external id. */
  records(stream: string): Promise<Record<string, Record<string, unknown>>>
  quarantined(): Promise<{ stream: string; code: string }[]>
}

export async function anIntake(settings: IntakeSettings = {}): Promise<IntakeUnderTest> {
  const { clock = systemClock } = settings
  const folder = await mkdtemp(join(tmpdir(), 'affluent-intake-'))
  const control = await openControlStore(':memory:', clock)
  for (const [source, key] of Object.entries(keys))
    await control.addWriteKey(sha256(key), { source, createdAt: clock.now(), createdBy: 'test' })
  const spool = openEventSpool(join(folder, 'events.sqlite'))
  const duckdb = await openDuckDb({ path: ':memory:', memoryLimitMb: 400, threads: 1 })
  const profiles = createProfileStore({ duckdb, clock, workers: 1 })
  if (!eventWorkspace) throw new Error('the manifests have a profile schema')
  await profiles.prepare(eventWorkspace.profileSchema)
  const mappings = [...eventWorkspace.mappings.values()]
  let runs = 0
  const newRunId = (): string => `drain-${(runs += 1)}`
  const drain = createEventDrain({ spool, profiles, newRunId, clock })
  const lines: string[] = []
  const logger = createLogger({ level: 'debug', destination: { write: (line) => lines.push(line) } })
  const findSource = createKeyRing(control, clock)
  let wakes = 0
  const receive = createEventReceiver({
    findSource,
    spool: {
      waitingBytes: () => spool.waitingBytes(),
      keep(calls) {
        settings.beforeKeep?.()
        spool.keep(calls)
        settings.afterKeep?.(calls)
      },
    },
    onKept: () => (wakes += 1),
    clock,
    logger,
    ...(settings.limits && { limits: settings.limits }),
  })
  const app = createApp({
    routes: [],
    gate: aGate(control),
    readiness: [],
    host: '127.0.0.1',
    webhooks: undefined,
    events: { receive, knows: async (key) => (await findSource(key)) !== undefined },
    logger,
  })
  const server = await startServer({ app, port: 0, clock: systemClock })
  return {
    server,
    spool,
    duckdb,
    drain,
    profiles,
    lines,
    wakes: () => wakes,
    send: (path, body, call) =>
      httpRequest(`${server.url}${path}`, {
        method: 'POST',
        headers: { authorization: basic(keys.website), ...call?.headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
        ...(call?.method !== undefined && { method: call.method }),
      }),
    async work() {
      const records = await drain.drain()
      await profiles.refresh(mappings, {})
      return records
    },
    async records(stream) {
      const rows = await duckdb.all<{ external_id: string; fields: string }>(
        `SELECT external_id, fields FROM source_record WHERE connection = 'events' AND stream = $1`,
        [stream],
      )
      return Object.fromEntries(rows.map((row) => [row.external_id, JSON.parse(row.fields)]))
    },
    quarantined: () =>
      duckdb.all<{ stream: string; code: string }>(
        `SELECT stream, code FROM quarantine WHERE connection = 'events' ORDER BY place`,
      ),
    async [Symbol.asyncDispose]() {
      await server.close()
      spool.close()
      duckdb.close()
      await control.close()
      await rm(folder, { recursive: true })
    },
  }
}

/** A track call by this message id. */
export const track = (messageId: string, more: object = {}): object => ({
  type: 'track',
  event: 'Order Completed',
  userId: 'u1',
  messageId,
  ...more,
})

export const basic = (key: string): string => `Basic ${Buffer.from(`${key}:`).toString('base64')}`
