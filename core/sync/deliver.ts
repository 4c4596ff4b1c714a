import type { BoundDestination } from '../connector/connector.ts'
import type { Audience } from '../connector/destination.ts'
import { AffluentError, toAffluentError } from '../errors/affluent-error.ts'
import type { DeliverSyncManifest } from '../manifest/manifest.ts'
import type { DeliveryPlan, DeliveryStore } from '../port/delivery-store.ts'
import type { Logger } from '../port/logger.ts'
import type { Telemetry } from '../port/telemetry.ts'
import { findOrCreateAudience } from './audience.ts'
import type { Drift, EndedRun } from './cycle-event.ts'
import { deliverBatch } from './deliver-batch.ts'
import { checkGuard, type GuardFinding, type SourceHealth } from './guard.ts'
import { createLastLook } from './last-look.ts'
import type { ReachPhase } from './phase.ts'
import { planDelivery } from './plan-delivery.ts'
import { sendReplacement } from './replace.ts'
import { readReplacementOrder, writeReplacementOrder } from './replacement-order.ts'
import { appendFact, endRun, toEndState, toStageError, type RunBook } from './run-book.ts'
import { noCounters, type Run, type RunCounters } from './run.ts'

export interface Delivery extends RunBook {
  readonly deliveries: DeliveryStore
  readonly logger: Logger
  /** Default: nobody is told. */
  readonly telemetry?: Telemetry
  readonly reach: ReachPhase
  readonly run: Run
  readonly sync: DeliverSyncManifest
  readonly destination: BoundDestination
  readonly sources: SourceHealth
  /** True when the rule or the connection changed since the last run: rejected rows are due again. */
  readonly retryRejected: boolean
  /**
   * Only takes off who denied consent or is suppressed: no guard, since nobody may hold that up, and nothing else of the difference.
   * Default false.
   */
  readonly withdrawnOnly?: boolean
  /** True when the hub was restored from a backup: whatever differs is shown to a person first. Default false. */
  readonly restored?: boolean
  /** Only these people are compared and sent, soon after they moved. What the guard would stop is left to a run that compares all. */
  readonly moved?: MovedPeople
  /**
   * Takes note of what people decided since the plan was made; asked before each batch of additions. Another answer than before means
   * that somebody decided.
   */
  readonly heed: () => Promise<number>
  readonly signal: AbortSignal
  /** Requests made to the connection so far. */
  readonly countCalls: () => number
  readonly onProgress: (done: number, total: number) => void
}

/**
 * Profiles ("p_12") that entered or exited, or undefined where they are too many to name; and how many were removed since a cycle compared
 * all members.
 */
export interface MovedPeople {
  readonly people: readonly string[] | undefined
  readonly removedBefore: number
}

/**
 * Carries out one delivery run: plan, guard, audience, batches, books. A run found `running` goes on where it was killed: with the
 * same batches when they exist, else by planning anew. Only an abort throws (`run.aborted`), and leaves the run to be resumed.
 */
export async function deliver(delivery: Delivery): Promise<EndedRun> {
  const callsBefore = delivery.countCalls()
  const open = { ...delivery, callsBefore }
  try {
    return await carryOut(open)
  } catch (thrown) {
    if (delivery.signal.aborted) throw toAborted(delivery.sync.name, thrown)
    return closeRun(open, toAffluentError(thrown, 'delivering a segment'))
  }
}

interface OpenDelivery extends Delivery {
  readonly callsBefore: number
}

async function carryOut(delivery: OpenDelivery): Promise<EndedRun> {
  const { control, run } = delivery
  const frozen = await control.batches(run.id)
  if (frozen.length > 0) return send(delivery)
  checkCapabilities(delivery)
  const { plan, whole } = await makePlan(delivery)
  const finding = findDanger(delivery, plan)
  const approved = run.approvedBy !== null && run.planDigest === plan.digest
  if (finding && !approved)
    return delivery.moved ? leaveToNext(delivery, plan, finding) : askPerson(delivery, plan, finding)
  await control.updateRun(run.id, { planDigest: plan.digest, counters: toCounters(plan), error: null })
  if (plan.batches.length === 0 && (await control.audience(run.sync))) return closeRun(delivery)
  const audience = await findAudience(delivery)
  if (whole) await writeReplacementOrder(control, run.sync, { run: run.id, attempt: 1, state: null })
  await control.createBatches(
    plan.batches.map((batch) => ({ runId: run.id, ...batch, state: 'planned' as const, attempts: 0 })),
  )
  delivery.reach('batches_created')
  return send(delivery, audience)
}

