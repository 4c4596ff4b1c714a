/** Chances of the levels of one comparison, index 0: different, then rising likeness; each list adds up to 1. */
export interface LevelChances {
  /** Among pairs of one person. */
  readonly m: readonly number[]
  /** Among pairs of two people. */
  readonly u: readonly number[]
}

/** A learned model: the share of matches among all pairs, and the chances of each comparison in the manifest's order. */
export interface MatchModel {
  readonly prior: number
  readonly comparisons: readonly LevelChances[]
}

/** Pairs that compare alike. `levels`: one level for each comparison, -1 where a value is missing. */
export interface LevelPattern {
  readonly levels: readonly number[]
  readonly pairs: number
}

/** The weight before anything is compared: log2 of the odds of a match. */
export const startWeight = ({ prior }: MatchModel): number => Math.log2(prior / (1 - prior))

/** What one level adds to the weight: log2 of m / u. A missing value says nothing. */
export function levelWeight({ m, u }: LevelChances, level: number): number {
  const same = m[level]
  const different = u[level]
  return same === undefined || different === undefined ? 0 : Math.log2(same / different)
}

/** The probability that a weight stands for. */
export const matchProbability = (weight: number): number => 1 / (1 + 2 ** -weight)
