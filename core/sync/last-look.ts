import type { DeliverSyncManifest } from '../manifest/manifest.ts'
import type { ControlStore } from '../port/control-store.ts'
import type { DeliveryStore } from '../port/delivery-store.ts'
import type { Batch } from './batch.ts'
import type { Run } from './run.ts'

interface Looking {
  readonly control: ControlStore
  readonly deliveries: DeliveryStore
  readonly run: Run
  readonly sync: DeliverSyncManifest
  /** Takes note of what people decided meanwhile; see `Delivery`. */
  readonly heed: () => Promise<number>
}

/**
 * The last look before a batch leaves: whoever withdrew until then is in none of the batches that were not sent, so only one that is on
 * its way can still carry them. Looks into the plan the first time, and whenever somebody decided since.
 */
export function createLastLook(looking: Looking, unfinished: readonly Batch[]): () => Promise<void> {
  const { control, deliveries, run, sync, heed } = looking
  let seen: number | undefined
  return async () => {
    const revision = await heed()
    if (revision === seen) return
    const known = seen === undefined ? unfinished : await control.batches(run.id)
    const batches = known.filter(({ operation, state }) => operation === 'add' && state === 'planned')
    await deliveries.withholdWithdrawn({ runId: run.id, sync, batches: batches.map(({ index }) => index) })
    seen = revision
  }
}
