import { VARCHAR, type DuckDBValue } from '@duckdb/node-api'
import type { QuarantinedRow } from '../../../core/connector/source.ts'
import { forgottenKind, namesInText, recordName } from '../../../core/person-request/forgotten-name.ts'
import type { ProfileSchema } from '../../../core/profile/profile-schema.ts'
import type { DuckDb } from '../duckdb.ts'
import { coarseBuckets, type IdentifierDigest } from '../suppression/digest.ts'
import { identifierColumn } from '../tables.ts'

/** Keeps people who were erased from coming back with an old file or another pull. Without anybody erased each costs one look. */
export interface Tombstones {
  /** Takes the records of erased people out of the temporary table `incoming`. Returns their number. */
  dropIncoming(stream: { readonly connection: string; readonly stream: string }): Promise<number>
  /** The rows that name nobody who was erased. */
  keepUnknown(rows: readonly QuarantinedRow[], schema: ProfileSchema): Promise<readonly QuarantinedRow[]>
  /**
   * Takes records and events that tell an identifier of an erased person out of the staging tables, and their source records away; these
   * are remembered too, so that they are not stored again. Inside the caller's transaction. Returns the number of records.
   */
  dropStaged(schema: ProfileSchema, at: number): Promise<number>
  /** Remembers the rows of the temporary table `forgotten` (request, kind, value) and drops it. Inside the caller's transaction. */
  remember(at: number): Promise<void>
  /** True when somebody who was erased came again and was dropped since the file was last rewritten. */
  hasDropped(): boolean
  noteCompacted(): void
  /** Lets the bearer of an identifier be known again, with all that was erased with it. Returns how many names that were. */
  lift(kind: string, value: string): Promise<number>
}

interface Ground {
  readonly duckdb: DuckDb
  readonly digest: IdentifierDigest
}

export function createTombstones(duckdb: DuckDb, digest: IdentifierDigest): Tombstones {
  const ground = { duckdb, digest }
  let dropped = false
  const isEmpty = async (): Promise<boolean> =>
    (await duckdb.one(`SELECT 1 FROM tombstone LIMIT 1`)) === undefined
  return {
    dropIncoming: async (stream) => ((await isEmpty()) ? 0 : dropIncoming(ground, stream)),
    keepUnknown: async (rows, schema) => ((await isEmpty()) ? rows : keepUnknown(ground, rows, schema)),
    async dropStaged(schema, at) {
      const count = (await isEmpty()) ? 0 : await dropStaged(ground, schema, at)
      dropped ||= count > 0
      return count
    },
    hasDropped: () => dropped,
    noteCompacted() {
      dropped = false
    },
    remember: (at) => remember(ground, at),
    lift: (kind, value) =>
      duckdb.run(`DELETE FROM tombstone WHERE request IN (SELECT request FROM tombstone WHERE digest = $1)`, [
        digest.of(kind, value),
      ]),
  }
}

/**
 * SQL that is true of the rows whose name was forgotten, from SQL of kind and value; what it binds is added to `values`. Digests are made
 * only of those that share a bucket with one.
 */
export function isForgotten(
  { digest }: Pick<Ground, 'digest'>,
  kind: string,
  value: string,
  values: DuckDBValue[],
): string {
  const bind = (bound: DuckDBValue): string => `$${values.push(bound)}`
  return `CASE WHEN ${digest.bucketSql(kind, value, bind)} % ${coarseBuckets} IN (SELECT bucket FROM tombstone)
    THEN ${digest.sql(kind, value, bind)} IN (SELECT digest FROM tombstone) ELSE false END`
}

async function dropIncoming(
  ground: Ground,
  { connection, stream }: { readonly connection: string; readonly stream: string },
): Promise<number> {
  const values: DuckDBValue[] = [connection, stream]
  const forgotten = isForgotten(ground, `'${recordName}'`, `($1 || '/' || $2 || '/' || external_id)`, values)
  return ground.duckdb.run(`DELETE FROM incoming WHERE ${forgotten}`, values)
}

