import { createHash } from 'node:crypto'
import { AffluentError, toAffluentError } from '../../core/errors/affluent-error.ts'
import { isDeliverSync, type DeliverSyncManifest, type Workspace } from '../../core/manifest/manifest.ts'
import { abandonDelivery } from '../../core/sync/abandon.ts'
import type { EndedRun, StageError } from '../../core/sync/cycle-event.ts'
import { deliver, type MovedPeople } from '../../core/sync/deliver.ts'
import { healthySources, type SourceHealth } from '../../core/sync/guard.ts'
import { endRun, startRun, toEndState, toStageError } from '../../core/sync/run-book.ts'
import type { Run } from '../../core/sync/run.ts'
import { compareAudience, isRestored, noteSettled } from './after-restore.ts'
import { byConnection } from './by-connection.ts'
import { connectQuietly } from './connect-quietly.ts'
import type { Cycle } from './cycle-ports.ts'
import { heedOptOuts } from './note-opt-outs.ts'
import { isParked, openRun } from './open-run.ts'
import { runStage, toEndedRun } from './run-stage.ts'
import type { StaleSegments } from './stale-segments.ts'
import { traceRun } from './trace-run.ts'

/**
 * Takes off people who denied consent, or whom nothing may be sent to, ahead of all other work: removals alone, that no guard stops. A
 * sync whose platform is out of quota, or takes nobody off, is left to its own run.
 */
export async function withdrawConsents(
  cycle: Cycle,
  syncs: readonly DeliverSyncManifest[],
): Promise<EndedRun[]> {
  const due: DeliverSyncManifest[] = []
  for (const sync of syncs) if (await mustWithdraw(cycle, sync)) due.push(sync)
  return byConnection(
    due,
    (sync) => sync.destination.connection,
    (sync) =>
      runStage(cycle, 'withdraw', sync.name, async (onProgress) => {
        const { newRunId, asOf, control, workspace } = cycle
        const run = await startRun(cycle, { id: newRunId(), sync: sync.name, kind: 'deliver', asOf })
        await control.writeSetting(plannedRule(sync.name), ruleDigest(workspace, sync))
        const order = { run, sync, sources: healthySources, retryRejected: false, withdrawnOnly: true }
        return carryOut(cycle, order, onProgress)
      }),
  )
}

async function mustWithdraw(cycle: Cycle, sync: DeliverSyncManifest): Promise<boolean> {
  if (await isRestored(cycle.control, sync.name)) return false
  if ((await cycle.deliveries.withdrawnCount(sync)) === 0) return false
  const [last] = await cycle.control.runs({ sync: sync.name, limit: 1 })
  if (last?.state === 'running' || (last && isParked(last, cycle.clock.now()))) return false
  const connection = await connectQuietly(cycle, sync.destination.connection)
  return connection?.destination(sync.destination.kind)?.capabilities.remove === true
}

type OnProgress = (done: number, total?: number) => void

/** What deliveries of a cycle rest on. */
export interface DeliveryBase {
  readonly sources: SourceHealth
  readonly stale: StaleSegments
}

/**
 * Delivers segments: one after the other within a connection, whose budget they share; connections beside each other, so that one
 * that hangs or fails slows no other. What rests on a stale segment is not delivered.
 */
export async function deliverSegments(
  cycle: Cycle,
  syncs: readonly DeliverSyncManifest[],
  base: DeliveryBase,
): Promise<EndedRun[]> {
  return byConnection(
    syncs,
    (sync) => sync.destination.connection,
    (sync) =>
      runStage(cycle, 'deliver', sync.name, (onProgress) => deliverOne(cycle, sync, base, onProgress)),
  )
}

