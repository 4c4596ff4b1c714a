import type { OperatorName } from '../../../../core/segment/operator-names.ts'
import type { OperatorCase } from '../operator-case.ts'
import { cases as after } from './after.ts'
import { cases as anniversary } from './anniversary.ts'
import { cases as atLeastAge } from './at-least-age.ts'
import { cases as atLeast } from './at-least.ts'
import { cases as atMost } from './at-most.ts'
import { cases as before } from './before.ts'
import { cases as between } from './between.ts'
import { cases as containsAll } from './contains-all.ts'
import { cases as containsAny } from './contains-any.ts'
import { cases as containsNone } from './contains-none.ts'
import { cases as containsOnly } from './contains-only.ts'
import { cases as contains } from './contains.ts'
import { cases as dayOfWeek } from './day-of-week.ts'
import { cases as during } from './during.ts'
import { cases as endsWith } from './ends-with.ts'
import { cases as equals } from './equals.ts'
import { cases as exists } from './exists.ts'
import { cases as isIn } from './in.ts'
import { cases as isEmpty } from './is-empty.ts'
import { cases as lessThan } from './less-than.ts'
import { cases as matches } from './matches.ts'
import { cases as missing } from './missing.ts'
import { cases as month } from './month.ts'
import { cases as moreThanAgo } from './more-than-ago.ts'
import { cases as moreThanAhead } from './more-than-ahead.ts'
import { cases as moreThan } from './more-than.ts'
import { cases as notContains } from './not-contains.ts'
import { cases as notEquals } from './not-equals.ts'
import { cases as notIn } from './not-in.ts'
import { cases as startsWith } from './starts-with.ts'
import { cases as withinLast } from './within-last.ts'
import { cases as withinNext } from './within-next.ts'

/** The cases of every operator. The type checker asks for a new one. */
export const operatorCases: Readonly<Record<OperatorName, readonly OperatorCase[]>> = {
  equals,
  not_equals: notEquals,
  in: isIn,
  not_in: notIn,
  contains,
  starts_with: startsWith,
  ends_with: endsWith,
  at_least: atLeast,
  at_most: atMost,
  more_than: moreThan,
  less_than: lessThan,
  between,
  before,
  after,
  within_last: withinLast,
  more_than_ago: moreThanAgo,
  more_than_ahead: moreThanAhead,
  anniversary,
  at_least_age: atLeastAge,
  contains_all: containsAll,
  contains_any: containsAny,
  contains_none: containsNone,
  contains_only: containsOnly,
  day_of_week: dayOfWeek,
  during,
  is_empty: isEmpty,
  matches,
  month,
  not_contains: notContains,
  within_next: withinNext,
  exists,
  missing,
}
