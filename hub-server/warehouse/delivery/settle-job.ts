import type { JobState } from '../../../core/connector/outcome.ts'
import type { OpenJob } from '../../../core/port/delivery-store.ts'
import type { DuckDb } from '../duckdb.ts'
import { writeUntold } from './record-outcomes.ts'

/** Jobs of platforms whose end is not known yet, oldest first. */
export async function readOpenJobs(duckdb: DuckDb): Promise<OpenJob[]> {
  const rows = await duckdb.all<{ sync: string; job: string; run_id: string; rows: bigint }>(
    `SELECT sync, job, run_id, count(*) AS rows FROM delivery WHERE status = 'accepted'
    GROUP BY sync, job, run_id ORDER BY min(acknowledged_at), sync, job`,
  )
  return rows.map(({ sync, job, run_id, rows: count }) => ({ sync, job, runId: run_id, rows: Number(count) }))
}

/**
 * Writes the end of a job. Done: its rows are applied, or removed. Failed: nothing of it was carried out, so its rows come again in the
 * next run. All or nothing.
 */
export async function settleJob(
  duckdb: DuckDb,
  { sync, job, runId }: OpenJob,
  state: Exclude<JobState, { status: 'processing' }>,
  at: number,
): Promise<void> {
  const failed = state.status === 'failed'
  await duckdb.transaction(async () => {
    await duckdb.run(
      `UPDATE delivery SET job = NULL, acknowledged_at = make_timestamp($3::BIGINT * 1000),
        status = CASE WHEN $4 THEN 'failed' WHEN operation = 'remove' THEN 'removed' ELSE 'applied' END,
        held = CASE WHEN $4 THEN operation = 'remove' ELSE operation = 'add' END,
        reason_code = $5, reason_message = $6
      WHERE sync = $1 AND job = $2 AND status = 'accepted'`,
      [sync, job, at, failed, failed ? state.reason.code : null, failed ? state.reason.message : null],
    )
    if (state.status === 'done') await writeUntold(duckdb, runId, state.rejected)
  })
}
