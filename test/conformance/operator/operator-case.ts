import type { TraitType } from '../../../core/profile/profile-schema.ts'
import { parseDay, parseInstant } from '../../../core/segment/calendar.ts'
import { toQuestion, type Question } from '../../../core/segment/judge.ts'
import type { OperatorName } from '../../../core/segment/operator-names.ts'
import type { Value } from '../../../core/segment/person.ts'
import type { Operand } from '../../../core/segment/rule.ts'
import { readTimeZone, utc } from '../../../core/segment/time/time-zone.ts'

/** Moment of every case: noon of a leap year's last day of March. */
const caseAsOf = '2024-03-31T12:00:00Z'

/** A value as cases write it: dates and instants as ISO texts. */
export type WrittenValue = string | number | boolean | readonly string[]

/** One operand, and values that must and must not match it. Missing values are asked in every case by the suite. */
export interface OperatorCase {
  readonly type: TraitType
  readonly operand?: Operand
  readonly ignoreCase?: boolean
  /** Default: UTC. */
  readonly timeZone?: string
  readonly matches: readonly WrittenValue[]
  readonly differs: readonly WrittenValue[]
  /** Truth for a missing value. Default null: unknown. */
  readonly whenMissing?: boolean
}

/** The question that a case asks of an operator. */
export function questionOf(
  name: OperatorName,
  { type, operand, ignoreCase, timeZone }: OperatorCase,
): Question {
  const zone = timeZone === undefined ? utc : readTimeZone(timeZone)
  if (!zone) throw new Error(`no time zone ${timeZone}`)
  const asOf = parseInstant(caseAsOf) ?? 0n
  return toQuestion({ op: name, value: operand, type, ignore_case: ignoreCase }, { asOf, zone })
}

/** A written value as rules hold it. */
export function readValue(written: WrittenValue, type: TraitType): Value {
  if (typeof written !== 'string') return written
  if (type === 'date') return parseDay(written) ?? written
  return type === 'datetime' ? (parseInstant(written) ?? written) : written
}
