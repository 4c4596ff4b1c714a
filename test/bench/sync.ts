import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { metaConnector } from '../../connectors/meta/connector.ts'
import { startMetaSandbox, type MetaSandbox } from '../../connectors/meta/sandbox/meta-sandbox.ts'
import type { Workspace } from '../../core/manifest/manifest.ts'
import { parseManifest, toWorkspace } from '../../core/manifest/parse-manifest.ts'
import { systemClock } from '../../hub-server/net/system-clock.ts'
import type { DuckDb } from '../../hub-server/warehouse/duckdb.ts'
import { runCycle, type CycleReport } from '../../hub-server/worker/run-cycle.ts'
import { aCycleBench, type CycleBench } from '../support/a-cycle.ts'

/** `size` members to the Meta sandbox with its limits off: calls, time and rate of the first sync, and of one without changes. */
export async function bench(options: { size: number }): Promise<Record<string, unknown>> {
  const folder = await mkdtemp(join(tmpdir(), 'affluent-sync-'))
  const sandbox = await startMetaSandbox({ clock: systemClock, limits: 'off' })
  const workspace = toMetaWorkspace(sandbox.url)
  const hub = await aCycleBench({ folder, clock: systemClock, workspace, connectors: [metaConnector] })
  try {
    await fill(hub.duckdb, options.size)
    const first = await timedCycle(hub, workspace, sandbox)
    const second = await timedCycle(hub, workspace, sandbox)
    return {
      members: options.size,
      onPlatform: [...sandbox.audiences.values()].reduce((sum, audience) => sum + audience.members.size, 0),
      first,
      second,
      peakMemoryMb: Math.round(process.resourceUsage().maxRSS / 1024),
    }
  } finally {
    await hub.close()
    await sandbox.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function timedCycle(
  hub: CycleBench,
  workspace: Workspace,
  sandbox: MetaSandbox,
): Promise<Record<string, unknown>> {
  const requestsBefore = sandbox.requests.length
  const startedAt = performance.now()
  const report: CycleReport = await runCycle(hub, {
    workspace,
    asOf: systemClock.now(),
    actor: 'bench',
    signal: new AbortController().signal,
    onEvent: () => undefined,
  })
  const seconds = (performance.now() - startedAt) / 1000
  const requests = sandbox.requests.slice(requestsBefore)
  const applied = report.runs[0]?.counters.applied ?? 0
  return {
    state: report.runs[0]?.state,
    counters: report.runs[0]?.counters,
    calls: requests.length,
    writeCalls: requests.filter(({ method, path }) => method !== 'GET' && path.endsWith('/users')).length,
    seconds: Number(seconds.toFixed(1)),
    membersPerSecond: Math.round(applied / seconds),
  }
}

async function fill(duckdb: DuckDb, size: number): Promise<void> {
  await duckdb.run(
    `INSERT INTO profile (profile_id, created_at, updated_at, identifier_email, consent_marketing__ads)
    SELECT i, '2026-01-01', '2026-01-01', 'person' || i || '@example.com', 'granted' FROM range($1::BIGINT) t(i)`,
    [size],
  )
  await duckdb.checkpoint()
}

function toMetaWorkspace(url: string): Workspace {
  const manifests = [
    {
      kind: 'profile_schema',
      version: 1,
      name: 'people',
      identifiers: { email: { form: 'email' } },
      consents: { marketing: { channels: ['ads'] } },
    },
    {
      kind: 'connection',
      version: 1,
      name: 'ads',
      connector: 'meta',
      config: { access_token: 'sandbox-token', ad_account_id: 'act_1234567890', base_url: url },
    },
    {
      kind: 'segment',
      version: 1,
      name: 'subscribers',
      rule: { consent: { purpose: 'marketing', channel: 'ads' }, is: 'granted' },
    },
    {
      kind: 'sync',
      version: 1,
      name: 'to-ads',
      segment: 'subscribers',
      destination: { connection: 'ads', kind: 'custom_audience', audience: 'Subscribers' },
      fields: { EMAIL: { identifier: 'email' } },
      consent: [{ purpose: 'marketing', channel: 'ads' }],
    },
  ]
  const workspace = toWorkspace(manifests.map((manifest) => parseManifest(manifest)))
  if (!workspace) throw new TypeError('the workspace has a profile schema')
  return workspace
}
