import { z } from 'zod'
import type { BoundDestination } from '../connector/connector.ts'
import type { Audience, DestinationRecord, ReplacedPart } from '../connector/destination.ts'
import type { Outcome } from '../connector/outcome.ts'
import { AffluentError, PlatformError, toAffluentError } from '../errors/affluent-error.ts'
import type { DeliverSyncManifest } from '../manifest/manifest.ts'
import type { Clock } from '../port/clock.ts'
import type { ControlStore } from '../port/control-store.ts'
import type { DeliveryStore, PlanRow } from '../port/delivery-store.ts'
import type { Batch } from './batch.ts'
import { mostAttempts, toRecord } from './deliver-batch.ts'
import { createLastLook } from './last-look.ts'
import type { ReachPhase } from './phase.ts'
import { writeReplacementOrder, type ReplacementOrder } from './replacement-order.ts'
import type { Run } from './run.ts'

export interface Replacement {
  readonly control: ControlStore
  readonly deliveries: DeliveryStore
  readonly clock: Clock
  readonly reach: ReachPhase
  readonly run: Run
  readonly sync: DeliverSyncManifest
  readonly destination: BoundDestination
  /** Takes note of what people decided since the plan was made; see `Delivery`. */
  readonly heed: () => Promise<number>
  readonly signal: AbortSignal
  readonly onProgress: (done: number, total: number) => void
}

/** Sessions that a run opens before it leaves the exchange to the next one. */
const mostSessions = 3

/**
 * Exchanges all members of an audience for the additions of a frozen plan. All or nothing: until the platform took the last part, rows
 * it took count as unknown; then they are applied, and those not among them removed, in one transaction. A session that the platform
 * gave up is begun anew; a killed process goes on in the same one. Returns the error that must end the run, or undefined.
 */
export async function sendReplacement(
  replacement: Replacement,
  audience: Audience,
  order: ReplacementOrder,
): Promise<AffluentError | undefined> {
  let session = await takeUp(replacement, order)
  for (let opened = 1; ; opened += 1) {
    const error = await attemptSession(replacement, audience, session)
    if (error?.rule.reaction !== 'restart' || opened >= mostSessions) return error
    session = await openSession(replacement, session)
  }
}

/** A first part without an answer may have opened the session, which cannot be opened twice: another one is. */
async function takeUp(replacement: Replacement, order: ReplacementOrder): Promise<ReplacementOrder> {
  const isFresh = (await additionsOf(replacement)).every(({ state }) => state === 'planned')
  return order.state === null && !isFresh ? openSession(replacement, order) : order
}

async function openSession(replacement: Replacement, last: ReplacementOrder): Promise<ReplacementOrder> {
  const { control, deliveries, run, sync } = replacement
  for (const { index, state } of await additionsOf(replacement))
    if (state !== 'planned') await control.moveBatch(run.id, index, 'planned')
  await deliveries.reopenPlan(run.id)
  const next = { ...last, attempt: last.attempt + 1, state: null }
  await writeReplacementOrder(control, sync.name, next)
  return next
}

async function additionsOf({ control, run }: Replacement): Promise<Batch[]> {
  return (await control.batches(run.id)).filter(({ operation }) => operation === 'add')
}

async function attemptSession(
  replacement: Replacement,
  audience: Audience,
  order: ReplacementOrder,
): Promise<AffluentError | undefined> {
  try {
    await sendParts(replacement, audience, order)
    await settle(replacement)
    return undefined
  } catch (thrown) {
    if (replacement.signal.aborted)
      throw new AffluentError('run.aborted', { sync: replacement.sync.name }, { cause: thrown })
    return toAffluentError(thrown, 'exchanging the members of an audience')
  }
}

interface OpenPart {
  readonly batch: Batch
  readonly rows: readonly PlanRow[]
}

async function sendParts(
  replacement: Replacement,
  audience: Audience,
  order: ReplacementOrder,
): Promise<void> {
  const { destination, sync, signal, onProgress } = replacement
  const additions = await additionsOf(replacement)
  const total = additions.reduce((sum, { size }) => sum + size, 0)
  const open = additions.filter(({ state }) => state !== 'confirmed')
  if (open.length === 0) return
  if (!destination.replace)
    throw new AffluentError('connector.capability_missing', { sync: sync.name, capability: 'replace' })
  const sent: OpenPart[] = []
  let done = total - open.reduce((sum, { size }) => sum + size, 0)
  const parts = destination.replace({
    audience,
    settings: sync.destination.settings ?? {},
    session: `${order.run}/${order.attempt}`,
    total,
    state: order.state,
    parts: readParts(replacement, open, sent),
    signal,
  })
  for await (const part of parts) {
    const taken = sent.shift()
    if (!taken) throw countWrong(0, part.outcomes.length)
    await recordPart(replacement, order, taken, part)
    done += taken.batch.size
    onProgress(done, total)
  }
  if (sent.length > 0) throw countWrong(sent.length, 0)
}

/** The records of each part, once its intent is durable. */
async function* readParts(
  replacement: Replacement,
  batches: readonly Batch[],
  sent: OpenPart[],
): AsyncGenerator<readonly DestinationRecord[]> {
  const { control, deliveries, run, reach, signal } = replacement
  const lookOnce = createLastLook(replacement, batches)
  for (const batch of batches) {
    signal.throwIfAborted()
    if (batch.attempts >= mostAttempts)
      throw new PlatformError('platform.timed_out', { act: 'sending a batch', attempts: batch.attempts })
    await lookOnce()
    const rows = await deliveries.readBatch(run.id, batch.index)
    if (rows.length === 0) {
      await control.moveBatch(run.id, batch.index, 'confirmed')
      continue
    }
    await control.moveBatch(run.id, batch.index, 'sending')
    reach('intent_written')
    sent.push({ batch, rows })
    yield rows.map(toRecord)
  }
}

/** The state goes first: a part that is sent again under other numbers does no harm, a number that is used twice might. */
async function recordPart(
  { control, deliveries, clock, reach, run, sync, signal }: Replacement,
  order: ReplacementOrder,
  { batch, rows }: OpenPart,
  part: ReplacedPart,
): Promise<void> {
  if (part.outcomes.length !== rows.length) throw countWrong(rows.length, part.outcomes.length)
  reach('sent')
  signal.throwIfAborted()
  await writeReplacementOrder(control, sync.name, { ...order, state: z.json().parse(part.state) })
  await deliveries.recordOutcomes({
    runId: run.id,
    sync: sync.name,
    batch: batch.index,
    outcomes: part.outcomes.map(toUnsettled),
    untold: part.untold ?? [],
    at: clock.now(),
  })
  reach('recorded')
  await control.moveBatch(run.id, batch.index, 'confirmed')
  reach('confirmed')
}

/** Taken, and of no effect before the last part is. */
function toUnsettled(outcome: Outcome): Outcome {
  if (outcome.status !== 'applied' && outcome.status !== 'skipped') return outcome
  const message = 'Taken as part of an exchange that has not ended.'
  return { status: 'unknown', reason: { code: 'replace_under_way', message } }
}

async function settle({ control, deliveries, clock, run, sync }: Replacement): Promise<void> {
  await deliveries.settleReplacement({ runId: run.id, sync: sync.name, at: clock.now() })
  for (const { index, operation, state } of await control.batches(run.id))
    if (operation === 'remove' && state !== 'confirmed') await control.moveBatch(run.id, index, 'confirmed')
  await writeReplacementOrder(control, sync.name, null)
}

const countWrong = (expected: number, got: number): AffluentError =>
  new AffluentError('connector.outcome_count', { act: 'exchanging members', expected, got })
