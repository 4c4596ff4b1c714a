import type { DestinationRecord } from '../../../core/connector/destination.ts'
import type { JobState } from '../../../core/connector/outcome.ts'
import type { OpenJob } from '../../../core/port/delivery-store.ts'
import type { JsonValue } from '../../../core/port/json.ts'
import type { DuckDb } from '../duckdb.ts'
import { writeUntold } from './record-outcomes.ts'
import { writeJobOutcomes } from './write-job-outcomes.ts'

/** Jobs of platforms whose end is not known yet, oldest first. */
export async function readOpenJobs(duckdb: DuckDb): Promise<OpenJob[]> {
  const rows = await duckdb.all<{ sync: string; job: string; run_id: string; rows: bigint }>(
    `SELECT sync, job, run_id, count(*) AS rows FROM delivery WHERE status = 'accepted'
    GROUP BY sync, job, run_id ORDER BY min(acknowledged_at), sync, job`,
  )
  return rows.map(({ sync, job, run_id, rows: count }) => ({ sync, job, runId: run_id, rows: Number(count) }))
}

/** The records that wait for a job, in order of their profiles. */
export async function readJobRecords(
  duckdb: DuckDb,
  { sync, job, runId }: OpenJob,
): Promise<DestinationRecord[]> {
  const rows = await duckdb.all<{ key: string | null; fields: string }>(
    `SELECT key, fields FROM delivery WHERE sync = $1 AND job = $2 AND run_id = $3 AND status = 'accepted' ORDER BY profile_id`,
    [sync, job, runId],
  )
  return rows.map((row) => {
    const fields: Record<string, JsonValue> = JSON.parse(row.fields)
    return row.key === null ? { fields } : { key: row.key, fields }
  })
}

/**
 * Writes the end of a job. Done: its rows are applied, or removed, or what their outcomes say. Failed: nothing of it was carried out,
 * so its rows come again in the next run. All or nothing.
 */
export async function settleJob(
  duckdb: DuckDb,
  open: OpenJob,
  state: Exclude<JobState, { status: 'processing' }>,
  at: number,
): Promise<void> {
  await duckdb.transaction(async () => {
    if (state.status === 'done' && state.outcomes) await writeJobOutcomes(duckdb, open, state.outcomes, at)
    else await settleAlike(duckdb, open, state, at)
    if (state.status === 'done') await writeUntold(duckdb, open.runId, state.rejected)
  })
}

/** All rows of the job meet the same end. */
async function settleAlike(
  duckdb: DuckDb,
  { sync, job }: OpenJob,
  state: Exclude<JobState, { status: 'processing' }>,
  at: number,
): Promise<void> {
  const reason = state.status === 'failed' ? state.reason : undefined
  await duckdb.run(
    `UPDATE delivery SET job = NULL, acknowledged_at = make_timestamp($3::BIGINT * 1000),
      status = CASE WHEN $4 THEN 'failed' WHEN operation = 'remove' THEN 'removed' ELSE 'applied' END,
      held = CASE WHEN $4 THEN operation = 'remove' ELSE operation = 'add' END,
      reason_code = $5, reason_message = $6
    WHERE sync = $1 AND job = $2 AND status = 'accepted'`,
    [sync, job, at, reason !== undefined, reason?.code ?? null, reason?.message ?? null],
  )
}
