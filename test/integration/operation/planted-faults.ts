import { randomBytes } from 'node:crypto'
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { gunzipSync } from 'node:zlib'
import { noCounters, type Run } from '../../../core/sync/run.ts'
import { readConfig } from '../../../hub-server/config.ts'
import { openEventSpool } from '../../../hub-server/intake/event-spool.ts'
import type { Finding, Machine } from '../../../hub-server/operation/doctor/doctor-desk.ts'
import { examine } from '../../../hub-server/operation/doctor/examine.ts'
import { withDoctorDesk } from '../../../hub-server/operation/doctor/open-doctor-desk.ts'
import { writeBundle } from '../../../hub-server/operation/doctor/support-bundle.ts'
import { openDataKeys } from '../../../hub-server/secrets/data-keys.ts'
import { readWrappingKeys } from '../../../hub-server/secrets/wrapping-keys.ts'
import { openControlStore } from '../../../hub-server/store/open-control-store.ts'
import { createFixedClock } from '../../support/fixed-clock.ts'

const now = Date.parse('2026-11-22T12:00:00Z')
const day = 86_400_000
/** What seals the secrets of these hubs. */
export const key = randomBytes(32).toString('base64')
const goodEnv = {
  AFFLUENT_SECRET_KEY: key,
  AFFLUENT_PORT: '0',
  AFFLUENT_ALERT_SLACK_URL: 'https://hooks.example.com/x',
  AFFLUENT_AUDIT_CHECKPOINTS: '/mnt/elsewhere/checkpoints.jsonl',
  SECRET_TOKEN: 'not-to-be-told',
}

let count = 0

const machine: Machine = {
  nodeVersion: 'v24.21.0',
  memoryMb: 8_000,
  disk: () => ({ free: 100 * 1024 ** 3, kind: 'local' }),
  fileLimit: 65_536,
  timeZoneVariable: undefined,
  tryListen: () => Promise.resolve(undefined),
  tryConnect: () => Promise.resolve(undefined),
  tryWrite: () => undefined,
}

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
    name: 'crm',
    connector: 'meta',
    config: {
      access_token: '${env:SECRET_TOKEN}',
      ad_account_id: 'act_1234567890',
    },
  },
  {
    kind: 'segment',
    version: 1,
    name: 'everybody',
    rule: { consent: { purpose: 'marketing', channel: 'ads' }, is: 'granted' },
  },
]
const sync = {
  kind: 'sync',
  version: 1,
  name: 'to-crm',
  segment: 'everybody',
  destination: { connection: 'crm', kind: 'custom_audience', audience: 'Everybody' },
  fields: { EMAIL: { identifier: 'email' } },
  consent: 'not_required',
  schedule: { cron: '0 6 * * *', time_zone: 'Europe/Paris' },
}

/** What a planted fault may change: the files, the store, the machine, the environment, the time. */
export interface Planted {
  readonly store?: (control: Awaited<ReturnType<typeof openControlStore>>) => Promise<unknown>
  readonly files?: (data: string, folder: string) => unknown
  readonly sql?: string
  readonly machine?: Partial<Machine>
  readonly env?: Record<string, string>
  readonly now?: number
}

/** Plants it in a hub of its own under `root`, which is well but for that, and has it examined. */
export async function examineHub(
  root: string,
  { store, files, sql, machine: changed, env = {}, now: at = now }: Planted,
): Promise<{ findings: Finding[]; bundle: string }> {
  count += 1
  const folder = join(root, `hub-${count}`)
  const data = join(folder, '.affluent')
  await mkdir(data, { recursive: true, mode: 0o700 })
  const clock = createFixedClock(now)
  const control = await openControlStore(join(data, 'control.sqlite'), clock)
  await openDataKeys(control, readWrappingKeys({ key }, ''), clock)
  await control.applyManifests(
    [...manifests, sync].map((document) => ({
      operation: 'create' as const,
      kind: document.kind as 'sync',
      name: document.name,
      digest: document.name,
      document: JSON.parse(JSON.stringify(document)),
    })),
    { at: now, actor: 'cli:ada' },
  )
  await control.appendAudit({
    at: now,
    actor: 'cli:ada',
    action: 'backup_made',
    object: 'workspace',
    details: {},
  })
  await store?.(control)
  await control.close()
  openEventSpool(join(data, 'events.sqlite')).close()
  if (sql !== undefined) {
    const database = new DatabaseSync(join(data, 'control.sqlite'))
    database.exec(sql)
    database.close()
  }
  await files?.(data, folder)
  const all = { ...goodEnv, ...env }
  const options = {
    folder,
    config: readConfig(all),
    clock: createFixedClock(at),
    machine: { ...machine, ...changed },
  }
  return withDoctorDesk(options, async (desk) => {
    const findings = await examine(desk)
    const file = join(folder, 'bundle.tar.gz')
    await writeBundle(file, desk, findings)
    return { findings, bundle: gunzipSync(await readFile(file)).toString('latin1') }
  })
}

const run = (change: Partial<Run>): Run => ({
  id: 'run-1',
  sync: 'to-crm',
  kind: 'deliver',
  state: 'failed',
  startedAt: now - 3_600_000,
  finishedAt: now - 3_000_000,
  asOf: now - 3_600_000,
  counters: noCounters,
  planDigest: null,
  approvedBy: null,
  startedBy: null,
  error: null,
  ...change,
})
const fact = { at: now, actor: 'cli:ada', action: 'run_started', object: 'sync/to-crm', details: {} }
/** The last run of the sync ended so. */
export const withRun =
  (change: Partial<Run>): NonNullable<Planted['store']> =>
  (control) =>
    control.createRun(run(change), fact)

