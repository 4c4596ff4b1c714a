import { startWeight, matchProbability, type MatchModel } from '../../../core/identity/match-model.ts'
import type { Matching } from '../../../core/identity/matching.ts'
import type { ExplainedPair, WeightPart } from '../../../core/port/identity-store.ts'
import type { DuckDb } from '../duckdb.ts'
import { levelSql, weightSql } from './level-sql.ts'
import { valueColumn, type Codings } from './linkable-columns.ts'
import { weighedComparisons } from './score-pairs.ts'

/** Why two records of `linkable`, by their ids, weigh what they weigh. Throws RangeError when one of them is not there. */
export async function explainPair(
  duckdb: DuckDb,
  { matching, codings }: { readonly matching: Matching; readonly codings: Codings },
  model: MatchModel,
  pair: { readonly left: bigint; readonly right: bigint },
): Promise<ExplainedPair> {
  const columns = weighedComparisons(matching, model).map((weighed, index) => {
    const { comparison } = weighed
    const value = valueColumn(comparison.on)
    return `l.${value} AS left_${index}, r.${value} AS right_${index}, ${levelSql(comparison, codings)} AS level_${index},
      (${weightSql(weighed, codings)})::DOUBLE AS weight_${index}`
  })
  const row = await duckdb.one<Record<string, string | number | null>>(
    `SELECT ${columns.join(', ')} FROM linkable l JOIN linkable r ON l.id = $1 AND r.id = $2`,
    [pair.left, pair.right],
  )
  if (!row) throw new RangeError('no such pair of records')
  const parts = matching.compare.map(({ on, levels }, index): WeightPart => {
    const level = Number(row[`level_${index}`])
    return {
      on,
      left: textOf(row[`left_${index}`]),
      right: textOf(row[`right_${index}`]),
      level: level < 0 ? null : (levels[levels.length - level] ?? 'different'),
      weight: Number(row[`weight_${index}`]),
    }
  })
  const start = startWeight(model)
  const weight = parts.reduce((sum, part) => sum + part.weight, start)
  return { start, parts, weight, probability: matchProbability(weight) }
}

const textOf = (value: string | number | null | undefined): string | null =>
  value === null || value === undefined ? null : String(value)
