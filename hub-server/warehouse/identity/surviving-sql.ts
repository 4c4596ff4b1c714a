import type { SurvivorshipRule } from '../../../core/manifest/identity.ts'

/**
 * SQL of the value of a trait that survives among the records of one profile. `position`: the order of trust, `recency`: the order by
 * time, both from 1. A record without a value has no say, unless `isSaid` (SQL of a boolean) is given and true of it: then null is its
 * value, which can win, but neither lengthens nor joins anything. Where several values are equally good, the most trusted record decides.
 */
export function survivingSql(column: string, rule: SurvivorshipRule | undefined, isSaid?: string): string {
  const values = `list(${column} ORDER BY position) FILTER (${column} IS NOT NULL)`
  const first = (order: string): string =>
    isSaid === undefined
      ? `arg_min(${column}, ${order})`
      : `arg_min_null(${column}, ${order}) FILTER (${isSaid})`
  switch (rule) {
    case 'most_recent':
      return first('recency')
    case 'most_frequent':
      return firstOfMost(
        isSaid === undefined ? values : `list(${column} ORDER BY position) FILTER (${isSaid})`,
        (all) =>
          `list_transform(${all}, lambda x: len(list_filter(${all}, lambda y: y IS NOT DISTINCT FROM x)))`,
      )
    case 'longest':
      return firstOfMost(values, (all) => `list_transform(${all}, lambda x: len(x))`)
    case 'union':
      return `list_sort(list_distinct(flatten(${values})))`
    case 'source_priority':
    case undefined:
    default:
      return first('position')
  }
}

/** The first value of the list for which `score`, a list of numbers, is highest. */
const firstOfMost = (values: string, score: (all: string) => string): string =>
  `(${values})[list_position(${score(`(${values})`)}, list_max(${score(`(${values})`)}))]`
