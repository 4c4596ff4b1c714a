import type { OperatorName } from '../operator-names.ts'
import type { Complement, Operator } from '../operator.ts'
import { after } from './after.ts'
import { anniversary } from './anniversary.ts'
import { atLeastAge } from './at-least-age.ts'
import { atLeast } from './at-least.ts'
import { atMost } from './at-most.ts'
import { before } from './before.ts'
import { between } from './between.ts'
import { containsAll } from './contains-all.ts'
import { containsAny } from './contains-any.ts'
import { containsNone } from './contains-none.ts'
import { containsOnly } from './contains-only.ts'
import { contains } from './contains.ts'
import { dayOfWeek } from './day-of-week.ts'
import { during } from './during.ts'
import { endsWith } from './ends-with.ts'
import { equals } from './equals.ts'
import { exists } from './exists.ts'
import { isIn } from './in.ts'
import { isEmpty } from './is-empty.ts'
import { lessThan } from './less-than.ts'
import { matches } from './matches.ts'
import { missing } from './missing.ts'
import { month } from './month.ts'
import { moreThanAgo } from './more-than-ago.ts'
import { moreThanAhead } from './more-than-ahead.ts'
import { moreThan } from './more-than.ts'
import { notContains } from './not-contains.ts'
import { notEquals } from './not-equals.ts'
import { notIn } from './not-in.ts'
import { startsWith } from './starts-with.ts'
import { withinLast } from './within-last.ts'
import { withinNext } from './within-next.ts'

/** Every operator of the rule language by its name. The type checker asks for each name of `operatorNames`. */
export const operators: Readonly<Record<OperatorName, Operator | Complement>> = {
  equals,
  not_equals: notEquals,
  in: isIn,
  not_in: notIn,
  contains,
  not_contains: notContains,
  contains_any: containsAny,
  contains_all: containsAll,
  contains_none: containsNone,
  contains_only: containsOnly,
  starts_with: startsWith,
  ends_with: endsWith,
  matches,
  is_empty: isEmpty,
  at_least: atLeast,
  at_most: atMost,
  more_than: moreThan,
  less_than: lessThan,
  between,
  before,
  after,
  within_last: withinLast,
  more_than_ago: moreThanAgo,
  within_next: withinNext,
  more_than_ahead: moreThanAhead,
  during,
  anniversary,
  day_of_week: dayOfWeek,
  month,
  at_least_age: atLeastAge,
  exists,
  missing,
}

/** An operator resolved to the one that is computed, and whether its answer is turned round. */
export interface ResolvedOperator {
  readonly operator: Operator
  readonly negated: boolean
}

/** `not_equals` → `equals`, negated. */
export function resolveOperator(name: OperatorName): ResolvedOperator {
  const found = operators[name]
  return 'complementOf' in found
    ? { operator: found.complementOf, negated: true }
    : { operator: found, negated: false }
}
