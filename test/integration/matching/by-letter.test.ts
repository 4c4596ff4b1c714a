import { afterEach, describe, expect, it } from 'vitest'
import { matchingSchema, type Comparison } from '../../../core/identity/matching.ts'
import { damerauLevenshtein } from '../../../core/identity/similarity/damerau-levenshtein.ts'
import { jaroWinkler } from '../../../core/identity/similarity/jaro-winkler.ts'
import { levenshtein } from '../../../core/identity/similarity/levenshtein.ts'
import type { DuckDb } from '../../../hub-server/warehouse/duckdb.ts'
import { levelSql } from '../../../hub-server/warehouse/matching/level-sql.ts'
import { prepareLinkable } from '../../../hub-server/warehouse/matching/prepare-linkable.ts'
import { openLabelled } from '../../support/labelled-records.ts'

const open: DuckDb[] = []
afterEach(() => {
  for (const duckdb of open.splice(0)) duckdb.close()
})

const levels: Comparison['levels'] = [
  { levenshtein: 1 },
  { damerau_levenshtein: 1 },
  { damerau_levenshtein: 2 },
  { jaro_winkler: 0.92 },
  { jaro_winkler: 0.8 },
]

/** The same levels by the functions of the domain, which count letters. */
const reached = (left: string, right: string): number[] => [
  Number(levenshtein(left, right) <= 1),
  Number(damerauLevenshtein(left, right) <= 1),
  Number(damerauLevenshtein(left, right) <= 2),
  Number(jaroWinkler(left, right) >= 0.92),
  Number(jaroWinkler(left, right) >= 0.8),
]

/** Which levels each pair of names reaches, each level asked alone. */
async function compareAll(names: readonly string[]): Promise<{ pair: string; levels: number[] }[]> {
  const rows = names.map((name) => ({ name }))
  const matching = matchingSchema.parse({
    compare: [{ on: 'name', levels }],
    candidates: [['name']],
    certain: [['name']],
    train: [['name']],
  })
  const { duckdb, source } = await openLabelled({ name: 'names', rows, truth: names, matching })
  open.push(duckdb)
  const { codings } = await prepareLinkable(duckdb, source, matching)
  const columns = levels.map(
    (level, at) =>
      `${levelSql({ on: 'name', levels: [level], term_frequency: false }, codings)}::INTEGER AS level_${at}`,
  )
  const pairs = await duckdb.all<Record<string, string | number>>(
    `SELECT l.value_name AS a, r.value_name AS b, ${columns.join(', ')}
     FROM linkable l JOIN linkable r ON l.position < r.position ORDER BY l.position, r.position`,
  )
  return pairs.map((row) => ({
    pair: `${row['a']} ${row['b']}`,
    levels: levels.map((_, at) => Number(row[`level_${at}`])),
  }))
}

const expected = (names: readonly string[]): { pair: string; levels: number[] }[] =>
  names.flatMap((left, at) =>
    names.slice(at + 1).map((right) => ({ pair: `${left} ${right}`, levels: reached(left, right) })),
  )

describe('names compared letter by letter', () => {
  it('are as alike in Cyrillic, Greek, Chinese and with a stroke through a letter as in plain letters', async () => {
    const names = [
      'иванов иванова ивнаов иваонв петров ivanov ivnaov παπαδοπουλος παπαδοπουλοσ παπαδοπολους γεωργιου',
      '王小明 王大明 明小王 李四 欧阳娜娜 bjørn bjorn bjork straße strasse łukasz lukasz',
    ].flatMap((line) => line.split(' '))
    expect(await compareAll(names)).toEqual(expected(names))
  })

  it('are found within so many edits by the short way as by counting all of them', async () => {
    const names = Array.from({ length: 60 }, (_, index) =>
      [7, 11, 13, 17, 19, 23]
        .slice(0, 2 + (index % 5))
        .map((step) => 'abc'[(index * step + (index >> 2)) % 3])
        .join(''),
    )
    expect(await compareAll(names)).toEqual(expected(names))
  })

  it('are told apart when there are more letters than one byte has room for', async () => {
    const letters = Array.from({ length: 600 }, (_, index) => String.fromCodePoint(0x4e00 + index))
    const names = letters.map((letter, index) => `${letter}${letters[(index * 7 + 1) % 600]}文`)
    const found = await compareAll(names.slice(0, 80))
    expect(found).toEqual(expected(names.slice(0, 80)))
  })
})
