import type { DuckDb } from '../duckdb.ts'
import { joinComponents } from './join-components.ts'

/**
 * Works out who is who for the changed records and everybody they touch, and leaves the answer in the temporary tables `label`
 * (record, profile) and `dirty_profile` (profiles to be built again, former ones included).
 *
 * Only profiles that a changed record belonged to, or that hold one of its identifiers now, can change: all others are complete
 * components already. A full rebuild is the same work with all records changed.
 */
export async function resolveIdentity(duckdb: DuckDb): Promise<void> {
  for (const statement of closureStatements) await duckdb.run(statement)
  for (const table of ['record_identifier', 'record_consent']) {
    await duckdb.run(`DELETE FROM ${table} WHERE record_id IN (SELECT record_id FROM changed_record)`)
  }
  // A record that tells a value twice (two fields, a merge listed again) holds it once.
  await duckdb.run(`INSERT INTO record_identifier SELECT DISTINCT record_id, kind, value FROM staged_identifier
    WHERE record_id IN (SELECT record_id FROM changed_record WHERE stays)`)
  await duckdb.run(`INSERT INTO record_consent FROM staged_consent
    WHERE record_id IN (SELECT record_id FROM changed_record WHERE stays)`)
  await duckdb.run(edgeSql)
  await joinComponents(duckdb)
  await duckdb.run(labelSql)
  await duckdb.run(`CREATE OR REPLACE TEMP TABLE dirty_profile AS
    SELECT profile_id FROM touched_profile UNION SELECT profile_id FROM label`)
}

const closureStatements = [
  `CREATE OR REPLACE TEMP TABLE touched_profile AS
   SELECT profile_id FROM record_trait WHERE record_id IN (SELECT record_id FROM changed_record)
   UNION
   SELECT t.profile_id FROM staged_identifier s
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
