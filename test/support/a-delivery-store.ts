import type { Outcome } from '../../core/connector/outcome.ts'
import type { DeliveryPlan, DeliveryStore } from '../../core/port/delivery-store.ts'
import { createDeliveryStore } from '../../hub-server/warehouse/delivery-store.ts'
import type { DuckDb } from '../../hub-server/warehouse/duckdb.ts'
import { createIdentifierDigest } from '../../hub-server/warehouse/suppression/digest.ts'
import { aDeliverSync, aDestination, aProfileSchema, aWarehouse } from './a-delivery-workspace.ts'

export const planAsOf = Date.parse('2026-01-03T00:00:00Z')

interface PlanChange {
  readonly sync?: Record<string, unknown>
  readonly destination?: Parameters<typeof aDestination>[0]
  readonly asOf?: number
  readonly retryRejected?: boolean
  readonly people?: readonly string[]
}

export interface DeliveryStoreBench {
  readonly duckdb: DuckDb
  readonly store: DeliveryStore
  /** Plans as run-1, run-2 … */
  readonly plan: (change?: PlanChange) => Promise<DeliveryPlan>
  /** Plans, and records for every row what `answer` says. Default: applied. */
  readonly deliver: (
    change?: PlanChange,
    answer?: (profileId: string) => Outcome,
  ) => Promise<{ readonly plan: DeliveryPlan; readonly sent: string[] }>
}

/** The delivery store on an empty warehouse, without a platform. */
export async function aDeliveryStoreBench(): Promise<DeliveryStoreBench> {
  const duckdb = await aWarehouse()
  const store = createDeliveryStore(duckdb, aProfileSchema, createIdentifierDigest(new Uint8Array(32)))
  let runs = 0
  const plan = (change: PlanChange = {}): Promise<DeliveryPlan> => {
    runs += 1
    return store.plan({
      runId: `run-${runs}`,
      sync: aDeliverSync(change.sync),
      destination: aDestination(change.destination),
      asOf: change.asOf ?? planAsOf,
      retryRejected: change.retryRejected ?? false,
      ...(change.people && { people: change.people }),
    })
  }
  return {
    duckdb,
    store,
    plan,
    async deliver(change = {}, answer = () => ({ status: 'applied' })) {
      const planned = await plan(change)
      const sent: string[] = []
      for (const { index } of planned.batches) {
        const rows = await store.readBatch(planned.runId, index)
        sent.push(...rows.map((row) => `${row.operation} ${row.profileId}`))
        await store.recordOutcomes({
          runId: planned.runId,
          sync: 'big-to-crm',
          batch: index,
          outcomes: rows.map((row) => answer(row.profileId)),
          at: change.asOf ?? planAsOf,
        })
      }
      return { plan: planned, sent }
    },
  }
}
