import { quantile, toSorted } from './quantile.ts'

/** What one numeric column looks like. Spread is NaN where it has no meaning: of one value there is no sample variance. */
export interface Description {
  readonly n: number
  readonly mean: number
  /** Sample variance (n - 1) and its root. */
  readonly variance: number
  readonly sd: number
  /** Moment coefficients, and the same with the correction for small samples that R's e1071 calls type 2. */
  readonly skew: number
  readonly skewUnbiased: number
  readonly kurtosisExcess: number
  readonly kurtosisUnbiased: number
  readonly min: number
  readonly q1: number
  readonly median: number
  readonly q3: number
  readonly max: number
}

/**
 * Describes numbers, NaN left out. Two passes: the sum of squares minus the square of the sum loses everything where the values are far
 * from zero and close together.
 */
export function describe(values: Iterable<number>): Description {
  const sorted = toSorted(values)
  const n = sorted.length
  const mean = meanOf(sorted)
  const [m2, m3, m4] = centralMoments(sorted, mean)
  const variance = n > 1 ? (m2 * n) / (n - 1) : Number.NaN
  const skew = m3 / m2 ** 1.5
  const kurtosisExcess = m4 / (m2 * m2) - 3
  return {
    n,
    mean,
    variance,
    sd: Math.sqrt(variance),
    skew,
    skewUnbiased: n > 2 ? (skew * Math.sqrt(n * (n - 1))) / (n - 2) : Number.NaN,
    kurtosisExcess,
    kurtosisUnbiased: n > 3 ? ((n - 1) / ((n - 2) * (n - 3))) * ((n + 1) * kurtosisExcess + 6) : Number.NaN,
    min: sorted[0] ?? Number.NaN,
    q1: quantile(sorted, 0.25),
    median: quantile(sorted, 0.5),
    q3: quantile(sorted, 0.75),
    max: sorted.at(-1) ?? Number.NaN,
  }
}

/** Arithmetic mean, NaN of nothing. Where the sum is beyond the largest double, the parts are divided first. */
export function meanOf(values: ArrayLike<number>): number {
  const n = values.length
  let sum = 0
  for (let at = 0; at < n; at += 1) sum += values[at] ?? 0
  if (Number.isFinite(sum)) return sum / n
  let mean = 0
  for (let at = 0; at < n; at += 1) mean += (values[at] ?? 0) / n
  return mean
}

function centralMoments(values: Float64Array, mean: number): [number, number, number] {
  let m2 = 0
  let m3 = 0
  let m4 = 0
  for (const value of values) {
    const off = value - mean
    const square = off * off
    m2 += square
    m3 += square * off
    m4 += square * square
  }
  const n = values.length
  return [m2 / n, m3 / n, m4 / n]
}