async function deliverOne(
  cycle: Cycle,
  sync: DeliverSyncManifest,
  { sources, stale }: DeliveryBase,
  onProgress: OnProgress,
): Promise<EndedRun> {
  const reason = stale.get(sync.segment)
  if (reason) return block(cycle, sync, reason)
  const opened = await openRun(cycle, sync.name, 'deliver')
  if ('parked' in opened) return toEndedRun(opened.parked)
  const rule = ruleDigest(cycle.workspace, sync)
  const delivered = await cycle.control.setting(deliveredRule(sync.name))
  await cycle.control.writeSetting(plannedRule(sync.name), rule)
  const retryRejected = delivered !== undefined && delivered !== rule
  const ended = await carryOut(cycle, { run: opened.run, sync, sources, retryRejected }, onProgress)
  // A run that broke off may not have tried what was rejected under the old rule: the next one does.
  if (ended.error === null) await cycle.control.writeSetting(deliveredRule(sync.name), rule)
  return ended
}

/** A run that says why nothing is sent: one for a reason, however many cycles it holds. What waits for a person goes on waiting. */
async function block(cycle: Cycle, sync: DeliverSyncManifest, error: StageError): Promise<EndedRun> {
  const { control, asOf, newRunId } = cycle
  const [last] = await control.runs({ sync: sync.name, limit: 1 })
  const isTold = last?.state === 'failed' && JSON.stringify(last.error) === JSON.stringify(error)
  const waits = last?.state === 'awaiting_approval' || (last && isParked(last, cycle.clock.now()))
  if (last && (isTold || waits)) return { ...toEndedRun(last), state: 'failed', error }
  const run =
    last?.state === 'running'
      ? last
      : await startRun(cycle, { id: newRunId(), sync: sync.name, kind: 'deliver', asOf })
  return endRun(cycle, run, { state: 'failed', counters: run.counters, error })
}

/** Everything about one delivery run that its cycle does not know. */
interface DeliveryOrder {
  readonly run: Run
  readonly sync: DeliverSyncManifest
  readonly sources: SourceHealth
  readonly retryRejected: boolean
  readonly withdrawnOnly?: boolean
  readonly moved?: MovedPeople
}

/**
 * True for an audience that a cycle filled by the same rule before. False where it is the next cycle's work: nothing was delivered yet, the
 * sync changed, or its last run waits for something.
 */
export async function mayFollow(cycle: Cycle, sync: DeliverSyncManifest): Promise<boolean> {
  const { control } = cycle
  const [last] = await control.runs({ sync: sync.name, limit: 1 })
  const isOpen = last?.state === 'running' || last?.state === 'awaiting_approval'
  if (!last || isOpen || isParked(last, cycle.clock.now())) return false
  if (await isRestored(control, sync.name)) return false
  return (await control.setting(deliveredRule(sync.name))) === ruleDigest(cycle.workspace, sync)
}

/** Of these people, those for whom something is to be sent. Throws where the platform cannot be reached. */
export async function findDiffering(
  cycle: Cycle,
  sync: DeliverSyncManifest,
  people: readonly string[],
): ReturnType<Cycle['deliveries']['differingAmong']> {
  const { connection, kind } = sync.destination
  const destination = (await cycle.connect(connection)).destination(kind)
  if (!destination) throw new AffluentError('manifest.unknown_reference', { kind: 'destination', name: kind })
  return cycle.deliveries.differingAmong({ sync, destination, asOf: cycle.asOf, people })
}

/**
 * Delivers who moved or changed; `withdrawnOnly`: who is taken off, past the guard, because they denied consent or are suppressed. Undefined
 * where `mayFollow` is false.
 */
export async function deliverMoved(
  cycle: Cycle,
  sync: DeliverSyncManifest,
  moved: MovedPeople & { readonly withdrawnOnly?: boolean },
): Promise<EndedRun | undefined> {
  if (!(await mayFollow(cycle, sync))) return undefined
  const { control, newRunId, asOf } = cycle
  await control.writeSetting(plannedRule(sync.name), ruleDigest(cycle.workspace, sync))
  const run = await startRun(cycle, { id: newRunId(), sync: sync.name, kind: 'deliver', asOf })
  const { withdrawnOnly = false } = moved
  const order = { run, sync, sources: healthySources, retryRejected: false, withdrawnOnly, moved }
  return carryOut(cycle, order, () => undefined)
}

