import type { ErasedCounts } from '../../../core/person-request/erasure.ts'
import type { ProfileSchema } from '../../../core/profile/profile-schema.ts'
import type { DuckDb } from '../duckdb.ts'
import { forgetSeats } from '../segment/kept-seats.ts'
import { noteErased } from '../segment/note-touched.ts'
import { dropScope, findPersonColumns, namesPerson, openScope, openWords } from './person-scope.ts'
import type { Tombstones } from './tombstones.ts'

/** Under which class the rows of a table are counted; all others are "others". */
const classes: Readonly<Record<string, string>> = {
  source_record: 'source_records',
  record_trait: 'traits',
  record_identifier: 'identifiers',
  event: 'events',
  membership: 'memberships',
  delivery: 'deliveries',
  former_delivery: 'deliveries',
  plan_row: 'plan_rows',
  quarantine: 'quarantine',
}

/** Tables that note when to look at whom again, or find records fast, and tell nothing of anybody: their rows go and are not counted. */
const notes: ReadonlySet<string> = new Set([
  'evaluation_touched',
  'evaluation_audience',
  'next_change',
  'next_change_soon',
  'identifier_key',
  'membership_exit',
])

export interface EraseOrder {
  readonly profile: bigint
  readonly request: string
  readonly at: number
}

/** Takes one person out of every table and remembers their names by digest, in one transaction. Returns the rows by class. */
export async function eraseHere(
  { duckdb, schema, tombstones }: { duckdb: DuckDb; schema: ProfileSchema; tombstones: Tombstones },
  { profile, request, at }: EraseOrder,
): Promise<ErasedCounts> {
  return duckdb.transaction(async () => {
    await openScope(duckdb, schema, profile)
    const counts = await deletePerson(duckdb, schema)
    await duckdb.run(
      `CREATE OR REPLACE TEMP TABLE forgotten AS SELECT $1 AS request, kind, value FROM scope_name`,
      [request],
    )
    await tombstones.remember(at)
    await noteErased(duckdb)
    await dropScope(duckdb)
    return counts
  })
}

/** Deletes the rows of whoever is in the scope tables. Inside the caller's transaction. */
export async function deletePerson(duckdb: DuckDb, schema: ProfileSchema): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  const add = (table: string, rows: number): void => {
    const name = classes[table] ?? 'others'
    if (rows > 0 && !notes.has(table)) counts[name] = (counts[name] ?? 0) + rows
  }
  await openWords(duckdb)
  add(
    'quarantine',
    await duckdb.run(`DELETE FROM quarantine WHERE ${namesPerson('raw')} OR ${namesPerson('place')}`),
  )
  add('plan_row', await settlePlanRows(duckdb))
  add('record_identifier', await duckdb.run(namedElsewhereSql))
  add('source_record', await duckdb.run(`DELETE FROM source_record WHERE record_id IN (FROM scope_source)`))
  await duckdb.run(`DELETE FROM record_sighting WHERE record_id IN (FROM scope_source)`)
  // An event that a record of somebody else tells of this person goes, its record stays: it is theirs.
  for (const { table, column } of await findPersonColumns(duckdb)) {
    if (table === 'plan_row' || table === 'source_record') continue
    add(table, await duckdb.run(`DELETE FROM "${table}" WHERE "${column}" IN (FROM scope_record)`))
  }
  await forgetSeats(duckdb)
  await deleteByName(duckdb, schema)
  add('quality_profile', await deleteReports(duckdb))
  await duckdb.run(`DROP TABLE scope_word`)
  return counts
}

/** Rows of a person's source records that tell only events may have identifiers of their own. */
const namedElsewhereSql = `DELETE FROM record_identifier WHERE record_id IN (FROM scope_source)`

/**
 * A row of a run under way keeps its place, so that the batch it is in stays as it was counted, but nothing of the person; all others
 * go.
 */
async function settlePlanRows(duckdb: DuckDb): Promise<number> {
  const settled = await duckdb.run(
    `UPDATE plan_row SET outcome = 'skipped', key = NULL, fields = '{}', row_hash = 0
     WHERE profile_id IN (FROM scope_record) AND batch >= 0 AND outcome IS NULL`,
  )
  const gone = await duckdb.run(
    `DELETE FROM plan_row WHERE profile_id IN (FROM scope_record) AND NOT (batch >= 0 AND outcome = 'skipped')`,
  )
  await duckdb.run(`UPDATE plan_row SET profile_id = 0, key = NULL, fields = '{}', row_hash = 0
    WHERE profile_id IN (FROM scope_record)`)
  return settled + gone
}

/** Reports on the quality of a source quote frequent and odd values; the next pull writes them anew. */
const deleteReports = (duckdb: DuckDb): Promise<number> =>
  duckdb.run(
    `DELETE FROM quality_profile WHERE EXISTS (SELECT 1 FROM scope_word w
       WHERE regexp_matches(w.word, '^[+]|@') AND contains(lower(profile), w.word))`,
  )

/** Tables of other parts of the hub that list identifiers by kind and value. */
async function deleteByName(duckdb: DuckDb, schema: ProfileSchema): Promise<void> {
  const tables = await duckdb.all<{ table_name: string }>(
    `SELECT table_name FROM duckdb_columns() WHERE schema_name = 'main' AND database_name = current_database() AND NOT internal
       AND data_type = 'VARCHAR' AND table_name IN (SELECT table_name FROM duckdb_tables() WHERE NOT temporary)
     GROUP BY table_name
     HAVING bool_or(column_name = 'kind') AND bool_or(column_name = 'value')`,
  )
  if (Object.keys(schema.identifiers).length === 0) return
  for (const { table_name: table } of tables) {
    if (table === 'record_identifier') continue
    await duckdb.run(
      `DELETE FROM "${table}" WHERE value IN (SELECT value FROM scope_name WHERE kind <> '@record')`,
    )
  }
}