/** Sends what the plan holds: in one exchange of all members when this run was made for that, else batch by batch. */
async function send(delivery: OpenDelivery, known?: Audience): Promise<EndedRun> {
  const order = await readReplacementOrder(delivery.control, delivery.sync.name)
  if (order?.run !== delivery.run.id) return sendBatches(delivery, known)
  const audience = known ?? (await findAudience(delivery))
  const error = await sendReplacement(delivery, audience, order)
  return error
    ? closeRun(delivery, error)
    : closeRun(delivery, undefined, await readDrift(delivery, audience))
}

function checkCapabilities({ sync, destination, withdrawnOnly }: Delivery): void {
  if (withdrawnOnly === true) return
  const needed = sync.mode === 'mirror' ? 'remove' : 'replace'
  if (sync.mode !== 'add_only' && !destination.capabilities[needed]) {
    throw new AffluentError('connector.capability_missing', {
      sync: sync.name,
      capability: needed,
      destination: destination.kind,
    })
  }
}

function findDanger(
  { sync, sources, withdrawnOnly, moved, restored }: Delivery,
  plan: DeliveryPlan,
): GuardFinding | undefined {
  if (restored === true && plan.batches.length > 0) {
    const { adds, updates, removes } = plan
    return { code: 'run.restored', params: { sync: sync.name, adds, updates, removes } }
  }
  return withdrawnOnly === true ? undefined : checkGuard(sync, plan, sources, moved?.removedBefore)
}

async function makePlan(delivery: Delivery): ReturnType<typeof planDelivery> {
  const { run, sync, destination, retryRejected, withdrawnOnly = false, moved } = delivery
  const request = {
    runId: run.id,
    sync,
    destination,
    asOf: run.asOf,
    retryRejected,
    withdrawnOnly,
    ...(moved?.people && { people: moved.people }),
  }
  const planned = await planDelivery(delivery, request)
  delivery.reach('planned')
  return planned
}

/** Puts the run aside. The plan stays to be looked at; an approval holds only for exactly this plan. */
async function askPerson(delivery: Delivery, plan: DeliveryPlan, finding: GuardFinding): Promise<EndedRun> {
  const changed = delivery.run.approvedBy !== null
  return endRun(delivery, delivery.run, {
    state: 'awaiting_approval',
    counters: { ...toCounters(plan), pending: toCounters(plan).planned - plan.stillRejected },
    error: { code: changed ? 'run.plan_changed' : finding.code, params: finding.params },
    planDigest: plan.digest,
  })
}

/** Sends nothing: a person is asked about all that would be removed, not about those who happened to move together. */
async function leaveToNext(
  delivery: Delivery,
  plan: DeliveryPlan,
  { code, params }: GuardFinding,
): Promise<EndedRun> {
  const counters = { ...toCounters(plan), pending: toCounters(plan).planned - plan.stillRejected }
  await delivery.deliveries.dropPlan(delivery.run.id)
  return endRun(delivery, delivery.run, { state: 'cancelled', counters, error: { code, params } })
}

/** Rows that stay rejected count in every run until they are repaired: a run is never green while records are missing. */
function toCounters(plan: DeliveryPlan): RunCounters {
  const rows = plan.batches.reduce((sum, batch) => sum + batch.size, 0)
  return {
    ...noCounters,
    planned: rows + plan.stillRejected + plan.unsettled + plan.processing,
    adds: plan.adds,
    updates: plan.updates,
    removes: plan.removes,
    rejected: plan.stillRejected,
    withheld: Object.values(plan.withheld).reduce((sum, count) => sum + count, 0),
  }
}

async function findAudience(delivery: Delivery): Promise<Audience> {
  const { audience, created } = await findOrCreateAudience(
    delivery.control,
    delivery.sync,
    delivery.destination,
  )
  if (created) await appendFact(delivery, delivery.run, 'audience_created', { audience: audience.externalId })
  return audience
}

