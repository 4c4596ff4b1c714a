import { readFile } from 'node:fs/promises'
import { VARCHAR } from '@duckdb/node-api'
import { soundsUsed, type Matching, type MatchKey } from '../../../core/identity/matching.ts'
import type { DuckDb } from '../duckdb.ts'
import { addSounds } from './add-sounds.ts'
import { codeLetters } from './code-letters.ts'
import { isByLetter } from './level-sql.ts'
import {
  frequencyColumn,
  keyColumn,
  keySql,
  namesUsed,
  nicknameColumn,
  valueColumn,
  type Codings,
  type KeyUse,
} from './linkable-columns.ts'

/** What is matched: SQL of a table or query with the column `id` (64-bit) and one column for each trait or identifier that is used. */
export interface MatchSource {
  readonly sql: string
  /** Trait or identifier kind → column of `sql`. */
  readonly columnOf: (name: string) => string
}

/** A candidate key with values that too many records hold; these were passed over. */
export interface CrowdedKey {
  readonly key: MatchKey
  readonly values: number
  readonly records: number
}

/** What is known of the temporary table `linkable`. */
export interface Linkable {
  readonly records: number
  readonly codings: Codings
}

/**
 * Makes the temporary table `linkable`: one row for each record, with `position` from 0 in the order of the ids, values in the form that
 * is compared, and the hash of each key. Returns the number of records and the keys that were too crowded to compare.
 */
export async function prepareLinkable(
  duckdb: DuckDb,
  source: MatchSource,
  matching: Matching,
): Promise<Linkable & { readonly crowded: readonly CrowdedKey[] }> {
  const values = namesUsed(matching).map(
    (name) => `${normalised(source.columnOf(name))} AS ${valueColumn(name)}`,
  )
  const keys = keysOf(matching).map(({ key, column }) => `${keySql(key)} AS ${column}`)
  const plain = `SELECT id, ${values.join(', ')} FROM (${source.sql})`
  const sounding = await addSounds(duckdb, plain, soundsUsed(matching))
  await duckdb.run(`CREATE OR REPLACE TEMP TABLE linkable AS
    WITH sounding AS (${sounding})
    SELECT (row_number() OVER (ORDER BY id) - 1)::INTEGER AS position, *, ${keys.join(', ')} FROM sounding`)
  await duckdb.run(`DROP TABLE IF EXISTS temp.name_sound`)
  const crowded = await emptyCrowdedKeys(duckdb, matching)
  for (const { on } of matching.compare.filter((comparison) => comparison.term_frequency))
    await addFrequency(duckdb, on)
  const named = matching.compare.filter(({ levels }) => levels.includes('nickname')).map(({ on }) => on)
  if (named.length > 0) await loadNicknames(duckdb)
  for (const name of named) await addNicknames(duckdb, name)
  const codings = await codeLetters(
    duckdb,
    matching.compare.filter(isByLetter).map(({ on }) => on),
  )
  const row = await duckdb.one<{ records: bigint }>(`SELECT count(*) AS records FROM linkable`)
  return { records: Number(row?.records ?? 0), crowded, codings }
}

const normalised = (column: string): string => `nullif(trim(lower(strip_accents(${column}::VARCHAR))), '')`

interface KeyUsed {
  readonly key: MatchKey
  readonly use: KeyUse
  readonly column: string
}

const keysOf = ({ candidates, certain, train }: Matching): KeyUsed[] => [
  ...keysFor('candidate', candidates),
  ...keysFor('certain', certain),
  ...keysFor('train', train),
]

const keysFor = (use: KeyUse, keys: readonly MatchKey[]): KeyUsed[] =>
  keys.map((key, index) => ({ key, use, column: keyColumn(use, index) }))

/** A value that thousands hold says little and costs the square of its holders. */
async function emptyCrowdedKeys(duckdb: DuckDb, matching: Matching): Promise<CrowdedKey[]> {
  const crowded: CrowdedKey[] = []
  for (const { key, use, column } of keysOf(matching)) {
    await duckdb.run(`CREATE OR REPLACE TEMP TABLE crowded_key AS
      SELECT ${column} AS key, count(*) AS records FROM linkable WHERE ${column} IS NOT NULL
      GROUP BY ${column} HAVING count(*) > ${matching.largest_key}`)
    const row = await duckdb.one<{ keys: bigint; records: bigint }>(
      `SELECT count(*) AS keys, coalesce(sum(records), 0)::BIGINT AS records FROM crowded_key`,
    )
    if (!row || row.keys === 0n) continue
    await duckdb.run(`UPDATE linkable SET ${column} = NULL WHERE ${column} IN (SELECT key FROM crowded_key)`)
    if (use === 'candidate') crowded.push({ key, values: Number(row.keys), records: Number(row.records) })
  }
  await duckdb.run(`DROP TABLE IF EXISTS temp.crowded_key`)
  return crowded
}

async function addFrequency(duckdb: DuckDb, name: string): Promise<void> {
  const value = valueColumn(name)
  await duckdb.run(`CREATE OR REPLACE TEMP TABLE linkable AS
    WITH held AS (SELECT ${value} AS value, count(*) AS records FROM linkable WHERE ${value} IS NOT NULL GROUP BY ${value}),
      total AS (SELECT sum(records) AS records FROM held)
    SELECT linkable.*, log2(held.records / total.records)::FLOAT AS ${frequencyColumn(name)}
    FROM linkable LEFT JOIN held ON held.value = linkable.${value} CROSS JOIN total`)
}

const nicknameFile = new URL('./nicknames.csv', import.meta.url)

/** English short forms and long forms, in both directions (carltonnorthern/nicknames, Apache-2.0). */
async function loadNicknames(duckdb: DuckDb): Promise<void> {
  const lines = (await readFile(nicknameFile, 'utf8')).trim().split('\n').slice(1)
  const pairs = lines.map((line) => line.split(','))
  await duckdb.run(`CREATE OR REPLACE TEMP TABLE nickname (name VARCHAR, other VARCHAR)`)
  const [names, others] = [0, 1].map((column) => pairs.map((pair) => pair[column] ?? ''))
  await duckdb.append('nickname', {
    types: [VARCHAR, VARCHAR],
    columns: [
      [...(names ?? []), ...(others ?? [])],
      [...(others ?? []), ...(names ?? [])],
    ],
  })
}

async function addNicknames(duckdb: DuckDb, name: string): Promise<void> {
  await duckdb.run(`CREATE OR REPLACE TEMP TABLE linkable AS
    WITH other AS (SELECT name, list(DISTINCT other) AS names FROM nickname GROUP BY name)
    SELECT linkable.*, other.names AS ${nicknameColumn(name)}
    FROM linkable LEFT JOIN other ON other.name = linkable.${valueColumn(name)}`)
}
