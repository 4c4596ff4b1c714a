import type { DuckDBTimestampValue } from '@duckdb/node-api'
import { mapInPieces } from '../../core/connector/in-pieces.ts'
import type { Outcome } from '../../core/connector/outcome.ts'
import type { DeliveryState, DeliveryStore, PlanRow } from '../../core/port/delivery-store.ts'
import type { JsonValue } from '../../core/port/json.ts'
import type { ProfileSchema } from '../../core/profile/profile-schema.ts'
import { compareMembers } from './delivery/compare-members.ts'
import { freezePlan } from './delivery/freeze-plan.ts'
import { noteRemovedElsewhere } from './delivery/note-removed.ts'
import { classifyRows } from './delivery/plan-work.ts'
import { recordOutcomes } from './delivery/record-outcomes.ts'
import { readJobRecords, readOpenJobs, settleJob } from './delivery/settle-job.ts'
import { reopenPlan, settleReplacement } from './delivery/settle-replacement.ts'
import { countWithdrawn, withholdWithdrawn } from './delivery/withhold-withdrawn.ts'
import type { DuckDb } from './duckdb.ts'
import type { IdentifierDigest } from './suppression/digest.ts'

interface PlanRowColumns {
  readonly ordinal: number
  readonly operation: PlanRow['operation']
  readonly profile_id: bigint
  readonly key: string | null
  readonly fields: string
}

interface DeliveryColumns {
  readonly status: DeliveryState['status']
  readonly key: string | null
  readonly reason_code: string | null
  readonly reason_message: string | null
  readonly run_id: string
  readonly acknowledged_at: DuckDBTimestampValue
}

/** The delivery side of the warehouse on DuckDB. The tables must have been prepared for `schema`. `digest` recognises who is suppressed. */
export function createDeliveryStore(
  duckdb: DuckDb,
  schema: ProfileSchema,
  digest: IdentifierDigest,
): DeliveryStore {
  const ground = { duckdb, schema, digest }
  return {
    plan: (request) =>
      duckdb.transaction(async () => {
        await classifyRows(ground, request)
        const plan = await freezePlan(duckdb, request)
        await duckdb.run(`DROP TABLE plan_work`)
        return plan
      }),
    differingAmong: (request) =>
      duckdb.dryRun(async () => {
        await classifyRows(ground, { ...request, runId: '' })
        return readDiffering(duckdb)
      }),
    withdrawnCount: (sync) => countWithdrawn(ground, sync),
    withholdWithdrawn: (request) => withholdWithdrawn(ground, request),
    sample: (runId, limit) => readSample(duckdb, runId, limit),
    readBatch: (runId, batch) => readBatch(duckdb, runId, batch),
    isRecorded: (runId, batch) => isRecorded(duckdb, runId, batch),
    recordOutcomes: (request) => recordOutcomes(duckdb, request),
    settleReplacement: (request) => settleReplacement(duckdb, request),
    reopenPlan: (runId) => reopenPlan(duckdb, runId),
    outcomeCounts: (runId) => readOutcomeCounts(duckdb, runId),
    reasons: (runId) => duckdb.snapshot(() => readReasons(duckdb, runId)),
    noteRemovedElsewhere: (sync, removals) => noteRemovedElsewhere(duckdb, sync, removals),
    compareMembers: (sync, pages) => compareMembers(duckdb, sync, pages),
    untoldCount: (runId) => readUntoldCount(duckdb, runId),
    openJobs: () => readOpenJobs(duckdb),
    jobRecords: (job) => readJobRecords(duckdb, job),
    settleJob: (job, state, at) => settleJob(duckdb, job, state, at),
    deliveryOf: (sync, profileId) => duckdb.snapshot(() => readDelivery(duckdb, sync, profileId)),
    deliveredCount: (sync) => duckdb.snapshot(() => readDeliveredCount(duckdb, sync)),
    async dropPlan(runId) {
      await duckdb.run(
        `DELETE FROM plan_row WHERE run_id = $1 AND coalesce(outcome, 'applied') IN ('applied', 'skipped')`,
        [runId],
      )
    },
  }
}

async function readDeliveredCount(duckdb: DuckDb, sync: string): Promise<number> {
  const row = await duckdb.one<{ count: bigint }>(
    `SELECT count(*) AS count FROM delivery WHERE sync = $1 AND held`,
    [sync],
  )
  return Number(row?.count ?? 0)
}

async function readDiffering(duckdb: DuckDb): ReturnType<DeliveryStore['differingAmong']> {
  const rows = await duckdb.all<{ profile_id: bigint; withdrawn: boolean }>(
    `SELECT profile_id, withdrawn FROM plan_work WHERE class IN ('add', 'update', 'remove') ORDER BY profile_id`,
  )
  const [withdrawn, changed] = [new Array<string>(), new Array<string>()]
  for (const row of rows) (row.withdrawn ? withdrawn : changed).push(`p_${row.profile_id}`)
  return { withdrawn, changed }
}

