import type { DuckDb } from '../duckdb.ts'

export interface EndedReplacement {
  readonly runId: string
  readonly sync: string
  readonly at: number
}

/**
 * Writes the end of an exchange of all members, in one transaction. The platform now holds exactly the rows that it took: neither the
 * old row of one it refused, nor anybody who was to be removed.
 */
export async function settleReplacement(
  duckdb: DuckDb,
  { runId, sync, at }: EndedReplacement,
): Promise<void> {
  await duckdb.transaction(async () => {
    await duckdb.run(
      `UPDATE delivery SET held = status = 'unknown', status = CASE status WHEN 'unknown' THEN 'applied' ELSE status END,
        reason_code = CASE status WHEN 'unknown' THEN NULL ELSE reason_code END,
        reason_message = CASE status WHEN 'unknown' THEN NULL ELSE reason_message END,
        acknowledged_at = make_timestamp($3::BIGINT * 1000)
      FROM plan_row p WHERE p.run_id = $1 AND p.batch >= 0 AND p.operation <> 'remove' AND p.outcome IN ('unknown', 'rejected', 'failed')
        AND delivery.sync = $2 AND delivery.profile_id = p.profile_id`,
      [runId, sync, at],
    )
    await duckdb.run(
      `UPDATE delivery SET status = 'removed', operation = 'remove', held = false, run_id = $1, reason_code = NULL,
        reason_message = NULL, retry_at = NULL, acknowledged_at = make_timestamp($3::BIGINT * 1000)
      FROM plan_row p WHERE p.run_id = $1 AND p.batch >= 0 AND p.operation = 'remove'
        AND delivery.sync = $2 AND delivery.profile_id = p.profile_id`,
      [runId, sync, at],
    )
    await duckdb.run(
      `UPDATE plan_row SET outcome = 'applied'
      WHERE run_id = $1 AND batch >= 0 AND (operation = 'remove' OR outcome = 'unknown')`,
      [runId],
    )
  })
}

/** Makes all rows of a run open again, and forgets what the platform counted of them. */
export async function reopenPlan(duckdb: DuckDb, runId: string): Promise<void> {
  await duckdb.transaction(async () => {
    await duckdb.run(`UPDATE plan_row SET outcome = NULL WHERE run_id = $1 AND batch >= 0`, [runId])
    await duckdb.run(`DELETE FROM untold_reject WHERE run_id = $1`, [runId])
  })
}
