/**
 * Local outlier factor (Breunig, Kriegel, Ng, Sander: LOF, SIGMOD 2000) of each row by Euclidean distance to its `k` nearest others:
 * about 1 inside a crowd, larger the lonelier a row is compared with its neighbours. Exact, in time of the square of the rows: for
 * some thousands. Equal rows get a finite factor, by the 1e-10 that scikit-learn adds to the reachability.
 */
export function localOutlierFactors(rows: readonly (readonly number[])[], k: number): number[] {
  const wanted = Math.min(k, rows.length - 1)
  if (wanted < 1) return rows.map(() => 1)
  const neighbours = rows.map((row, at) => nearest(rows, row, at, wanted))
  const reach = neighbours.map((found) => found.at(-1)?.distance ?? 0)
  const densities = neighbours.map((found) => {
    const sum = found.reduce((total, { at, distance }) => total + Math.max(distance, reach[at] ?? 0), 0)
    return 1 / (sum / wanted + 1e-10)
  })
  return neighbours.map((found, at) => {
    const around = found.reduce((total, neighbour) => total + (densities[neighbour.at] ?? 0), 0)
    return around / wanted / (densities[at] ?? 1)
  })
}

interface Neighbour {
  readonly at: number
  readonly distance: number
}

/** The `k` nearest other rows, nearest first. */
function nearest(
  rows: readonly (readonly number[])[],
  row: readonly number[],
  self: number,
  k: number,
): readonly Neighbour[] {
  return rows
    .flatMap((other, at): Neighbour[] => (at === self ? [] : [{ at, distance: distanceOf(row, other) }]))
    .sort((one, other) => one.distance - other.distance || one.at - other.at)
    .slice(0, k)
}

function distanceOf(one: readonly number[], other: readonly number[]): number {
  return Math.sqrt(one.reduce((sum, value, at) => sum + (value - (other[at] ?? 0)) ** 2, 0))
}
