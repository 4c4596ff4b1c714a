import { createHash } from 'node:crypto'
import type { DeliveryPlan } from '../../../core/port/delivery-store.ts'
import type { DuckDb } from '../duckdb.ts'
import { replacesRows, type PlanRequest } from './plan-work.ts'

interface Counts {
  readonly members: bigint
  readonly delivered: bigint
  readonly adds: bigint
  readonly updates: bigint
  readonly removes: bigint
  readonly withdrawals: bigint
  readonly still_rejected: bigint
  readonly unsettled: bigint
  readonly processing: bigint
  /** Members that are sent, or wait to be sent again. */
  readonly moving: bigint
  readonly consent_unmapped: bigint
  readonly consent_missing: bigint
  readonly no_match_key: bigint
  readonly suppressed: bigint
}

/** Turns `plan_work` into the frozen rows of a run, in batches: who withdrew consent first, then
 * other removals, then additions. Tells the plan. Inside the caller's transaction. */
export async function freezePlan(duckdb: DuckDb, request: PlanRequest): Promise<DeliveryPlan> {
  const { runId, sync } = request
  await duckdb.run(`DELETE FROM plan_row WHERE sync = $1`, [sync.name])
  const counts = await readCounts(duckdb, request)
  await writePlanRows(duckdb, request, counts)
  const batches = await readBatches(duckdb, runId)
  const withheld = {
    consent_unmapped: Number(counts.consent_unmapped),
    consent_missing: Number(counts.consent_missing),
    no_match_key: Number(counts.no_match_key),
    suppressed: Number(counts.suppressed),
  }
  const members = Number(counts.members)
  const desired = Object.values(withheld).reduce((left, count) => left - count, members)
  const operations = batches.map((batch) => `${batch.operation} ${batch.size} ${batch.digest}`)
  return {
    runId,
    members,
    desired,
    delivered: Number(counts.delivered),
    adds: Number(counts.adds),
    updates: Number(counts.updates),
    removes: Number(counts.removes),
    withdrawals: Number(counts.withdrawals),
    unchanged: desired - Number(counts.moving),
    stillRejected: Number(counts.still_rejected),
    unsettled: Number(counts.unsettled),
    processing: Number(counts.processing),
    withheld,
    digest: createHash('sha256')
      .update([sync.name, ...operations].join('\n'))
      .digest('hex'),
    batches,
  }
}

/** What is unchanged is not in `plan_work`: it is what is left of the members. */
async function readCounts(duckdb: DuckDb, { sync, people }: PlanRequest): Promise<Counts> {
  // Members whose profile is gone leave with the next evaluation: a plan for a few need not look for them among all.
  const present = people ? '' : 'SEMI JOIN profile p ON p.profile_id = m.profile_id'
  const counts = await duckdb.one<Counts>(
    `SELECT
      (SELECT count(*) FROM every_membership m ${present}
        WHERE m.segment = $1 AND m.exited_at IS NULL) AS members,
      (SELECT count(*) FROM delivery WHERE sync = $2 AND held) AS delivered,
      count(*) FILTER (class = 'add') AS adds, count(*) FILTER (class = 'update') AS updates,
      count(*) FILTER (class = 'remove') AS removes, count(*) FILTER (withdrawn) AS withdrawals, count(*) FILTER (class = 'still_rejected') AS still_rejected,
      count(*) FILTER (class = 'unsettled') AS unsettled, count(*) FILTER (class = 'processing') AS processing, count(*) FILTER (sendable) AS moving,
      count(*) FILTER (withheld = 'consent_unmapped') AS consent_unmapped,
      count(*) FILTER (withheld = 'consent_missing') AS consent_missing,
      count(*) FILTER (withheld = 'no_match_key') AS no_match_key, count(*) FILTER (withheld = 'suppressed') AS suppressed
    FROM plan_work`,
    [sync.segment, sync.name],
  )
  if (!counts) throw new TypeError('an aggregate without groups has one row')
  return counts
}

async function writePlanRows(duckdb: DuckDb, request: PlanRequest, counts: Counts): Promise<void> {
  // An exchange of all members takes the old row of each with it.
  const replaces = request.whole !== true && replacesRows(request.destination)
  const size = request.destination.recordsPerBatch
  const addSize = additionsPerBatch(request.destination, Number(counts.adds))
  const removals = Number(counts.removes) + (replaces ? Number(counts.updates) : 0)
  await duckdb.run(
    `INSERT INTO plan_row BY NAME
    WITH operation AS (
      SELECT false AS is_add, 'remove' AS operation, profile_id, old_hash AS row_hash, key, old_fields AS fields,
        NOT withdrawn AS later
      FROM plan_work WHERE class = 'remove' OR (class = 'update' AND $1)
      UNION ALL
      SELECT true, class, profile_id, row_hash, key, fields, false FROM plan_work WHERE class IN ('add', 'update')
    ),
    numbered AS (SELECT *, row_number() OVER (PARTITION BY is_add ORDER BY later, profile_id) - 1 AS place FROM operation)
    SELECT $2 AS run_id, $3 AS sync,
      CASE WHEN is_add THEN place // $6::INTEGER + $5::INTEGER ELSE place // $4::INTEGER END::INTEGER AS batch,
      (place % CASE WHEN is_add THEN $6::INTEGER ELSE $4::INTEGER END)::INTEGER AS ordinal,
      operation, profile_id, row_hash, key, fields, NULL::VARCHAR AS outcome
    FROM numbered ORDER BY batch, ordinal`,
    [replaces, request.runId, request.sync.name, size, Math.ceil(removals / size), addSize],
  )
  await duckdb.run(
    `INSERT INTO plan_row BY NAME
    SELECT $1 AS run_id, $2 AS sync, -1 AS batch, 0 AS ordinal, CASE WHEN sendable THEN 'add' ELSE 'remove' END AS operation,
      profile_id, coalesce(row_hash, old_hash) AS row_hash, key, '{}' AS fields,
      CASE class WHEN 'unsettled' THEN 'unknown' WHEN 'processing' THEN 'accepted' ELSE 'rejected' END AS outcome
    FROM plan_work WHERE class IN ('still_rejected', 'unsettled', 'processing')`,
    [request.runId, request.sync.name],
  )
}

function additionsPerBatch(
  { recordsPerBatch, largeLoad }: PlanRequest['destination'],
  additions: number,
): number {
  return largeLoad && additions > largeLoad.above ? largeLoad.recordsPerBatch : recordsPerBatch
}

async function readBatches(duckdb: DuckDb, runId: string): Promise<DeliveryPlan['batches']> {
  const rows = await duckdb.all<{ batch: number; removes: boolean; size: bigint; digest: string }>(
    `SELECT batch, bool_and(operation = 'remove') AS removes, count(*) AS size,
      sha256(string_agg(concat_ws(':', operation, profile_id, row_hash, key), ',' ORDER BY ordinal)) AS digest
    FROM plan_row WHERE run_id = $1 AND batch >= 0 GROUP BY batch ORDER BY batch`,
    [runId],
  )
  return rows.map(({ batch, removes, size, digest }) => ({
    index: batch,
    operation: removes ? 'remove' : 'add',
    size: Number(size),
    digest,
  }))
}
