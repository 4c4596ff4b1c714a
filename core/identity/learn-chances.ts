import type { LevelChances, LevelPattern, MatchModel } from './match-model.ts'

export interface LearningOptions {
  readonly iterations: number
  /** Ends early when no probability moves more than this. */
  readonly tolerance?: number
  /** Keeps u as given: it was measured on random pairs. */
  readonly fixU: boolean
}

export interface Learned {
  readonly model: MatchModel
  /** Log-likelihood of the patterns before each iteration; it never falls. */
  readonly logLikelihoods: readonly number[]
}

/**
 * Expectation maximisation of the Fellegi–Sunter model over patterns of levels (Winkler, "Using the EM algorithm for weight
 * computation in the Fellegi–Sunter model", 1988; Dempster, Laird and Rubin 1977). A comparison that no pattern knows keeps its chances.
 */
export function learnChances(
  patterns: readonly LevelPattern[],
  start: MatchModel,
  { iterations, tolerance = 0, fixU }: LearningOptions,
): Learned {
  let model = start
  const logLikelihoods: number[] = []
  for (let iteration = 0; iteration < iterations; iteration += 1) {
    const { next, logLikelihood } = iterate(patterns, model, fixU)
    logLikelihoods.push(logLikelihood)
    const moved = largestMove(model, next)
    model = next
    if (moved <= tolerance) break
  }
  return { model, logLikelihoods }
}

interface Tally {
  readonly matched: number[][]
  readonly unmatched: number[][]
}

function iterate(
  patterns: readonly LevelPattern[],
  model: MatchModel,
  fixU: boolean,
): { readonly next: MatchModel; readonly logLikelihood: number } {
  const tally: Tally = { matched: zeros(model), unmatched: zeros(model) }
  let matches = 0
  let pairs = 0
  let logLikelihood = 0
  for (const pattern of patterns) {
    const { same, different } = likelihoods(pattern.levels, model)
    const share = same / (same + different)
    logLikelihood += pattern.pairs * Math.log(same + different)
    matches += pattern.pairs * share
    pairs += pattern.pairs
    count(tally, pattern, share)
  }
  const comparisons = model.comparisons.map(({ m, u }, index) => ({
    m: toShares(tally.matched[index] ?? [], m),
    u: fixU ? u : toShares(tally.unmatched[index] ?? [], u),
  }))
  return { next: { prior: matches / pairs, comparisons }, logLikelihood }
}

function likelihoods(
  levels: readonly number[],
  { prior, comparisons }: MatchModel,
): {
  same: number
  different: number
} {
  let same = prior
  let different = 1 - prior
  for (const [index, level] of levels.entries()) {
    const chances = comparisons[index]
    if (level < 0 || !chances) continue
    same *= chances.m[level] ?? 0
    different *= chances.u[level] ?? 0
  }
  return { same, different }
}

function count({ matched, unmatched }: Tally, { levels, pairs }: LevelPattern, share: number): void {
  for (const [index, level] of levels.entries()) {
    if (level < 0) continue
    const same = matched[index]
    const different = unmatched[index]
    if (same) same[level] = (same[level] ?? 0) + pairs * share
    if (different) different[level] = (different[level] ?? 0) + pairs * (1 - share)
  }
}

const zeros = ({ comparisons }: MatchModel): number[][] => comparisons.map(({ m }) => m.map(() => 0))

function toShares(counts: readonly number[], before: readonly number[]): readonly number[] {
  const total = counts.reduce((sum, value) => sum + value, 0)
  return total > 0 ? counts.map((value) => value / total) : before
}

function largestMove(before: MatchModel, after: MatchModel): number {
  const old = allChances(before)
  return allChances(after).reduce(
    (most, value, index) => Math.max(most, Math.abs(value - (old[index] ?? 0))),
    0,
  )
}

const allChances = ({ prior, comparisons }: MatchModel): number[] => [
  prior,
  ...comparisons.flatMap(({ m, u }: LevelChances) => [...m, ...u]),
]
