import { forgottenKind, recordName } from '../../../core/person-request/forgotten-name.ts'
import type { ProfileSchema } from '../../../core/profile/profile-schema.ts'
import type { DuckDb } from '../duckdb.ts'
import { mergeLink } from '../profile/stage-people.ts'

/** A column that names a person's profile or record. */
export interface PersonColumn {
  readonly table: string
  readonly column: string
}

/** Names of columns that hold a profile's or a record's number, in whatever table: tables come with other parts of the hub. */
const personColumn = /^(?:.+_)?(?:profile|record)(?:_id)?$/

/** The number of a profile id; undefined where it is none. */
export function profileNumber(profileId: string): bigint | undefined {
  const digits = /^p_(\d{1,18})$/.exec(profileId)?.[1]
  return digits === undefined ? undefined : BigInt(digits)
}

/** All columns of stored tables that name a person by number. */
export async function findPersonColumns(duckdb: DuckDb): Promise<PersonColumn[]> {
  const columns = await duckdb.all<{ table_name: string; column_name: string }>(
    `SELECT c.table_name, c.column_name FROM duckdb_columns() c
     SEMI JOIN duckdb_tables() t ON t.table_name = c.table_name AND t.schema_name = 'main' AND NOT t.temporary
     WHERE c.schema_name = 'main' AND c.database_name = current_database() AND c.data_type = 'BIGINT' ORDER BY ALL`,
  )
  return columns
    .filter(({ column_name: column }) => personColumn.test(column))
    .map(({ table_name: table, column_name: column }) => ({ table, column }))
}

/**
 * Fills temporary tables with who a person is: `scope_record` (numbers of their records and former profiles), `scope_source` (source
 * records that tell of them alone, events included), `scope_name` (kind, value: what names them, source records under "@record"), and
 * `scope_key` (their ids on platforms, by sync). Inside the caller's transaction; `dropScope` ends it.
 */
export async function openScope(duckdb: DuckDb, schema: ProfileSchema, profile: bigint): Promise<void> {
  const kinds = Object.keys(schema.identifiers)
  const word = `CASE kind ${kinds.map((kind) => `WHEN '${kind}' THEN '${forgottenKind(schema, kind)}'`).join(' ')} ELSE kind END`
  await duckdb.run(
    `CREATE OR REPLACE TEMP TABLE scope_record AS
     SELECT record_id FROM record_trait WHERE profile_id = $1 UNION SELECT $1::BIGINT`,
    [profile],
  )
  await duckdb.run(
    `CREATE OR REPLACE TEMP TABLE scope_source AS
     SELECT record_id FROM source_record SEMI JOIN scope_record USING (record_id)
     UNION SELECT e.source_record_id FROM event e SEMI JOIN scope_record USING (record_id)
     WHERE e.source_record_id NOT IN (SELECT record_id FROM record_trait WHERE profile_id <> $1)`,
    [profile],
  )
  await duckdb.run(
    `CREATE OR REPLACE TEMP TABLE scope_name AS
     SELECT DISTINCT ${kinds.length === 0 ? 'kind' : word} AS kind, value FROM every_identifier SEMI JOIN scope_record USING (record_id)
     WHERE kind <> '${mergeLink}'
     UNION SELECT '${recordName}', value FROM every_identifier SEMI JOIN scope_record USING (record_id) WHERE kind = '${mergeLink}'
     UNION SELECT '${recordName}', connection || '/' || stream || '/' || external_id
     FROM source_record SEMI JOIN scope_source USING (record_id)`,
  )
  await duckdb.run(
    `CREATE OR REPLACE TEMP TABLE scope_key AS
     SELECT DISTINCT sync, key FROM (
       SELECT sync, key, profile_id FROM delivery UNION ALL SELECT sync, key, profile_id FROM former_delivery
       UNION ALL SELECT sync, key, profile_id FROM plan_row)
     WHERE key IS NOT NULL AND profile_id IN (FROM scope_record)`,
  )
}

export async function dropScope(duckdb: DuckDb): Promise<void> {
  for (const table of ['scope_record', 'scope_source', 'scope_name', 'scope_key'])
    await duckdb.run(`DROP TABLE IF EXISTS ${table}`)
}

/**
 * SQL that is true of texts in which one of the person's names stands as a word, whatever the case. Ids of two characters are passed
 * over: they stand everywhere.
 */
export const namesPerson = (text: string): string =>
  `EXISTS (SELECT 1 FROM scope_word w WHERE contains(lower(${text}), w.word)
    AND regexp_matches(lower(${text}), '(^|[^a-z0-9])' || regexp_escape(w.word) || '($|[^a-z0-9])'))`

/** Fills `scope_word` from `scope_name` and `scope_key`. */
export async function openWords(duckdb: DuckDb): Promise<void> {
  await duckdb.run(
    `CREATE OR REPLACE TEMP TABLE scope_word AS
     SELECT DISTINCT lower(word) AS word FROM (
       SELECT value AS word FROM scope_name WHERE kind <> '${recordName}' UNION ALL SELECT key FROM scope_key
       UNION ALL SELECT external_id FROM source_record SEMI JOIN scope_source USING (record_id))
     WHERE length(word) > 2`,
  )
}
