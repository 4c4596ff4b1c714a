import { INTEGER, VARCHAR } from '@duckdb/node-api'
import type { Outcome, UntoldReject } from '../../../core/connector/outcome.ts'
import { AffluentError } from '../../../core/errors/affluent-error.ts'
import type { DuckDb } from '../duckdb.ts'

export interface OutcomesOfBatch {
  readonly runId: string
  readonly sync: string
  readonly batch: number
  readonly outcomes: readonly Outcome[]
  readonly untold?: readonly UntoldReject[]
  readonly at: number
}

/** A rejected row that nothing of ours changed is tried again after a week: the platform's side may have changed meanwhile. */
export const retryRejectedAfterMs = 7 * 24 * 3_600_000

/** Writes what became of a batch into the plan and into `delivery`, as set operations in one transaction. */
export async function recordOutcomes(duckdb: DuckDb, request: OutcomesOfBatch): Promise<void> {
  await duckdb.transaction(async () => {
    const ordinals = await duckdb.all<{ ordinal: number }>(
      `SELECT ordinal FROM plan_row WHERE run_id = $1 AND batch = $2 AND outcome IS NULL ORDER BY ordinal`,
      [request.runId, request.batch],
    )
    if (ordinals.length !== request.outcomes.length) {
      throw new AffluentError('connector.outcome_count', {
        act: 'recording the outcomes of a batch',
        expected: ordinals.length,
        got: request.outcomes.length,
      })
    }
    await loadOutcomes(
      duckdb,
      ordinals.map((row) => row.ordinal),
      request.outcomes,
    )
    await buildDelivery(duckdb, request)
    await writeDelivery(duckdb, request)
    await writeUntold(duckdb, request.runId, request.untold ?? [])
  })
}

async function loadOutcomes(
  duckdb: DuckDb,
  ordinals: readonly number[],
  outcomes: readonly Outcome[],
): Promise<void> {
  await duckdb.run(
    `CREATE OR REPLACE TEMP TABLE batch_outcome (ordinal INTEGER, status VARCHAR, key VARCHAR, code VARCHAR, message VARCHAR, job VARCHAR)`,
  )
  const reasons = outcomes.map((outcome) => ('reason' in outcome ? outcome.reason : undefined))
  await duckdb.append('batch_outcome', {
    types: [INTEGER, VARCHAR, VARCHAR, VARCHAR, VARCHAR, VARCHAR],
    columns: [
      ordinals,
      outcomes.map((outcome) => outcome.status),
      outcomes.map((outcome) => ('key' in outcome ? (outcome.key ?? null) : null)),
      reasons.map((reason) => reason?.code ?? null),
      reasons.map((reason) => reason?.message ?? null),
      outcomes.map((outcome) => ('job' in outcome ? outcome.job : null)),
    ],
  })
}

/**
 * The new delivery of each person of the batch. Where an addition did not reach the platform, the fields that it holds from
 * earlier stay, because a removal needs them.
 */
async function buildDelivery(duckdb: DuckDb, request: OutcomesOfBatch): Promise<void> {
  await duckdb.run(
    `CREATE OR REPLACE TEMP TABLE batch_delivery AS
    WITH answered AS (
      SELECT p.profile_id, p.row_hash, p.key, p.fields, p.operation = 'remove' AS removes, o.status, o.key AS told_key, o.code,
        o.message, o.job, o.status IN ('applied', 'skipped') AS done, d.held AS was_held, d.row_hash AS held_hash, d.fields AS held_fields
      FROM plan_row p JOIN batch_outcome o USING (ordinal)
      LEFT JOIN delivery d ON d.sync = $1 AND d.profile_id = p.profile_id
      WHERE p.run_id = $2 AND p.batch = $3
    )
    SELECT $1 AS sync, profile_id, CASE WHEN removes AND done THEN 'removed' ELSE status END AS status,
      CASE WHEN removes THEN 'remove' ELSE 'add' END AS operation,
      CASE WHEN removes THEN NOT done ELSE done OR status IN ('unknown', 'accepted') OR coalesce(was_held, false) END AS held,
      CASE WHEN was_held AND (removes OR status = 'failed') THEN held_hash ELSE row_hash END AS row_hash,
      coalesce(told_key, key) AS key,
      CASE WHEN was_held AND (removes OR status IN ('failed', 'rejected')) THEN held_fields ELSE fields END AS fields,
      code AS reason_code, message AS reason_message, $2 AS run_id,
      make_timestamp($4::BIGINT * 1000) AS acknowledged_at,
      CASE WHEN status = 'rejected' THEN make_timestamp($5::BIGINT * 1000) END AS retry_at, job
    FROM answered`,
    [request.sync, request.runId, request.batch, request.at, request.at + retryRejectedAfterMs],
  )
}

async function writeDelivery(duckdb: DuckDb, request: OutcomesOfBatch): Promise<void> {
  await duckdb.run(
    `UPDATE plan_row SET outcome = o.status FROM batch_outcome o
    WHERE plan_row.run_id = $1 AND plan_row.batch = $2 AND plan_row.ordinal = o.ordinal`,
    [request.runId, request.batch],
  )
  // Whoever erases a person must know all that was ever sent of them.
  await duckdb.run(
    `INSERT INTO former_delivery BY NAME
    SELECT d.sync, d.profile_id, d.key, d.fields, d.acknowledged_at AS sent_at
    FROM delivery d JOIN batch_delivery b ON d.profile_id = b.profile_id
    WHERE d.sync = $1 AND d.held AND d.fields <> b.fields`,
    [request.sync],
  )
  await duckdb.run(
    `DELETE FROM delivery USING batch_delivery b WHERE delivery.sync = $1 AND delivery.profile_id = b.profile_id`,
    [request.sync],
  )
  await duckdb.run(`INSERT INTO delivery BY NAME SELECT * FROM batch_delivery`)
  await duckdb.run(
    `UPDATE plan_row SET outcome = 'failed' FROM batch_delivery b
    WHERE plan_row.run_id = $1 AND plan_row.outcome IS NULL AND plan_row.operation = 'update'
      AND plan_row.profile_id = b.profile_id AND b.operation = 'remove' AND b.status <> 'removed'`,
    [request.runId],
  )
}

/** Notes rejects that the platform counted without naming the records. */
export async function writeUntold(
  duckdb: DuckDb,
  runId: string,
  untold: readonly UntoldReject[],
): Promise<void> {
  for (const { reason, count } of untold) {
    await duckdb.run(`INSERT INTO untold_reject VALUES ($1, $2, $3, $4::BIGINT)`, [
      runId,
      reason.code,
      reason.message,
      count,
    ])
  }
}