async function keepUnknown(
  { duckdb, digest }: Ground,
  rows: readonly QuarantinedRow[],
  schema: ProfileSchema,
): Promise<readonly QuarantinedRow[]> {
  const digests = rows.map((row) =>
    namesInText(`${row.place} ${row.raw}`, schema).map(({ kind, value }) => digest.of(kind, value)),
  )
  await duckdb.run(`CREATE OR REPLACE TEMP TABLE named (digest VARCHAR)`)
  await duckdb.append('named', { types: [VARCHAR], columns: [digests.flat()] })
  const found = await duckdb.all<{ digest: string }>(`FROM named SEMI JOIN tombstone USING (digest)`)
  await duckdb.run(`DROP TABLE named`)
  const known = new Set(found.map((row) => row.digest))
  return rows.filter((_row, index) => !digests[index]?.some((one) => known.has(one)))
}

/** What the staged records tell of people, under the words that tombstones use. */
function toldNames(schema: ProfileSchema): string {
  const kinds = Object.keys(schema.identifiers)
  const word = `CASE kind ${kinds.map((kind) => `WHEN '${kind}' THEN '${forgottenKind(schema, kind)}'`).join(' ')} ELSE kind END`
  const first = kinds.map(
    (kind) => `SELECT record_id, '${forgottenKind(schema, kind)}' AS kind, ${identifierColumn(kind)} AS value
      FROM staged_record WHERE ${identifierColumn(kind)} IS NOT NULL`,
  )
  const others = `SELECT record_id, ${kinds.length === 0 ? 'kind' : word} AS kind, value FROM staged_identifier`
  const persons = `SELECT record_id, ${kinds.length === 0 ? 'kind' : word} AS kind, value FROM (
      SELECT record_id, pair[1] AS kind, pair[2] AS value FROM (
        SELECT record_id, unnest(from_json(person_key::JSON, '[["VARCHAR"]]')) AS pair
        FROM staged_event WHERE person_key IS NOT NULL))`
  return [...first, others, persons].join(' UNION ALL ')
}

async function dropStaged(ground: Ground, schema: ProfileSchema, at: number): Promise<number> {
  const { duckdb, digest } = ground
  const values: DuckDBValue[] = []
  const bind = (bound: DuckDBValue): string => `$${values.push(bound)}`
  await duckdb.run(
    `CREATE OR REPLACE TEMP TABLE returned AS
     SELECT record_id, min(request) AS request FROM (
       SELECT record_id, ${digest.sql('kind', 'value', bind)} AS digest FROM (${toldNames(schema)})
       WHERE ${digest.bucketSql('kind', 'value', bind)} % ${coarseBuckets} IN (SELECT bucket FROM tombstone))
     JOIN tombstone USING (digest) GROUP BY record_id`,
    values,
  )
  const row = await duckdb.one<{ count: bigint }>(`SELECT count(*) AS count FROM returned`)
  const count = Number(row?.count ?? 0)
  if (count > 0) {
    await duckdb.run(
      `CREATE OR REPLACE TEMP TABLE forgotten AS
       SELECT request, '${recordName}' AS kind, connection || '/' || stream || '/' || external_id AS value
       FROM source_record JOIN returned USING (record_id)`,
    )
    await remember(ground, at)
    for (const table of [
      'staged_record',
      'staged_identifier',
      'staged_event',
      'source_record',
      'record_sighting',
    ])
      await duckdb.run(`DELETE FROM ${table} WHERE record_id IN (SELECT record_id FROM returned)`)
  }
  await duckdb.run(`DROP TABLE returned`)
  return count
}

async function remember({ duckdb, digest }: Ground, at: number): Promise<void> {
  const values: DuckDBValue[] = [BigInt(at)]
  const bind = (bound: DuckDBValue): string => `$${values.push(bound)}`
  const exact = digest.sql('kind', 'value', bind)
  const bucket = `${digest.bucketSql('kind', 'value', bind)} % ${coarseBuckets}`
  await duckdb.run(
    `INSERT INTO tombstone BY NAME
     SELECT * FROM (SELECT DISTINCT ${exact} AS digest, ${bucket} AS bucket, kind, request,
       make_timestamp($1::BIGINT * 1000) AS erased_at FROM forgotten)
     ANTI JOIN tombstone USING (digest)`,
    values,
  )
  await duckdb.run(`DROP TABLE forgotten`)
}
