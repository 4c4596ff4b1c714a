import type { Sql } from '../sql/sql.ts'

/**
 * A rule brought to the question "is it true?", without negation above the leaves and without unknown: a leaf is a set of people who
 * are in it or not. Unknown can be left out because "and" and "or" never make true of it; "not" is moved to the leaves, where the
 * question becomes "is it false?".
 */
export type Formula =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Formula[] }
  /** A test of the profile row, whose columns carry the alias `p`. Null counts as false. */
  | { readonly kind: 'test'; readonly test: Sql }
  /** Being in a set of people that one scan tells; `holds: false` means being anybody else. */
  | { readonly kind: 'among'; readonly people: People; readonly holds: boolean }
  | { readonly kind: 'member'; readonly segment: string; readonly holds: boolean }

/** A set of people told by something else than their profile row. */
export type People = EventPeople | IdentifierPeople | SelectedPeople

/** People with events that pass the filter, and whose measure over these events passes. Columns carry no alias. */
export interface EventPeople {
  readonly source: 'event'
  readonly filter: Sql
  /** Null: any event will do. */
  readonly having: {
    /** Aggregate over the person's events that pass the filter. */
    readonly measure: Sql
    /** Test of the measure, given as an aggregate or as a column that holds it. */
    readonly test: (measure: Sql) => Sql
  } | null
}

/** People told by a statement of their own, whose only column is `profile_id`, each at most once. */
export interface SelectedPeople {
  readonly source: 'select'
  readonly select: Sql
}

/** People with at least one identifier of the kind, or one that passes. */
export interface IdentifierPeople {
  readonly source: 'identifier'
  readonly identifier: string
  /** Null: any value will do. */
  readonly test: ((value: Sql) => Sql) | null
}
