import { VARCHAR } from '@duckdb/node-api'
import { codeLettersWith, createLetterCodes } from '../../../core/identity/letter-codes.ts'
import type { DuckDb } from '../duckdb.ts'
import { codedColumn, valueColumn, type Codings } from './linkable-columns.ts'

/**
 * Adds columns with the values of `linkable` in one byte for each letter: DuckDB's distances count bytes, of which a Greek or Cyrillic
 * letter takes two and a Chinese one three. Names whose values are all plain ASCII need none. Codes are made for what each column holds,
 * so both sides of every pair share them.
 */
export async function codeLetters(duckdb: DuckDb, names: readonly string[]): Promise<Codings> {
  const codings = new Map<string, number>()
  for (const name of names) {
    const value = valueColumn(name)
    const foreign = await duckdb.all<{ value: string }>(
      `SELECT DISTINCT ${value} AS value FROM linkable WHERE strlen(${value}) <> length(${value}) ORDER BY 1`,
    )
    if (foreign.length === 0) continue
    codings.set(
      name,
      await addCoded(
        duckdb,
        name,
        foreign.map(({ value: text }) => text),
      ),
    )
  }
  return codings
}

async function addCoded(duckdb: DuckDb, name: string, foreign: readonly string[]): Promise<number> {
  const value = valueColumn(name)
  const letters = await duckdb.all<{ letter: string }>(
    `SELECT letter FROM (SELECT unnest(string_split(${value}, '')) AS letter FROM linkable)
     GROUP BY letter ORDER BY count(*) DESC, letter`,
  )
  const codes = createLetterCodes(letters.map(({ letter }) => letter))
  const columns = codes.map((_, coding) => codedColumn(name, coding))
  await duckdb.run(
    `CREATE OR REPLACE TEMP TABLE letter_code (value VARCHAR, ${columns.map((column) => `${column} VARCHAR`).join(', ')})`,
  )
  await duckdb.append('letter_code', {
    types: [VARCHAR, ...columns.map(() => VARCHAR)],
    columns: [foreign, ...codes.map((coding) => foreign.map((text) => codeLettersWith(coding, text)))],
  })
  const coded = columns.map((column) => `coalesce(c.${column}, linkable.${value}) AS ${column}`)
  await duckdb.run(`CREATE OR REPLACE TEMP TABLE linkable AS
    SELECT linkable.*, ${coded.join(', ')} FROM linkable LEFT JOIN letter_code c ON c.value = linkable.${value}`)
  await duckdb.run(`DROP TABLE temp.letter_code`)
  return columns.length
}