const planColumns = `ordinal, operation, profile_id, key, fields`

async function readSample(duckdb: DuckDb, runId: string, limit: number): Promise<PlanRow[]> {
  const rows = await duckdb.all<PlanRowColumns>(
    `SELECT ${planColumns} FROM plan_row WHERE run_id = $1 AND batch >= 0
    QUALIFY row_number() OVER (PARTITION BY operation ORDER BY batch, ordinal) <= $2::INTEGER ORDER BY batch, ordinal`,
    [runId, limit],
  )
  return rows.map(toPlanRow)
}

async function readBatch(duckdb: DuckDb, runId: string, batch: number): Promise<PlanRow[]> {
  const rows = await duckdb.all<PlanRowColumns>(
    `SELECT ${planColumns} FROM plan_row WHERE run_id = $1 AND batch = $2 AND outcome IS NULL ORDER BY ordinal`,
    [runId, batch],
  )
  return mapInPieces(rows, toPlanRow)
}

function toPlanRow(row: PlanRowColumns): PlanRow {
  const fields: Record<string, JsonValue> = JSON.parse(row.fields)
  return {
    ordinal: row.ordinal,
    operation: row.operation,
    profileId: `p_${row.profile_id}`,
    key: row.key,
    fields,
  }
}

async function isRecorded(duckdb: DuckDb, runId: string, batch: number): Promise<boolean> {
  const row = await duckdb.one<{ recorded: boolean | null }>(
    `SELECT bool_and(outcome IS NOT NULL) AS recorded FROM plan_row WHERE run_id = $1 AND batch = $2`,
    [runId, batch],
  )
  return row?.recorded === true
}

async function readOutcomeCounts(
  duckdb: DuckDb,
  runId: string,
): Promise<Record<Outcome['status'] | 'pending', number>> {
  const counts = { applied: 0, accepted: 0, skipped: 0, rejected: 0, failed: 0, unknown: 0, pending: 0 }
  const rows = await duckdb.all<{ outcome: keyof typeof counts; count: bigint }>(
    `SELECT coalesce(outcome, 'pending') AS outcome, count(*) AS count FROM plan_row WHERE run_id = $1 GROUP BY 1`,
    [runId],
  )
  for (const { outcome, count } of rows) counts[outcome] = Number(count)
  return counts
}

async function readReasons(
  duckdb: DuckDb,
  runId: string,
): Promise<{ code: string; message: string; count: number }[]> {
  const rows = await duckdb.all<{ code: string; message: string; count: bigint }>(
    `SELECT reason_code AS code, coalesce(reason_message, '') AS message, count(*) AS count FROM delivery d
    WHERE d.status IN ('rejected', 'failed', 'unknown') AND reason_code IS NOT NULL AND (d.run_id = $1 OR EXISTS (
      SELECT 1 FROM plan_row p WHERE p.run_id = $1 AND p.sync = d.sync AND p.profile_id = d.profile_id
        AND p.outcome IN ('rejected', 'failed', 'unknown')))
    GROUP BY ALL
    UNION ALL SELECT code, message, sum(count)::BIGINT FROM untold_reject WHERE run_id = $1 GROUP BY ALL
    ORDER BY count DESC, code, message`,
    [runId],
  )
  return rows.map(({ code, message, count }) => ({ code, message, count: Number(count) }))
}

async function readUntoldCount(duckdb: DuckDb, runId: string): Promise<number> {
  const row = await duckdb.one<{ count: bigint | null }>(
    `SELECT sum(count)::BIGINT AS count FROM untold_reject WHERE run_id = $1`,
    [runId],
  )
  return Number(row?.count ?? 0)
}

async function readDelivery(
  duckdb: DuckDb,
  sync: string,
  profileId: string,
): Promise<DeliveryState | undefined> {
  const digits = /^(?:p_)?(\d{1,18})$/.exec(profileId)?.[1]
  if (digits === undefined) return undefined
  const row = await duckdb.one<DeliveryColumns>(
    `SELECT status, key, reason_code, reason_message, run_id, acknowledged_at FROM delivery
    WHERE sync = $1 AND profile_id = ${BigInt(digits)}`,
    [sync],
  )
  if (!row) return undefined
  return {
    status: row.status,
    key: row.key,
    reasonCode: row.reason_code,
    reasonMessage: row.reason_message,
    runId: row.run_id,
    acknowledgedAt: Number(row.acknowledged_at.micros / 1000n),
  }
}