function carryOut(cycle: Cycle, order: DeliveryOrder, onProgress: OnProgress): Promise<EndedRun> {
  return traceRun(cycle, order.run, order.sync.destination.connection, () =>
    deliverInRun(cycle, order, onProgress),
  )
}

async function deliverInRun(cycle: Cycle, order: DeliveryOrder, onProgress: OnProgress): Promise<EndedRun> {
  const { connection, kind } = order.sync.destination
  try {
    const destination = (await cycle.connect(connection)).destination(kind)
    if (!destination)
      throw new AffluentError('manifest.unknown_reference', { kind: 'destination', name: kind })
    const countCalls = (): number => cycle.countCalls(connection)
    const heed = (): Promise<number> => heedOptOuts(cycle)
    const restored = await isRestored(cycle.control, order.sync.name)
    if (restored) await compareAudience(cycle, order.sync, destination)
    const ended = await deliver({ ...cycle, ...order, restored, destination, heed, countCalls, onProgress })
    const isCarriedOut = ended.state === 'succeeded' || (ended.state === 'incomplete' && !ended.error)
    if (restored && isCarriedOut) await noteSettled(cycle.control, order.sync.name)
    return ended
  } catch (thrown) {
    if (cycle.signal.aborted) throw thrown
    const error = toAffluentError(thrown, 'connecting')
    return endRun(cycle, order.run, {
      state: toEndState(error),
      counters: order.run.counters,
      error: toStageError(error, cycle.clock.now()),
    })
  }
}

/**
 * Finishes delivery runs that a killed process left with frozen batches, before anything new is read. A run whose sync was changed or
 * taken away meanwhile is abandoned. Runs without batches start over in their own stage.
 */
export async function resumeDeliveries(cycle: Cycle, names: readonly string[]): Promise<EndedRun[]> {
  const interrupted: Interrupted[] = []
  for (const run of await cycle.control.runs({ state: 'running' })) {
    const sync = cycle.workspace.syncs.get(run.sync)
    if (run.kind !== 'deliver' || (sync && !names.includes(run.sync))) continue
    if ((await cycle.control.batches(run.id)).length === 0 && sync) continue
    interrupted.push({ run, sync: sync && isDeliverSync(sync) ? sync : undefined })
  }
  return byConnection(
    interrupted,
    ({ sync }) => sync?.destination.connection ?? '',
    (each) => resumeOne(cycle, each),
  )
}

interface Interrupted {
  readonly run: Run
  /** Undefined when the sync was taken away. */
  readonly sync: DeliverSyncManifest | undefined
}

function resumeOne(cycle: Cycle, { run, sync }: Interrupted): Promise<EndedRun> {
  return runStage(cycle, 'resume', run.sync, async (onProgress) => {
    const isStale = !sync || (await wasChanged(cycle, sync)) || (await isRestored(cycle.control, sync.name))
    if (isStale) return abandonDelivery(cycle, run)
    return carryOut(cycle, { run, sync, sources: healthySources, retryRejected: false }, onProgress)
  })
}

async function wasChanged(cycle: Cycle, sync: DeliverSyncManifest): Promise<boolean> {
  const planned = await cycle.control.setting(plannedRule(sync.name))
  return planned !== ruleDigest(cycle.workspace, sync)
}

const plannedRule = (sync: string): string => `planned_rule/${sync}`
const deliveredRule = (sync: string): string => `delivered_rule/${sync}`

/** Changes when the sync or its connection does: what was rejected under the old one deserves another try. */
function ruleDigest(workspace: Workspace, sync: DeliverSyncManifest): string {
  const connection = workspace.connections.get(sync.destination.connection)
  return createHash('sha256')
    .update(JSON.stringify([sync, connection]))
    .digest('hex')
}
