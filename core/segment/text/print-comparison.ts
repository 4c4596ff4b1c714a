import { parseDay, parseInstant } from '../calendar.ts'
import { parseAgo, parseDuration } from '../duration.ts'
import type { OperatorName } from '../operator-names.ts'
import type { Operand, PropertyCondition } from '../rule.ts'
import { monthNames, weekdayNames } from '../time/calendar-names.ts'
import { parseMonthDay } from '../time/month-day.ts'
import { readPeriod } from '../time/period.ts'
import { operatorPhrases } from './operator-phrases.ts'
import { printNumber, printText } from './print-value.ts'

type Asked = Pick<PropertyCondition, 'op' | 'value' | 'ignore_case'>
type Scalar = string | number | boolean

/** An operator with its operand, and how it takes case. */
export function printComparison({ op, value, ignore_case }: Asked): string[] {
  const operand = value === undefined ? [] : [printOperand(op, value)]
  const words = ignore_case === undefined ? [] : [ignore_case ? 'ignoring case' : 'respecting case']
  return [operatorPhrases[op], ...operand, ...(behind.get(op) ?? []), ...words]
}

/** What stands behind the operand. */
const behind: ReadonlyMap<OperatorName, readonly string[]> = new Map([
  ['more_than_ago', ['ago']],
  ['more_than_ahead', ['from now']],
  ['at_least_age', ['years old']],
])

export function printIfMissing({ if_missing }: { readonly if_missing?: boolean | undefined }): string[] {
  return if_missing === undefined ? [] : [`if missing ${if_missing}`]
}

function printOperand(op: OperatorName, value: Operand): string {
  if (!Array.isArray(value)) return printOne(op, value)
  const items = value.map((item) => printOne(op, item))
  return op === 'between' && items.length === 2 ? items.join(' and ') : `(${items.join(', ')})`
}

function printOne(op: OperatorName, value: Scalar): string {
  if (typeof value === 'number') return printNumber(value)
  if (typeof value === 'boolean') return String(value)
  const isWords = readsWords(op, value)
  if (isWords === undefined) return printInstant(value)
  return isWords ? value : printText(value)
}

/** True for words that the operator reads without quotes; undefined for an operator that has no words of its own. */
function readsWords(op: OperatorName, text: string): boolean | undefined {
  switch (op) {
    case 'within_last':
    case 'within_next':
    case 'more_than_ago':
    case 'more_than_ahead':
      return parseDuration(text) !== undefined
    case 'more_than':
    case 'less_than':
      // Before a date, ">" and "<" are read as "after" and "before".
      return false
    case 'during':
      return readPeriod(text, 0n) !== undefined
    case 'anniversary':
      return isAnniversary(text)
    case 'day_of_week':
      return (weekdayNames as readonly string[]).includes(text)
    case 'month':
      return (monthNames as readonly string[]).includes(text)
    default:
      return undefined
  }
}

function isAnniversary(text: string): boolean {
  const [, length] = /^(?:in|next) (.*)$/.exec(text) ?? []
  if (length !== undefined) return parseDuration(length) !== undefined
  return text === 'today' || parseMonthDay(text) !== undefined
}

/** Dates and times ago as they are, any other text in quotes. */
export function printInstant(text: string): string {
  const isPlainTime =
    parseDay(text) !== undefined || parseInstant(text) !== undefined || parseAgo(text) !== undefined
  return isPlainTime ? text : printText(text)
}

/** Lengths of time as they are, any other text in quotes. */
export function printDuration(text: string): string {
  return parseDuration(text) ? text : printText(text)
}

/** Stretches of the calendar as they are, any other text in quotes. */
export function printPeriod(text: string): string {
  return readPeriod(text, 0n) ? text : printText(text)
}
