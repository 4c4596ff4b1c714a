import { levelWeight, startWeight, type MatchModel } from '../../../core/identity/match-model.ts'
import type { Matching } from '../../../core/identity/matching.ts'
import type { WeighedPairs } from '../../../core/identity/weighed-pairs.ts'
import type { DuckDb } from '../duckdb.ts'
import { differs } from './learn-model.ts'
import { isSlow, mostWeight, weightSql, type WeighedComparison } from './level-sql.ts'
import { keyColumn } from './linkable-columns.ts'
import type { Linkable } from './prepare-linkable.ts'

/** Pairs below this weight (a probability of 3 %) are neither kept nor shown. */
const leastWeight = -5

/** More than the sums of some weights can differ by, for the order they are added up in. */
const roundingError = 0.01

/**
 * Scores all candidate pairs of `linkable` in one query into the temporary table `scored_pair` (x, y: positions; weight), each pair once,
 * by its first key. Where the quick comparisons leave a pair too light, whatever the slow ones would say, these are not asked: of
 * 300,000 generated people that is so for 94 candidates in a hundred.
 */
export async function scorePairs(
  duckdb: DuckDb,
  matching: Matching,
  model: MatchModel,
  linkable: Linkable,
): Promise<void> {
  const weighed = weighedComparisons(matching, model)
  const start = `${startWeight(model).toFixed(6)}::FLOAT`
  const sum = (some: readonly WeighedComparison[]): string =>
    [start, ...some.map((one) => weightSql(one, linkable.codings))].join(' + ')
  const [quick, slow] = [false, true].map((wanted) =>
    weighed.filter(({ comparison }) => isSlow(comparison) === wanted),
  )
  const most = (slow ?? []).reduce((total, one) => total + mostWeight(one, linkable.records), 0)
  const hope = `${sum(quick ?? [])} >= ${(leastWeight - most - roundingError).toFixed(6)}`
  // DuckDB takes the conditions of a filter in any order, the branches of CASE in theirs.
  const weight = `CASE WHEN ${hope} THEN ${sum(weighed)} END`
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

/** The comparisons of a matching with what the model gives for their levels. */
export function weighedComparisons(matching: Matching, model: MatchModel): readonly WeighedComparison[] {
  return matching.compare.map((comparison, index) => {
    const chances = model.comparisons[index] ?? { m: [], u: [] }
    const weights = chances.m.map((_, level) => levelWeight(chances, level))
    return { comparison, weights, chanceOfEqual: chances.u.at(-1) ?? 1 }
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
