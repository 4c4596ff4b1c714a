import type { DestinationDescription } from '../connector/connector.ts'
import type { DeliverSyncManifest } from '../manifest/manifest.ts'
import type { ControlStore } from '../port/control-store.ts'
import type { DeliveryPlan, DeliveryStore } from '../port/delivery-store.ts'
import { isWholeDelivery, readReplacementOrder } from './replacement-order.ts'

/** What a delivery would do. `whole`: its additions are all members, to be exchanged for those on the platform. */
interface PlannedDelivery {
  readonly plan: DeliveryPlan
  readonly whole: boolean
}

/**
 * Plans a delivery: the difference, or all members where an exchange is ordered, or the sync exchanges and something changed. With
 * nobody left there is nothing to exchange for: those on the platform are taken off one by one.
 */
export async function planDelivery(
  stores: { readonly control: ControlStore; readonly deliveries: DeliveryStore },
  request: {
    readonly runId: string
    readonly sync: DeliverSyncManifest
    readonly destination: DestinationDescription
    readonly asOf: number
    readonly retryRejected?: boolean
    readonly withdrawnOnly?: boolean
    readonly people?: readonly string[]
  },
): Promise<PlannedDelivery> {
  if (request.withdrawnOnly === true || request.people)
    return { plan: await stores.deliveries.plan(request), whole: false }
  const order = await readReplacementOrder(stores.control, request.sync.name)
  const difference = await stores.deliveries.plan(request)
  const isDue = order !== undefined || difference.batches.length > 0
  if (!isDue || !isWholeDelivery(request.sync, order)) return { plan: difference, whole: false }
  const plan = await stores.deliveries.plan({ ...request, whole: true })
  return { plan, whole: plan.batches.some(({ operation }) => operation === 'add') }
}
