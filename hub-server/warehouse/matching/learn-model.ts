import { AffluentError } from '../../../core/errors/affluent-error.ts'
import { learnChances } from '../../../core/identity/learn-chances.ts'
import type { LevelChances, LevelPattern, MatchModel } from '../../../core/identity/match-model.ts'
import { keyNames, type Matching } from '../../../core/identity/matching.ts'
import type { DuckDb } from '../duckdb.ts'
import { levelSql } from './level-sql.ts'
import { keyColumn, type Codings, type KeyUse } from './linkable-columns.ts'
import type { Linkable } from './prepare-linkable.ts'

/**
 * Random pairs that u is measured on, and pairs of one training key at most. Splink's default is 1,000,000; a chance of one in a
 * thousand is told to 6 % with this many.
 */
const samplePairs = 300_000
/** Added to each level's count, so that a level which was not seen is unlikely rather than impossible (Krichevsky and Trofimov 1981). */
const halfPair = 0.5

/**
 * Learns a model without labels, as Splink does it: u from random pairs, which are almost never one person; m from one expectation
 * maximisation for each training key, without the comparisons on the key's own traits (they agree by construction), then averaged;
 * the prior from the pairs that certain keys find and the share of all true pairs they are thought to find.
 *
 * Works on `linkable`. Throws `identity.untrained` when no training key leaves a comparison free.
 */
export async function learnModel(
  duckdb: DuckDb,
  matching: Matching,
  { records, codings }: Linkable,
): Promise<MatchModel> {
  const learner = { duckdb, matching, codings }
  const u = await learnU(learner, records)
  const learned: { readonly index: number; readonly m: readonly number[] }[] = []
  for (const [index] of matching.train.entries()) learned.push(...(await learnM(learner, index, u)))
  const comparisons = matching.compare.map(({ on }, index): LevelChances => {
    const found = learned.filter((one) => one.index === index).map(({ m }) => m)
    const chances = u[index] ?? []
    if (found.length === 0) throw new AffluentError('identity.untrained', { trait: on })
    return { m: chances.map((_, level) => mean(found.map((m) => m[level] ?? 0))), u: chances }
  })
  return { prior: await learnPrior(duckdb, matching, records), comparisons }
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length

interface Learner {
  readonly duckdb: DuckDb
  readonly matching: Matching
  readonly codings: Codings
}

async function readPatterns({ duckdb, matching, codings }: Learner, pairs: string): Promise<LevelPattern[]> {
  const columns = matching.compare.map(
    (comparison, index) => `${levelSql(comparison, codings)} AS level_${index}`,
  )
  const rows = await duckdb.all<Record<string, number | bigint>>(
    `SELECT ${columns.join(', ')}, count(*) AS pairs FROM ${pairs} GROUP BY ALL`,
  )
  return rows.map((row) => ({
    levels: matching.compare.map((_, index) => Number(row[`level_${index}`])),
    pairs: Number(row['pairs']),
  }))
}

/** Two hashes of a counter draw the pairs: the same for every run over the same records. */
const randomPairsSql = (records: number): string => `
  (SELECT (hash(i) % ${records})::INTEGER AS x, (hash(i + ${samplePairs}) % ${records})::INTEGER AS y
    FROM range(${samplePairs}) draw(i)) drawn
  JOIN linkable l ON l.position = drawn.x JOIN linkable r ON r.position = drawn.y AND drawn.x <> drawn.y`

async function learnU(learner: Learner, records: number): Promise<readonly number[][]> {
  const all = (records * (records - 1)) / 2
  const pairs =
    all <= samplePairs ? `linkable l JOIN linkable r ON l.position < r.position` : randomPairsSql(records)
  const patterns = await readPatterns(learner, pairs)
  return learner.matching.compare.map(({ levels }, index) => {
    const counts = [halfPair, ...levels.map(() => halfPair)]
    for (const pattern of patterns) {
      const level = pattern.levels[index] ?? -1
      if (level >= 0) counts[level] = (counts[level] ?? 0) + pattern.pairs
    }
    return toShares(counts)
  })
}

const toShares = (counts: readonly number[]): number[] => {
  const total = counts.reduce((sum, value) => sum + value, 0)
  return counts.map((value) => value / total)
}

/** Pairs with one key in common, of which every n-th record's are taken when there are more than enough. */
async function keyPairsSql(duckdb: DuckDb, use: KeyUse, index: number): Promise<string> {
  const column = keyColumn(use, index)
  const row = await duckdb.one<{ pairs: number }>(
    `SELECT coalesce(sum(n * (n - 1) / 2), 0)::DOUBLE AS pairs
     FROM (SELECT count(*) AS n FROM linkable WHERE ${column} IS NOT NULL GROUP BY ${column})`,
  )
  const every = Math.ceil(Math.max(1, (row?.pairs ?? 0) / samplePairs))
  const sampled = every === 1 ? '' : ` AND hash(l.id) % ${every} = 0`
  return `linkable l JOIN linkable r ON l.${column} = r.${column} AND l.position < r.position${sampled}`
}

async function learnM(
  learner: Learner,
  trainIndex: number,
  u: readonly (readonly number[])[],
): Promise<{ index: number; m: readonly number[] }[]> {
  const { duckdb, matching } = learner
  const own = new Set(keyNames(matching.train[trainIndex] ?? []))
  const free = matching.compare.flatMap(({ on }, index) => (own.has(on) ? [] : [index]))
  const patterns = await readPatterns(learner, await keyPairsSql(duckdb, 'train', trainIndex))
  const pairs = patterns.reduce((sum, pattern) => sum + pattern.pairs, 0)
  if (free.length === 0 || pairs === 0) return []
  const { model } = learnChances(
    patterns.map((pattern) => ({
      pairs: pattern.pairs,
      levels: pattern.levels.map((level, index) => (free.includes(index) ? level : -1)),
    })),
    { prior: 0.5, comparisons: u.map((chances) => ({ m: startM(chances.length), u: chances })) },
    { iterations: 200, tolerance: 1e-6, fixU: true },
  )
  const matches = model.prior * pairs
  return free.map((index) => ({
    index,
    m: toShares((model.comparisons[index]?.m ?? []).map((chance) => chance * matches + halfPair)),
  }))
}

/** Where learning starts: most pairs of one person agree. */
const startM = (levels: number): number[] =>
  Array.from({ length: levels }, (_, level) => (level === levels - 1 ? 0.7 : 0.3 / (levels - 1)))

async function learnPrior(duckdb: DuckDb, matching: Matching, records: number): Promise<number> {
  let found = 0
  for (const [index] of matching.certain.entries()) {
    const earlier = matching.certain.slice(0, index).map((_, before) => differs(keyColumn('certain', before)))
    const column = keyColumn('certain', index)
    const row = await duckdb.one<{ pairs: bigint }>(
      `SELECT count(*) AS pairs FROM linkable l JOIN linkable r
       ON ${[`l.${column} = r.${column}`, 'l.position < r.position', ...earlier].join(' AND ')}`,
    )
    found += Number(row?.pairs ?? 0)
  }
  const all = (records * (records - 1)) / 2
  const prior = Math.max(found, 1) / matching.recall / all
  return Math.min(prior, 0.5)
}

/** SQL that holds unless both records have the key and share it: a pair is taken by its first key only. */
export const differs = (column: string): string => `coalesce(l.${column} <> r.${column}, true)`
