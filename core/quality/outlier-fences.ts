import { describe } from './describe.ts'
import { quantile, toSorted } from './quantile.ts'

/** Values outside [low, high] are outliers. Infinite where the rule has nothing to say: all values equal, or too few. */
export interface Fences {
  readonly low: number
  readonly high: number
}

const noFences: Fences = { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY }

const around = (centre: number, reach: number): Fences =>
  reach > 0 && Number.isFinite(reach) ? { low: centre - reach, high: centre + reach } : noFences

/**
 * A value whose distance from the mean is more than `threshold` standard deviations is an outlier; 3 is customary. The deviation is that
 * of the sample (n - 1).
 */
export function zScoreFences(values: Iterable<number>, threshold = 3): Fences {
  const { mean, sd } = describe(values)
  return around(mean, threshold * sd)
}

/** Tukey's fences (Exploratory Data Analysis, 1977): `k` quartile distances beyond the quartiles; 1.5 is outside, 3 far out. */
export function iqrFences(values: Iterable<number>, k = 1.5): Fences {
  const sorted = toSorted(values)
  const q1 = quantile(sorted, 0.25)
  const q3 = quantile(sorted, 0.75)
  const reach = k * (q3 - q1)
  // Where half of all values are equal, the quartiles say nothing of the spread, and every other value would be an outlier.
  return reach > 0 && Number.isFinite(reach) ? { low: q1 - reach, high: q3 + reach } : noFences
}

/** 0.75 quantile of the normal distribution: makes the median deviation comparable with a standard deviation. */
const normalQuartile = 0.6745

/** Median and the median distance from it. */
export function medianDeviation(values: Iterable<number>): { readonly median: number; readonly mad: number } {
  const sorted = toSorted(values)
  const median = quantile(sorted, 0.5)
  const mad = quantile(toSorted(sorted.map((value) => Math.abs(value - median))), 0.5)
  return { median, mad }
}

/** Iglewicz and Hoaglin's modified z-score (How to Detect and Handle Outliers, 1993): beyond 3.5 is an outlier. */
export function madFences(values: Iterable<number>, threshold = 3.5): Fences {
  const { median, mad } = medianDeviation(values)
  return around(median, (threshold * mad) / normalQuartile)
}

/** True outside the fences; a missing value (NaN) is no outlier. */
export const isOutside = (value: number, { low, high }: Fences): boolean => value < low || value > high
