import type { DuckDBValue } from '@duckdb/node-api'
import type { DestinationDescription } from '../../../core/connector/connector.ts'
import type { DeliverSyncManifest } from '../../../core/manifest/manifest.ts'
import type { ProfileSchema } from '../../../core/profile/profile-schema.ts'
import type { DuckDb } from '../duckdb.ts'
import { restrictedProfiles } from '../erasure/restriction.ts'
import type { IdentifierDigest } from '../suppression/digest.ts'
import { findSuppressed } from '../suppression/find-suppressed.ts'
import { toRowExpressions, type RowExpressions } from './row-expression.ts'

/** What a plan is made over. */
export interface PlanGround {
  readonly duckdb: DuckDb
  readonly schema: ProfileSchema
  readonly digest: IdentifierDigest
}

export interface PlanRequest {
  readonly runId: string
  readonly sync: DeliverSyncManifest
  readonly destination: DestinationDescription
  readonly asOf: number
  readonly retryRejected?: boolean
  /** All members are sent, whether anything of them changed or not. */
  readonly whole?: boolean
  /** Only who is taken off because consent was withdrawn or the person is suppressed. */
  readonly withdrawnOnly?: boolean
  /** Only these profiles ("p_12") are compared. */
  readonly people?: readonly string[]
}

/** True when a changed row must be taken off before it is put on: the platform cannot change it in place. */
export function replacesRows({ capabilities }: DestinationDescription): boolean {
  return capabilities.update !== true && capabilities.remove === true
}

/**
 * Fills the temporary table `plan_work`: every member or delivered person for whom something is to be done or held back, with the
 * class that decides it. One set operation compares both sides. Runs inside the caller's transaction.
 */
export async function classifyRows(ground: PlanGround, request: PlanRequest): Promise<void> {
  const { duckdb, schema } = ground
  const { people } = request
  if (people) await fillPeople(duckdb, people)
  await findSuppressed(ground, request.sync, people && comparedPeople)
  await duckdb.run(`CREATE OR REPLACE TEMP TABLE plan_revived (profile_id BIGINT)`)
  await runClassification(duckdb, schema, request)
  // Two profiles became one: taking the vanished one off the platform may take the survivor with it, so the survivor is sent again.
  const revived = await duckdb.run(
    `INSERT INTO plan_revived SELECT DISTINCT survivor.profile_id FROM plan_work gone
     JOIN record_trait survivor ON survivor.record_id = gone.profile_id
     WHERE gone.class = 'remove' AND survivor.profile_id <> gone.profile_id`,
  )
  if (revived > 0) await runClassification(duckdb, schema, request)
}

/** Selects the few people that a plan is about. */
const comparedPeople = `SELECT profile_id FROM plan_people`

async function fillPeople(duckdb: DuckDb, people: readonly string[]): Promise<void> {
  await duckdb.run(
    `CREATE OR REPLACE TEMP TABLE plan_people AS SELECT DISTINCT unnest(string_split($1, ','))::BIGINT AS profile_id`,
    [people.map((id) => id.replace('p_', '')).join(',')],
  )
}

async function runClassification(duckdb: DuckDb, schema: ProfileSchema, request: PlanRequest): Promise<void> {
  const { sync, destination, asOf } = request
  const params: DuckDBValue[] = []
  const bind = (value: string | number | boolean): string => `$${params.push(value)}`
  const row = toRowExpressions(sync, destination, schema, bind)
  const classes = toClassCase({
    due: `(d.retry_at IS NULL OR d.retry_at <= make_timestamp(${bind(asOf)}::BIGINT * 1000) OR ${bind(request.retryRejected ?? false)})`,
    kept: keptCondition(request),
    whole: bind(request.whole ?? false),
    settles: bind(
      destination.capabilities.repeatable === true || destination.capabilities.readMembers === true,
    ),
  })
  const consentUnmapped = bind(sync.consent === undefined)
  const among = request.people ? `AND profile_id IN (${comparedPeople})` : ''
  await duckdb.run(
    `CREATE OR REPLACE TEMP TABLE plan_work AS
    WITH member AS (
      SELECT p.profile_id, ${row.consented} AS consented, ${isSuppressed} AS suppressed, ${row.matchable} AS matchable,
        ${row.key} AS key, ${row.fields} AS fields
      FROM profile p SEMI JOIN (
        SELECT profile_id FROM every_membership WHERE segment = ${bind(sync.segment)} AND exited_at IS NULL ${among}
      ) m ON m.profile_id = p.profile_id
    ),
    side AS (SELECT *, consented AND matchable AND NOT suppressed AS sendable FROM member),
    known AS (SELECT * FROM delivery WHERE sync = ${bind(sync.name)} ${among}),
    consent_lost AS (SELECT p.profile_id FROM profile p SEMI JOIN known k ON k.profile_id = p.profile_id WHERE NOT (${row.consented}) OR ${isSuppressed}),
    compared AS (
      SELECT coalesce(s.profile_id, d.profile_id) AS profile_id, coalesce(s.sendable, false) AS sendable,
        CASE WHEN s.profile_id IS NULL OR s.sendable THEN NULL WHEN s.suppressed THEN 'suppressed' WHEN ${consentUnmapped} THEN 'consent_unmapped'
          WHEN NOT s.consented THEN 'consent_missing' ELSE 'no_match_key' END AS withheld,
        ${classes} AS class,
        coalesce(d.key, s.key) AS key, s.fields, d.fields AS old_fields, d.row_hash AS old_hash
      FROM side s FULL JOIN known d ON d.profile_id = s.profile_id
    )
    SELECT profile_id, sendable, withheld, class, key, fields, old_fields, old_hash,
      false AS withdrawn,
      CASE WHEN class IN ('add', 'update') THEN md5_number_lower(fields) END AS row_hash
    FROM compared WHERE withheld IS NOT NULL OR class NOT IN ('unchanged', 'kept')`,
    params,
  )
  await duckdb.run(withdrawnSql(row))
  if (request.withdrawnOnly === true) await duckdb.run(`DELETE FROM plan_work WHERE NOT withdrawn`)
}