async function sendBatches(delivery: OpenDelivery, known?: Audience): Promise<EndedRun> {
  const batches = await delivery.control.batches(delivery.run.id)
  const total = batches.reduce((sum, batch) => sum + batch.size, 0)
  const unfinished = batches.filter((batch) => batch.state !== 'confirmed')
  if (unfinished.length === 0) return closeRun(delivery)
  const audience = known ?? (await findAudience(delivery))
  const lookOnce = createLastLook(delivery, unfinished)
  let done = total - unfinished.reduce((sum, batch) => sum + batch.size, 0)
  for (const batch of unfinished) {
    delivery.signal.throwIfAborted()
    if (batch.operation === 'add') await lookOnce()
    const { name: sync, destination: wanted } = delivery.sync
    const settings = wanted.settings ?? {}
    const error = await deliverBatch({ ...delivery, sync, audience, settings }, batch)
    if (error) return closeRun(delivery, error)
    done += batch.size
    delivery.onProgress(done, total)
  }
  return closeRun(delivery, undefined, await readDrift(delivery, audience))
}

/** Compares the platform's own count with what it acknowledged. The answer is a hint: failing to get it fails nothing. */
async function readDrift(delivery: Delivery, audience: Audience): Promise<Drift | undefined> {
  const { destination, deliveries, logger, sync } = delivery
  if (!destination.readSize) return undefined
  try {
    const size = await destination.readSize(audience)
    const expected = await deliveries.deliveredCount(sync.name)
    const limit = destination.minimumSize ?? 0
    const isTooSmall = expected < limit || size.tooSmall === true
    if (isTooSmall) logger.warn('audience_too_small', { sync: sync.name, count: expected, limit })
    const visibleAfterMs = destination.visibleAfterMs ?? 0
    return { expected, size, visibleAfterMs, ...(isTooSmall && { tooFewFor: limit }) }
  } catch (thrown) {
    if (delivery.signal.aborted) throw thrown
    const { code } = toAffluentError(thrown, 'reading the size of an audience')
    logger.warn('audience_size_unread', { sync: sync.name, code })
    return undefined
  }
}

/** Balances the books and closes the run. What was not sent is forgotten: the next run finds it again by comparing. */
async function closeRun(delivery: OpenDelivery, error?: AffluentError, drift?: Drift): Promise<EndedRun> {
  const { control, deliveries, clock } = delivery
  const run = (await control.run(delivery.run.id)) ?? delivery.run
  const counters = await balance(delivery, run.counters)
  const missing = counters.rejected + counters.pending + counters.untold > 0
  const ended = await endRun(delivery, run, {
    state: error ? toEndState(error) : missing ? 'incomplete' : 'succeeded',
    counters,
    error: error ? toStageError(error, clock.now()) : null,
    ...(drift && { drift }),
  })
  delivery.reach('finished')
  for (const batch of await control.batches(run.id)) {
    if (batch.state === 'planned') await control.moveBatch(run.id, batch.index, 'superseded')
  }
  await deliveries.dropPlan(run.id)
  return ended
}

async function balance(delivery: OpenDelivery, planned: RunCounters): Promise<RunCounters> {
  const counts = await delivery.deliveries.outcomeCounts(delivery.run.id)
  const counters: RunCounters = {
    ...planned,
    applied: counts.applied,
    skipped: counts.skipped,
    rejected: counts.rejected,
    pending: counts.failed + counts.unknown + counts.accepted + counts.pending,
    untold: await delivery.deliveries.untoldCount(delivery.run.id),
    calls: planned.calls + delivery.countCalls() - delivery.callsBefore,
  }
  const accounted = counters.applied + counters.skipped + counters.rejected + counters.pending
  if (accounted !== counters.planned) {
    throw new AffluentError('internal.unexpected', {
      act: 'balancing the counters of a run',
      planned: counters.planned,
      accounted,
    })
  }
  return counters
}

function toAborted(sync: string, thrown: unknown): AffluentError {
  return thrown instanceof AffluentError && thrown.code === 'run.aborted'
    ? thrown
    : new AffluentError('run.aborted', { sync }, { cause: thrown })
}
