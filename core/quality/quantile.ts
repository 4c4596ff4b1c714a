/** Ascending copy; numbers that are none (NaN) are left out. */
export function toSorted(values: Iterable<number>): Float64Array {
  return Float64Array.from([...values].filter((value) => !Number.isNaN(value))).sort()
}

/**
 * The quantile `share` (0 to 1) of ascending numbers by Hyndman and Fan's type 7 (The American Statistician 50, 1996), which is the
 * default of R, NumPy and DuckDB's `quantile_cont`. NaN of nothing. Never overflows.
 */
export function quantile(sorted: Float64Array, share: number): number {
  const place = (sorted.length - 1) * share
  const low = sorted[Math.floor(place)] ?? Number.NaN
  const high = sorted[Math.ceil(place)] ?? Number.NaN
  const fraction = place - Math.floor(place)
  if (fraction === 0 || low === high) return low
  const span = high - low
  return Number.isFinite(span) ? low + span * fraction : low * (1 - fraction) + high * fraction
}
