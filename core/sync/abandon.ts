import { AffluentError } from '../errors/affluent-error.ts'
import type { DeliveryStore } from '../port/delivery-store.ts'
import type { EndedRun } from './cycle-event.ts'
import { endRun, type RunBook } from './run-book.ts'
import type { Run } from './run.ts'
import { toUnknown } from './settle-batch.ts'

/**
 * Ends a delivery run that must not be continued: its sync was changed or taken away since it was planned. What was on its way
 * stays unknown and is settled by the next run; the rest is forgotten.
 */
export async function abandonDelivery(
  book: RunBook & { readonly deliveries: DeliveryStore },
  run: Run,
): Promise<EndedRun> {
  const { control, deliveries, clock } = book
  const changed = new AffluentError('run.plan_changed', { sync: run.sync })
  for (const batch of await control.batches(run.id)) {
    if (batch.state === 'confirmed' || batch.state === 'superseded') continue
    if (batch.state === 'planned') {
      await control.moveBatch(run.id, batch.index, 'superseded')
      continue
    }
    const rows = await deliveries.readBatch(run.id, batch.index)
    if (rows.length === 0) continue
    await deliveries.recordOutcomes({
      runId: run.id,
      sync: run.sync,
      batch: batch.index,
      outcomes: rows.map(() => toUnknown(changed)),
      at: clock.now(),
    })
  }
  const counts = await deliveries.outcomeCounts(run.id)
  const counters = {
    ...run.counters,
    applied: counts.applied,
    skipped: counts.skipped,
    rejected: counts.rejected,
    pending: counts.failed + counts.unknown + counts.accepted + counts.pending,
  }
  const ended = await endRun(book, run, {
    state: 'cancelled',
    counters,
    error: { code: changed.code, params: changed.params },
  })
  await deliveries.dropPlan(run.id)
  return ended
}
