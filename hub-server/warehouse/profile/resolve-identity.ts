import type { ProfileSchema } from '../../../core/profile/profile-schema.ts'
import type { DuckDb } from '../duckdb.ts'
import { consentColumn, identifierColumn } from '../tables.ts'
import { consentNames, decidedColumn } from './block-layout.ts'
import { joinComponents } from './join-components.ts'

/**
 * Works out who is who for the changed records and everybody they touch, and leaves the answer in the temporary tables `label`
 * (record, profile) and `dirty_profile` (profiles to be built again, former ones included).
 *
 * Only profiles that a changed record belonged to, or that hold one of its identifiers now, can change: all others are complete
 * components already. A full rebuild is the same work with all records changed.
 */
export async function resolveIdentity(duckdb: DuckDb, schema: ProfileSchema): Promise<void> {
  await duckdb.run(toldSql(schema))
  for (const statement of closureStatements) await duckdb.run(statement)
  for (const table of ['record_identifier', 'record_consent']) {
    await duckdb.run(`DELETE FROM ${table} WHERE record_id IN (SELECT record_id FROM changed_record)`)
  }
  await duckdb.run(`INSERT INTO record_identifier FROM told_identifier`)
  for (const name of consentNames(schema)) await duckdb.run(consentSql(name), [name.purpose, name.channel])
  await duckdb.run(edgeSql)
  await joinComponents(duckdb)
  await duckdb.run(labelSql)
  await duckdb.run(`CREATE OR REPLACE TEMP TABLE dirty_profile AS
    SELECT profile_id FROM touched_profile UNION SELECT profile_id FROM label`)
}

/** All identifiers that the changed records tell. Kinds are names of the profile schema: lower-case letters, digits, underscores. */
function toldSql(schema: ProfileSchema): string {
  const first = Object.keys(schema.identifiers).map(
    (kind) => `SELECT record_id, '${kind}' AS kind, ${identifierColumn(kind)} AS value
      FROM staged_record WHERE is_person AND ${identifierColumn(kind)} IS NOT NULL`,
  )
  return `CREATE OR REPLACE TEMP VIEW told_identifier AS
    ${[...first, 'SELECT record_id, kind, value FROM staged_identifier'].join(' UNION ALL ')}`
}

const consentSql = ({ purpose, channel }: ReturnType<typeof consentNames>[number]): string => `
  INSERT INTO record_consent BY NAME
  SELECT s.record_id, $1 AS purpose, $2 AS channel, s.${consentColumn(purpose, channel)} AS status,
    s.${decidedColumn(purpose, channel)} AS decided_at, b.legal_basis
  FROM staged_record s JOIN source_record r USING (record_id)
  LEFT JOIN consent_basis b ON b.connection = r.connection AND b.stream = r.stream AND b.purpose = $1 AND b.channel = $2
  WHERE s.is_person AND s.${consentColumn(purpose, channel)} IS NOT NULL`

const closureStatements = [
  `CREATE OR REPLACE TEMP TABLE touched_profile AS
   SELECT profile_id FROM record_trait WHERE record_id IN (SELECT record_id FROM changed_record)
   UNION
   SELECT t.profile_id FROM told_identifier s
   JOIN record_identifier i USING (kind, value) JOIN record_trait t ON t.record_id = i.record_id`,

  `CREATE OR REPLACE TEMP TABLE node AS
   SELECT record_id FROM changed_record WHERE stays
   UNION ALL
   SELECT record_id FROM record_trait
   WHERE profile_id IN (SELECT profile_id FROM touched_profile)
     AND record_id NOT IN (SELECT record_id FROM changed_record)`,
]

/** Only values that several records hold join anybody: each such value ties its holders to the smallest of them. */
const edgeSql = `
  CREATE OR REPLACE TEMP TABLE edge AS
  WITH held AS (SELECT i.* FROM record_identifier i SEMI JOIN node USING (record_id)),
    shared AS (SELECT kind, value, min(record_id) AS v FROM held GROUP BY kind, value HAVING count(*) > 1)
  SELECT DISTINCT record_id AS u, v FROM held JOIN shared USING (kind, value) WHERE record_id <> v`

const labelSql = `
  CREATE OR REPLACE TEMP TABLE label AS
  SELECT n.record_id, coalesce(e.v, n.record_id) AS profile_id FROM node n LEFT JOIN edge e ON e.u = n.record_id`
