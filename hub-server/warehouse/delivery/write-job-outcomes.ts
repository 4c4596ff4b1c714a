import { INTEGER, VARCHAR } from '@duckdb/node-api'
import type { JobOutcome } from '../../../core/connector/outcome.ts'
import { AffluentError } from '../../../core/errors/affluent-error.ts'
import type { OpenJob } from '../../../core/port/delivery-store.ts'
import type { DuckDb } from '../duckdb.ts'
import { retryRejectedAfterMs } from './record-outcomes.ts'

/** Rows that wait for a job ($1 sync, $2 job, $3 run), numbered as `readJobRecords` gives them. */
const waiting = `SELECT profile_id, (row_number() OVER (ORDER BY profile_id) - 1)::INTEGER AS place
  FROM delivery WHERE sync = $1 AND job = $2 AND run_id = $3 AND status = 'accepted'`

/**
 * Writes what became of each row of a job, in order of the profiles. Throws `connector.outcome_count` unless there is one outcome per
 * waiting row. Inside the caller's transaction.
 */
export async function writeJobOutcomes(
  duckdb: DuckDb,
  { sync, job, runId }: OpenJob,
  outcomes: readonly JobOutcome[],
  at: number,
): Promise<void> {
  const counted = await duckdb.one<{ count: bigint }>(`SELECT count(*) AS count FROM (${waiting})`, [
    sync,
    job,
    runId,
  ])
  const expected = Number(counted?.count ?? 0)
  if (expected !== outcomes.length)
    throw new AffluentError('connector.outcome_count', {
      act: 'recording the outcomes of a job',
      expected,
      got: outcomes.length,
    })
  await loadOutcomes(duckdb, outcomes)
  await duckdb.run(
    `UPDATE delivery SET job = NULL, acknowledged_at = make_timestamp($4::BIGINT * 1000),
      status = CASE WHEN s.done AND operation = 'remove' THEN 'removed' ELSE s.status END,
      held = CASE WHEN s.done THEN operation = 'add' ELSE operation = 'remove' OR s.status = 'unknown' END,
      key = coalesce(s.key, delivery.key), reason_code = s.code, reason_message = s.message,
      retry_at = CASE WHEN s.status = 'rejected' THEN make_timestamp($5::BIGINT * 1000) END
    FROM (
      SELECT w.profile_id, o.status, o.key, o.code, o.message, o.status IN ('applied', 'skipped') AS done
      FROM (${waiting}) w JOIN job_outcome o USING (place)
    ) s WHERE delivery.sync = $1 AND delivery.profile_id = s.profile_id`,
    [sync, job, runId, at, at + retryRejectedAfterMs],
  )
  await duckdb.run(`DROP TABLE job_outcome`)
}

async function loadOutcomes(duckdb: DuckDb, outcomes: readonly JobOutcome[]): Promise<void> {
  await duckdb.run(
    `CREATE OR REPLACE TEMP TABLE job_outcome (place INTEGER, status VARCHAR, key VARCHAR, code VARCHAR, message VARCHAR)`,
  )
  const reasons = outcomes.map((outcome) => ('reason' in outcome ? outcome.reason : undefined))
  await duckdb.append('job_outcome', {
    types: [INTEGER, VARCHAR, VARCHAR, VARCHAR, VARCHAR],
    columns: [
      outcomes.map((_outcome, place) => place),
      outcomes.map(({ status }) => status),
      outcomes.map((outcome) => ('key' in outcome ? (outcome.key ?? null) : null)),
      reasons.map((reason) => reason?.code ?? null),
      reasons.map((reason) => reason?.message ?? null),
    ],
  })
}