/** SQL over a row `p` of `profile`: nothing may be sent to this person. `plan_suppressed` must be filled (`findSuppressed`). */
export const isSuppressed = `p.profile_id IN (SELECT profile_id FROM plan_suppressed UNION ALL ${restrictedProfiles})`

/**
 * Marks the removals of people who said no, or to whom nothing may be sent. Somebody who became part of another profile is judged by that
 * one: the two are the same person.
 */
const withdrawnSql = (row: RowExpressions): string => `
  UPDATE plan_work SET withdrawn = true WHERE class = 'remove' AND profile_id IN (
    SELECT w.profile_id FROM (FROM plan_work WHERE class = 'remove') w LEFT JOIN record_trait t ON t.record_id = w.profile_id
    JOIN profile p ON p.profile_id = coalesce(t.profile_id, w.profile_id) WHERE ${row.denied} OR ${isSuppressed})`

/**
 * Who stays on the platform although they left the segment: nobody in a mirror; in an add-only sync everybody but those whose consent is
 * no longer granted, because withdrawn consent outranks the mode.
 */
function keptCondition({ sync, destination }: PlanRequest): string {
  if (sync.mode !== 'add_only') return 'false'
  return destination.capabilities.remove === true
    ? 'd.profile_id NOT IN (SELECT profile_id FROM consent_lost)'
    : 'true'
}

/**
 * The decision for one pair of desired row `s` and delivery `d`. What a job of the platform holds is left alone until the job ends. `failed` and `unknown` come again always, `rejected` only when
 * due; what the platform may still hold and should not is removed.
 */
function toClassCase(sql: { due: string; kept: string; settles: string; whole: string }): string {
  const wanted = `coalesce(s.sendable, false)`
  // The text tells as much as its hash and costs nothing; only a refused row keeps its hash beside the fields that are held.
  const same = `CASE WHEN d.status = 'rejected' AND d.operation = 'add' THEN d.row_hash = md5_number_lower(s.fields)
    ELSE d.fields = s.fields END`
  return `CASE
    WHEN d.status = 'accepted' THEN 'processing'
    WHEN ${wanted} THEN CASE
      WHEN d.profile_id IS NULL THEN 'add'
      WHEN ${sql.whole} THEN CASE WHEN d.held THEN 'update' ELSE 'add' END
      WHEN d.status = 'unknown' AND NOT ${sql.settles} THEN 'unsettled'
      WHEN d.status = 'unknown' AND ((${same}) OR d.operation = 'remove') THEN 'add'
      WHEN d.status = 'rejected' AND d.operation = 'add' AND (${same}) AND NOT ${sql.due}
        AND NOT (d.key IS NULL AND s.key IS NOT NULL) THEN 'still_rejected'
      WHEN NOT d.held THEN 'add'
      WHEN (${same}) AND s.profile_id IN (SELECT profile_id FROM plan_revived) THEN 'add'
      WHEN (${same}) AND (d.operation = 'remove' OR d.status IN ('applied', 'skipped')) THEN 'unchanged'
      ELSE 'update' END
    WHEN coalesce(d.held, false) THEN CASE
      WHEN ${sql.kept} THEN 'kept'
      WHEN d.operation = 'remove' AND d.status = 'unknown' AND NOT ${sql.settles} THEN 'unsettled'
      WHEN d.operation = 'remove' AND d.status = 'rejected' AND NOT ${sql.due} THEN 'still_rejected'
      ELSE 'remove' END
    END`
}
