/** Share that stands for an empty bin: the logarithm of nothing has no value. */
const least = 1e-4

/**
 * Population stability index between two distributions over the same bins (Siddiqi: Credit Risk Scorecards, 2006): under 0.1 nothing
 * moved, from 0.25 on it is another population. Counts need not be normalised; NaN when one side is empty.
 */
export function populationStability(before: readonly number[], after: readonly number[]): number {
  const was = all(before)
  const is = all(after)
  if (was === 0 || is === 0) return Number.NaN
  return before.reduce((sum, count, bin) => {
    const old = Math.max(count / was, least)
    const now = Math.max((after[bin] ?? 0) / is, least)
    return sum + (now - old) * Math.log(now / old)
  }, 0)
}

const all = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0)
