import { meanOf } from './describe.ts'
import { quantile, toSorted } from './quantile.ts'

/** What stands in for a missing number. */
const fillStatistics = ['mean', 'median', 'mode'] as const
export type FillStatistic = (typeof fillStatistics)[number]

/** The most frequent values, all of them where several are: of those the smallest stands for the column. */
export function modesOf<Value extends string | number>(values: Iterable<Value>): Value[] {
  const counts = new Map<Value, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  const most = [...counts.values()].reduce((largest, count) => Math.max(largest, count), 0)
  const modes = [...counts].flatMap(([value, count]) => (count === most ? [value] : []))
  return modes.sort((one, other) => (one < other ? -1 : 1))
}

/** The statistic of a column, NaN left out; NaN of nothing. */
function fillValue(column: Iterable<number>, by: FillStatistic): number {
  const sorted = toSorted(column)
  if (by === 'mean') return meanOf(sorted)
  return by === 'median' ? quantile(sorted, 0.5) : (modesOf(sorted)[0] ?? Number.NaN)
}

/** Fills each column's missing values (NaN) with its statistic, or with one number for all. A column without any value stays as it is. */
export function imputeColumns(
  rows: readonly (readonly number[])[],
  by: FillStatistic | { readonly constant: number },
): number[][] {
  const width = rows[0]?.length ?? 0
  const fills = Array.from({ length: width }, (_, column) =>
    typeof by === 'object'
      ? by.constant
      : fillValue(
          rows.map((row) => row[column] ?? Number.NaN),
          by,
        ),
  )
  return rows.map((row) =>
    row.map((value, column) => (Number.isNaN(value) ? (fills[column] ?? Number.NaN) : value)),
  )
}

/**
 * Fills a missing value with the mean of the `k` nearest rows that have one. The distance is Euclidean over the columns that both rows
 * have, scaled up by the share that is missing (Troyanskaya and others, Bioinformatics 17, 2001; scikit-learn's KNNImputer). Where no
 * row is comparable, the column's mean stands in.
 */
export function imputeNearest(rows: readonly (readonly number[])[], k: number): number[][] {
  return rows.map((row, at) =>
    row.map((value, column) => (Number.isNaN(value) ? nearestMean(rows, at, column, k) : value)),
  )
}

function nearestMean(rows: readonly (readonly number[])[], at: number, column: number, k: number): number {
  const own = rows[at] ?? []
  const donors = rows.flatMap((other, index) => {
    const value = other[column] ?? Number.NaN
    if (index === at || Number.isNaN(value)) return []
    return [{ value, distance: distanceWithHoles(own, other) }]
  })
  const near = donors
    .filter(({ distance }) => !Number.isNaN(distance))
    .sort((one, other) => one.distance - other.distance)
    .slice(0, k)
  return meanOf((near.length > 0 ? near : donors).map(({ value }) => value))
}

/** NaN where the rows have no column in common. */
function distanceWithHoles(one: readonly number[], other: readonly number[]): number {
  let sum = 0
  let present = 0
  for (const [column, value] of one.entries()) {
    const off = value - (other[column] ?? Number.NaN)
    if (Number.isNaN(off)) continue
    sum += off * off
    present += 1
  }
  return Math.sqrt((sum * one.length) / present)
}
