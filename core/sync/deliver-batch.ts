import type { BoundDestination } from '../connector/connector.ts'
import type { Audience, DestinationRecord } from '../connector/destination.ts'
import type { Outcome, UntoldReject } from '../connector/outcome.ts'
import { AffluentError, PlatformError } from '../errors/affluent-error.ts'
import type { Clock } from '../port/clock.ts'
import type { ControlStore } from '../port/control-store.ts'
import type { DeliveryStore, PlanRow } from '../port/delivery-store.ts'
import type { JsonObject } from '../port/json.ts'
import { silentTelemetry, type Telemetry } from '../port/telemetry.ts'
import type { Batch } from './batch.ts'
import type { ReachPhase } from './phase.ts'
import { sendBatch, type BatchAnswer } from './send-batch.ts'
import { settleBatch, toUnknown } from './settle-batch.ts'

export interface BatchDelivery {
  readonly control: ControlStore
  readonly deliveries: DeliveryStore
  readonly clock: Clock
  /** Told of each batch by its size, never by its contents. Default: nobody is told. */
  readonly telemetry?: Telemetry
  readonly reach: ReachPhase
  readonly sync: string
  readonly destination: BoundDestination
  readonly audience: Audience
  readonly settings: JsonObject
  readonly signal: AbortSignal
}

/** A batch under way, with what the platform counted without naming. */
interface OpenBatch extends BatchDelivery {
  readonly untold: UntoldReject[]
}

/** A batch that took the process down this often is not sent again: its rows stay unknown and the run ends. */
export const mostAttempts = 10

/**
 * Brings one batch to its end: recorded ones are only confirmed, ambiguous ones settled first, new ones sent. The intent is durable
 * before the first byte leaves. Returns the error that must end the run, or undefined.
 */
export function deliverBatch(bound: BatchDelivery, batch: Batch): Promise<AffluentError | undefined> {
  const { telemetry = silentTelemetry, sync } = bound
  const { runId: run, index, operation, size } = batch
  return telemetry.trace('batch', { run, batch: index, sync, operation, size }, async (span) => {
    const error = await carryOut(bound, batch)
    if (error) span.fail(error.code)
    return error
  })
}

async function carryOut(bound: BatchDelivery, batch: Batch): Promise<AffluentError | undefined> {
  const delivery: OpenBatch = { ...bound, untold: [] }
  const { control, deliveries } = delivery
  const rows = await deliveries.readBatch(batch.runId, batch.index)
  if (rows.length === 0) {
    await control.moveBatch(batch.runId, batch.index, 'confirmed')
    return undefined
  }
  if (batch.state === 'planned') return sendFirst(delivery, batch, rows)
  return settle(delivery, batch, rows)
}

async function sendFirst(
  delivery: OpenBatch,
  batch: Batch,
  rows: readonly PlanRow[],
): Promise<AffluentError | undefined> {
  await delivery.control.moveBatch(batch.runId, batch.index, 'sending')
  delivery.reach('intent_written')
  const answer = await sendBatch(rows, (records) => writeRecords(delivery, batch, records))
  if (answer.kind === 'lost' && answer.error instanceof PlatformError && !delivery.signal.aborted) {
    await delivery.control.moveBatch(batch.runId, batch.index, 'ambiguous')
    return settle(delivery, batch, rows)
  }
  return record(delivery, batch, rows, answer)
}

async function settle(
  delivery: OpenBatch,
  batch: Batch,
  rows: readonly PlanRow[],
): Promise<AffluentError | undefined> {
  if (batch.attempts >= mostAttempts) {
    const error = new PlatformError('platform.timed_out', {
      act: 'sending a batch',
      attempts: batch.attempts,
    })
    return record(delivery, batch, rows, { kind: 'lost', error })
  }
  await delivery.control.moveBatch(batch.runId, batch.index, 'sending')
  delivery.reach('intent_written')
  const answer = await settleBatch({
    ...delivery,
    operation: batch.operation,
    rows,
    send: (records) => writeRecords(delivery, batch, records),
  })
  return record(delivery, batch, rows, answer)
}

async function record(
  delivery: OpenBatch,
  batch: Batch,
  rows: readonly PlanRow[],
  answer: BatchAnswer,
): Promise<AffluentError | undefined> {
  delivery.reach('sent')
  // A stop lets what is on its way be answered. Where it was cut, the batch stays "sending" and is settled at the next start.
  if (delivery.signal.aborted && answer.kind === 'lost')
    throw new AffluentError('run.aborted', { sync: delivery.sync })
  const outcomes = answer.kind === 'answered' ? answer.outcomes : rows.map(() => toUnknown(answer.error))
  await delivery.deliveries.recordOutcomes({
    runId: batch.runId,
    sync: delivery.sync,
    batch: batch.index,
    outcomes,
    untold: delivery.untold,
    at: delivery.clock.now(),
  })
  delivery.reach('recorded')
  await delivery.control.moveBatch(
    batch.runId,
    batch.index,
    answer.kind === 'answered' ? 'confirmed' : 'ambiguous',
  )
  delivery.reach('confirmed')
  return answer.error
}

async function writeRecords(
  delivery: OpenBatch,
  batch: Batch,
  rows: readonly PlanRow[],
): Promise<readonly Outcome[]> {
  const { destination, audience, settings, signal } = delivery
  const request = {
    audience,
    settings,
    records: rows.map(toRecord),
    batch: `${batch.runId}/${batch.index}`,
    signal,
    noteUntold: (untold: UntoldReject) => void delivery.untold.push(untold),
  }
  if (batch.operation === 'add') return destination.add(request)
  if (!destination.remove) {
    throw new AffluentError('connector.capability_missing', { sync: delivery.sync, capability: 'remove' })
  }
  return destination.remove(request)
}

/** A row as it is handed to a connector. */
export function toRecord(row: PlanRow): DestinationRecord {
  return row.key === null ? { fields: row.fields } : { key: row.key, fields: row.fields }
}