/** Check that must find it, and what is planted. */
export const faults: readonly (readonly [string, Planted])[] = [
  ['node_version', { machine: { nodeVersion: 'v22.1.0' } }],
  ['memory', { machine: { memoryMb: 600 } }],
  ['disk', { machine: { disk: () => ({ free: 10 * 1024 ** 2, kind: 'local' }) } }],
  ['local_disk', { machine: { disk: () => ({ free: 1024 ** 4, kind: 'nfs' }) } }],
  ['file_limit', { machine: { fileLimit: 256 } }],
  ['time_zone', { machine: { timeZoneVariable: 'Mars/Olympus' } }],
  ['folder_permissions', { files: (data) => chmod(data, 0o755) }],
  ['file_permissions', { files: (data) => chmod(join(data, 'control.sqlite'), 0o644) }],
  ['stores_writable', { machine: { tryWrite: () => 'EROFS' } }],
  ['lock', { files: (data) => writeFile(join(data, 'lock-holder.json'), '{}', { mode: 0o600 }) }],
  ['port', { env: { AFFLUENT_PORT: '4000' }, machine: { tryListen: async () => 'EADDRINUSE' } }],
  ['public_address', { env: { AFFLUENT_PUBLIC_URL: 'http://hub.example.com' } }],
  [
    'trusted_proxy',
    {
      env: { AFFLUENT_PUBLIC_URL: 'https://hub.example.com', AFFLUENT_TRUSTED_PROXIES: '127.0.0.1' },
      files: (data) => writeFile(join(data, 'proxy-note.json'), '{"address":"10.1.0.7"}', { mode: 0o600 }),
    },
  ],
  [
    'redis',
    {
      env: { AFFLUENT_REDIS_URL: 'redis://redis:6379' },
      machine: { tryConnect: async () => 'ECONNREFUSED' },
    },
  ],
  [
    'quotas',
    {
      store: (control) =>
        control.noteQuota({
          connection: 'crm',
          budget: 'custom_audience_full',
          windowMs: day,
          left: 9,
          of: 100,
          at: now - 1000,
        }),
    },
  ],
  ['alert_places', { env: { AFFLUENT_ALERT_SLACK_URL: '' } }],
  [
    'control_store',
    { files: (data) => writeFile(join(data, 'control.sqlite'), 'no database at all'.repeat(100)) },
  ],
  ['schema', { sql: 'PRAGMA user_version = 9999' }],
  ['audit_chain', { files: (data) => writeFile(join(data, 'audit-head.json'), '{"number":1,"hash":"aa"}') }],
  ['audit_checkpoint', { now: now + 3 * day }],
  ['key', { env: { AFFLUENT_SECRET_KEY: randomBytes(32).toString('base64') } }],
  ['key_age', { now: now + 400 * day }],
  ['clock', { now: now - 2 * 3_600_000 }],
  ['backup_age', { now: now + 9 * day }],
  [
    'inbox',
    {
      store: (control) =>
        control.keepSignals([{ connection: 'crm', signal: { id: '1', kind: 'changed', occurredAt: now } }]),
      now: now + 2 * day,
    },
  ],
  ['manifests', { files: (_data, folder) => writeManifest(folder, { ...sync, segment: 'nobody' }) }],
  ['unapplied', { files: (_data, folder) => writeManifest(folder, { ...sync, title: 'New title' }) }],
  ['references', { env: { SECRET_TOKEN: '' } }],
  ['token', { store: withRun({ error: { code: 'platform.auth_expired', params: {} } }) }],
  ['scope', { store: withRun({ error: { code: 'platform.permission_missing', params: {} } }) }],
  ['api_version', { now: Date.parse('2027-06-01T00:00:00Z') }],
  [
    'watchdog',
    {
      store: (control) =>
        control.writeSchedule({ sync: 'to-crm', rule: 'x', dueAt: now - 3 * day, begunAt: now - 3 * day }),
    },
  ],
  ['interrupted_runs', { store: withRun({ state: 'running', startedAt: now - 3 * day, finishedAt: null }) }],
  ['stale_segments', { store: withRun({ error: { code: 'segment.too_slow', params: {} } }) }],
  [
    'ambiguous_batches',
    {
      store: async (control) => {
        await control.createRun(run({ state: 'incomplete' }), fact)
        const batch = {
          runId: 'run-1',
          index: 0,
          operation: 'add' as const,
          size: 10,
          digest: 'd',
          attempts: 1,
        }
        await control.createBatches([{ ...batch, state: 'ambiguous' }])
      },
    },
  ],
  [
    'rejected_rows',
    { store: withRun({ state: 'incomplete', counters: { ...noCounters, planned: 10, rejected: 9 } }) },
  ],
  ['approvals', { store: withRun({ state: 'awaiting_approval', startedAt: now - 2 * day }) }],
  [
    'drift',
    {
      store: (control) =>
        control.appendAudit({
          ...fact,
          action: 'run_ended',
          details: { expectedSize: 1_000, size: { atLeast: 500, atMost: 500 } },
        }),
    },
  ],
  ['restored', { store: (control) => control.writeSetting('restored_from/to-crm', String(now)) }],
]

async function writeManifest(folder: string, changed: object): Promise<void> {
  await mkdir(join(folder, 'manifests'), { recursive: true })
  await writeFile(join(folder, 'manifests/all.json'), JSON.stringify([...manifests, changed]))
}
