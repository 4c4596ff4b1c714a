import type { ProfileSchema } from '../../../core/profile/profile-schema.ts'
import type { DuckDb } from '../duckdb.ts'
import { inOrder } from '../in-order.ts'
import { identifierColumn, propertyColumn } from '../tables.ts'
import { propertyTypes } from './block-layout.ts'
import { profileColumns } from './rebuild-profiles.ts'

/** Brings the staged records into their table, under the profiles that `label` names. */
export async function writeResolved(duckdb: DuckDb, schema: ProfileSchema): Promise<void> {
  await duckdb.run(`DELETE FROM record_trait WHERE record_id IN (SELECT record_id FROM changed_record)`)
  await moveNeighbours(duckdb)
  await duckdb.run(recordSql(schema))
  if (await duckdb.one(anyPerson)) await duckdb.run(personSql(schema))
}

/** What remains of the touched profiles follows its person: merges and splits move records and events alike. */
async function moveNeighbours(duckdb: DuckDb): Promise<void> {
  await duckdb.run(`CREATE OR REPLACE TEMP TABLE moved AS
    SELECT record_id, l.profile_id FROM neighbour_trait n JOIN label l USING (record_id) WHERE n.profile_id <> l.profile_id`)
  if (!(await duckdb.one(`SELECT 1 FROM moved LIMIT 1`))) return
  for (const table of ['record_trait', 'event'])
    await duckdb.run(
      `UPDATE ${table} SET profile_id = moved.profile_id FROM moved WHERE ${table}.record_id = moved.record_id`,
    )
}

/** Brings the staged events in, under the profiles of those who did it. Returns their number. */
export const writeEvents = (duckdb: DuckDb, schema: ProfileSchema): Promise<number> =>
  duckdb.run(eventSql(schema))

/** The columns of traits and consents as they are, and '' for an identifier that is not told. */
function storedSql(schema: ProfileSchema): string {
  const identifiers = new Set(Object.keys(schema.identifiers).map(identifierColumn))
  return list(profileColumns(schema), (column) =>
    identifiers.has(column) ? orEmpty(`s.${column}`, column) : `s.${column}`,
  )
}

const orEmpty = (sql: string, column: string): string => `coalesce(${sql}, '') AS ${column}`

const recordSql = (schema: ProfileSchema): string => `
  INSERT INTO record_trait BY NAME
  SELECT s.record_id, coalesce(e.v, s.record_id) AS profile_id, r.connection, r.stream,
    coalesce(r.version_at, r.received_at) AS version_at, r.deleted, r.run_id, s.cleared
    ${storedSql(schema)}
  FROM staged_record s JOIN source_record r USING (record_id) LEFT JOIN edge e ON e.u = s.record_id
  WHERE s.is_person`

/** SQL that tells whether `personSql` comes to any rows. */
const anyPerson = `
  SELECT 1 FROM staged_person SEMI JOIN label USING (record_id) SEMI JOIN staged_identifier USING (record_id) LIMIT 1`

/**
 * Records of people known only from events tell no time of their own: any other record of that connection is more recent. Unlike those of sources,
 * they come in no order of profiles by themselves.
 */
function personSql(schema: ProfileSchema): string {
  const kinds = Object.keys(schema.identifiers)
  return `
    INSERT INTO record_trait BY NAME
    SELECT p.record_id, l.profile_id, p.connection, p.stream, TIMESTAMP '1970-01-01' AS version_at, false AS deleted,
      '' AS run_id${list(kinds.map(identifierColumn), (column) => orEmpty(`i.${column}`, column))}
    FROM staged_person p JOIN label l USING (record_id) JOIN (
      SELECT record_id${list(kinds, (kind) => `min(value) FILTER (kind = '${kind}') AS ${identifierColumn(kind)}`)}
      FROM staged_identifier SEMI JOIN staged_person USING (record_id) GROUP BY record_id) i USING (record_id)
    ${inOrder('profile_id')}`
}

const eventSql = (schema: ProfileSchema): string => `
  INSERT INTO event BY NAME
  SELECT e.connection || '/' || e.stream || '/' || e.external_id || '/' || e.name
      || CASE WHEN e.ordinal > 1 THEN '/' || e.ordinal ELSE '' END AS message_id,
    coalesce(p.record_id, e.record_id) AS record_id, coalesce(l.profile_id, p.profile_id, e.record_id) AS profile_id, e.name, e.time, e.received_at, e.record_id AS source_record_id
    ${list([...propertyTypes(schema).keys()], (property) => `e.${propertyColumn(property)}`)}
  FROM living_event e
  LEFT JOIN staged_person p
    ON p.connection = e.connection AND p.stream = e.stream AND p.key = e.person_key
  LEFT JOIN label l ON l.record_id = coalesce(p.record_id, e.record_id)
  ${inOrder('profile_id')}`

const list = (names: readonly string[], column: (name: string) => string): string =>
  names.map((name) => `, ${column(name)}`).join('')
