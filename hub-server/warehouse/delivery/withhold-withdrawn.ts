import type { DeliverSyncManifest } from '../../../core/manifest/manifest.ts'
import { findSuppressed } from '../suppression/find-suppressed.ts'
import { isSuppressed, type PlanGround } from './plan-work.ts'
import { toConsented, toDenied } from './row-expression.ts'

/**
 * Takes out of batches of a frozen plan who must not be sent any more, because they withdrew or were suppressed since it was made.
 * Their rows end as skipped: the next plan finds by comparing what is left to do for them. Returns how many.
 */
export async function withholdWithdrawn(
  ground: PlanGround,
  {
    runId,
    sync,
    batches,
  }: { readonly runId: string; readonly sync: DeliverSyncManifest; readonly batches: readonly number[] },
): Promise<number> {
  const { duckdb, schema } = ground
  return duckdb.transaction(async () => {
    await findSuppressed(ground, sync)
    return duckdb.run(
      `UPDATE plan_row SET outcome = 'skipped'
      WHERE run_id = $1 AND batch IN (SELECT unnest(from_json($2::JSON, '["INTEGER"]'))) AND operation <> 'remove' AND outcome IS NULL AND profile_id IN (
        SELECT p.profile_id FROM profile p
        WHERE NOT (${toConsented(sync, schema)}) OR ${isSuppressed})`,
      [runId, JSON.stringify(batches)],
    )
  })
}

/**
 * Delivered people who denied consent or are suppressed: whom the next plan takes off first. Not those whom a job holds, or whose
 * removal was tried: the sync's own run knows when they are due.
 */
export async function countWithdrawn(ground: PlanGround, sync: DeliverSyncManifest): Promise<number> {
  const { duckdb, schema } = ground
  return duckdb.transaction(async () => {
    await findSuppressed(ground, sync)
    const row = await duckdb.one<{ count: bigint }>(
      `SELECT count(*) AS count FROM delivery d LEFT JOIN record_trait t ON t.record_id = d.profile_id
      JOIN profile p ON p.profile_id = coalesce(t.profile_id, d.profile_id)
      WHERE d.sync = $1 AND d.held AND d.status <> 'accepted' AND NOT (d.operation = 'remove' AND d.status IN ('rejected', 'unknown'))
        AND (${toDenied(sync, schema)} OR ${isSuppressed})`,
      [sync.name],
    )
    return Number(row?.count ?? 0)
  })
}
