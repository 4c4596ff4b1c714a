import type { SurvivorshipRule } from '../../../core/manifest/identity.ts'

/**
 * SQL of the value of a trait that survives among the records of one profile. `position`: the order of trust, `recency`: the order by
 * time, both from 1. A record without a value has no say. Where several values are equally good, the most trusted record decides.
 */
export function survivingSql(column: string, rule: SurvivorshipRule | undefined): string {
  const values = `list(${column} ORDER BY position) FILTER (${column} IS NOT NULL)`
  switch (rule) {
    case 'most_recent':
      return `arg_min(${column}, recency)`
    case 'most_frequent':
      return firstOfMost(
        values,
        (all) => `list_transform(${all}, lambda x: len(list_filter(${all}, lambda y: y = x)))`,
      )
    case 'longest':
      return firstOfMost(values, (all) => `list_transform(${all}, lambda x: len(x))`)
    case 'union':
      return `list_sort(list_distinct(flatten(${values})))`
    case 'source_priority':
    case undefined:
    default:
      return `arg_min(${column}, position)`
  }
}

/** The first value of the list for which `score`, a list of numbers, is highest. */
const firstOfMost = (values: string, score: (all: string) => string): string =>
  `(${values})[list_position(${score(`(${values})`)}, list_max(${score(`(${values})`)}))]`
