import type { Workspace } from '../../core/manifest/manifest.ts'
import type { Clock } from '../../core/port/clock.ts'
import type { Health } from '../api/health.ts'
import { readLast } from '../audit/publish-checkpoints.ts'
import type { Hub } from '../hub.ts'
import type { GaugeReading } from '../telemetry/metric-definitions.ts'
import { connectionOf, readConnectionHealth } from './connection-health.ts'
import { toQuotaGauges } from './quota-gauges.ts'
import { readOperationRows } from './read-operation-rows.ts'
import { isOverdue } from './read-problems.ts'
import type { SpaceGuard } from './space-guard.ts'

export interface GaugeDesk {
  readonly hub: Pick<Hub, 'control' | 'events' | 'dataKeys'>
  readonly workspace: Workspace
  readonly paths: { readonly control: string; readonly events: string }
  readonly space: SpaceGuard
  readonly health: () => Promise<Health>
  readonly everyMs: number | undefined
  readonly servingSince: number
  readonly clock: Clock
}

/** Everything that is read when somebody asks for the metrics. */
export async function readGauges(desk: GaugeDesk): Promise<readonly GaugeReading[]> {
  return [...(await readSyncs(desk)), ...(await readConnections(desk)), ...(await readStores(desk))]
}

const ageOf = (clock: Clock, since: number | null | undefined): number =>
  since === null || since === undefined ? 0 : Math.max(0, (clock.now() - since) / 1000)

async function readSyncs(desk: GaugeDesk): Promise<GaugeReading[]> {
  const { hub, workspace } = desk
  const states = new Map<string, GaugeReading>()
  let overdue = 0
  for (const sync of workspace.syncs.values()) {
    const [last] = await hub.control.runs({ sync: sync.name, limit: 1 })
    const connector = workspace.connections.get(connectionOf(sync))?.connector ?? 'unknown'
    addOne(states, { name: 'syncs', value: 1, labels: { connector, state: last?.state ?? 'never' } })
    if (await isOverdue({ ...desk, control: hub.control }, sync.name)) overdue += 1
  }
  return [...states.values(), { name: 'syncs_overdue', value: overdue }]
}

async function readConnections({ hub, workspace, clock }: GaugeDesk): Promise<GaugeReading[]> {
  const { control, dataKeys } = hub
  const health = await readConnectionHealth({ workspace, control, box: dataKeys.box('access'), clock })
  const states = new Map<string, GaugeReading>()
  for (const { connector, state } of health)
    addOne(states, { name: 'connections', value: 1, labels: { connector, state } })
  const oldest = health.flatMap(({ pendingSince }) => pendingSince ?? [])
  const since = oldest.length === 0 ? null : Math.min(...oldest)
  return [
    ...states.values(),
    ...toQuotaGauges(health),
    { name: 'oldest_pending', value: ageOf(clock, since) },
  ]
}

function addOne(states: Map<string, GaugeReading>, reading: GaugeReading): void {
  const key = JSON.stringify(reading.labels)
  states.set(key, { ...reading, value: (states.get(key)?.value ?? 0) + reading.value })
}

async function readStores(desk: GaugeDesk): Promise<GaugeReading[]> {
  const { hub, paths, space, clock, servingSince } = desk
  const rows = readOperationRows(paths)
  const { free, syncReserve } = space.look()
  const { ready } = await desk.health()
  const checkpoint = await readLast(hub.control)
  const fates = new Map<string, number>()
  for (const { fate, count } of hub.events.fates()) fates.set(fate, (fates.get(fate) ?? 0) + count)
  return [
    { name: 'ambiguous_batches', value: rows.ambiguousBatches },
    { name: 'inbox_waiting', value: rows.inboxWaiting },
    { name: 'inbox_age', value: ageOf(clock, rows.inboxOldestAt) },
    { name: 'spool_bytes', value: hub.events.waitingBytes() },
    { name: 'spool_age', value: ageOf(clock, hub.events.oldestWaitingAt()) },
    ...[...fates].map(([fate, value]) => ({ name: 'ingest_events', value, labels: { fate } }) as const),
    { name: 'ingest_refusing', value: ready.ingest ? 0 : 1 },
    { name: 'syncs_paused', value: space.maySync() ? 0 : 1 },
    { name: 'disk_free', value: free },
    { name: 'disk_reserve', value: syncReserve },
    { name: 'audit_checkpoint_age', value: checkpoint.at === 0 ? 0 : ageOf(clock, checkpoint.at) },
    { name: 'audit_entries', value: rows.auditEntries },
    { name: 'lock_held', value: ageOf(clock, servingSince) },
  ]
}
