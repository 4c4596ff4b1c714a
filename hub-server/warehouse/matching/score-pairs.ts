import { levelWeight, startWeight, type MatchModel } from '../../../core/identity/match-model.ts'
import type { Matching } from '../../../core/identity/matching.ts'
import type { WeighedPairs } from '../../../core/identity/weighed-pairs.ts'
import type { DuckDb } from '../duckdb.ts'
import { differs } from './learn-model.ts'
import { weightSql } from './level-sql.ts'
import { keyColumn } from './linkable-columns.ts'

/** Pairs below this weight (a probability of 3 %) are neither kept nor shown. */
const leastWeight = -5

/**
 * Scores all candidate pairs of `linkable` in one query into the temporary table `scored_pair` (x, y: positions; weight), each pair once,
 * by its first key.
 */
export async function scorePairs(duckdb: DuckDb, matching: Matching, model: MatchModel): Promise<void> {
  const weight = pairWeightSql(matching, model)
  const byKey = matching.candidates.map((_, index) => {
    const column = keyColumn('candidate', index)
    const earlier = matching.candidates
      .slice(0, index)
      .map((__, before) => differs(keyColumn('candidate', before)))
    return `SELECT l.position AS x, r.position AS y, ${weight} AS weight FROM linkable l JOIN linkable r
      ON ${[`l.${column} = r.${column}`, 'l.position < r.position', ...earlier].join(' AND ')}`
  })
  await duckdb.run(`CREATE OR REPLACE TEMP TABLE scored_pair AS
    SELECT * FROM (${byKey.join(' UNION ALL ')}) WHERE weight >= ${leastWeight}`)
}

const pairWeightSql = (matching: Matching, model: MatchModel): string =>
  [`${startWeight(model).toFixed(6)}::FLOAT`, ...comparisonWeightsSql(matching, model)].join(' + ')

/** SQL of what each comparison adds to the weight of the pair `l`, `r`. */
export function comparisonWeightsSql(matching: Matching, model: MatchModel): readonly string[] {
  return matching.compare.map((comparison, index) => {
    const chances = model.comparisons[index] ?? { m: [], u: [] }
    const weights = chances.m.map((_, level) => levelWeight(chances, level))
    return weightSql(comparison, weights, chances.u.at(-1) ?? 1)
  })
}

/** The scored pairs, heaviest first. */
export async function readScoredPairs(duckdb: DuckDb, records: number): Promise<WeighedPairs> {
  const row = await duckdb.one<{ pairs: bigint }>(`SELECT count(*) AS pairs FROM scored_pair`)
  const pairs = Number(row?.pairs ?? 0)
  const [left, right, weight] = [new Int32Array(pairs), new Int32Array(pairs), new Float32Array(pairs)]
  let at = 0
  const blocks = duckdb.stream<{ x: number; y: number; weight: number }>(
    `SELECT x, y, weight FROM scored_pair ORDER BY weight DESC, x, y`,
  )
  for await (const rows of blocks) {
    for (const { x, y, weight: value } of rows) {
      left[at] = x
      right[at] = y
      weight[at] = value
      at += 1
    }
  }
  return { records, left, right, weight }
}
