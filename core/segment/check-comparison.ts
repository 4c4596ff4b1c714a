import { parseInstant } from './calendar.ts'
import type { Comparison } from './judge.ts'
import { OperandFault, type OperandContext, type OperandExpectation } from './operand.ts'
import { resolveOperator } from './operators/registry.ts'
import type { RuleFault } from './rule-fault.ts'
import { ruleLimits, type Operand } from './rule.ts'
import { utc } from './time/time-zone.ts'
import type { RulePath } from './walk-rule.ts'

/** What each expectation is called in a fault. */
const expectedWords: Readonly<Record<OperandExpectation, string>> = {
  nothing: 'no value',
  text: 'a text',
  non_empty_text: 'a text that is not empty',
  number: 'a number',
  boolean: 'true or false',
  day: 'a date ("2026-01-31") or a time ago ("30 days ago")',
  instant: 'a date ("2026-01-31"), a date-time ("2026-01-31T10:00:00Z") or a time ago ("30 days ago")',
  pair: 'a list of two values',
  ordered_pair: 'two values, the smaller one first',
  list_of_texts: 'a list of texts',
  list_of_numbers: 'a list of numbers',
  duration: 'a length of time ("90 days", "24 hours", "6 months")',
  duration_of_days: 'a length of days, weeks, months or years ("90 days")',
  list_of_parts: 'a list of at most 100 texts that are not empty',
  pattern: 'a pattern of literals, ".", [classes], (groups), "|", "^", "$", "\\b" and repetitions',
  period: 'a stretch of the calendar ("today", "this week", "previous month", "previous 3 months")',
  anniversary: '"today", "in 7 days", "next 7 days" or a month and day ("02-29")',
  weekdays: 'days of the week ("monday" or a list of them)',
  months: 'months ("january" or a list of them)',
  age: 'a whole number of years from 0 to 150',
}

/**
 * Moments at which a rule is tried without knowing when it will run: what can match at none of them is a mistake. Two, so that months
 * of different length give no false alarm; and one far ahead, so that "from 2026-01-01 until 30 days ago" gives none.
 */
export const trialMoments: readonly bigint[] = [
  '2001-03-01T00:00:00Z',
  '2001-09-01T00:00:00Z',
  '9000-01-01T00:00:00Z',
].flatMap((text) => parseInstant(text) ?? [])

/** Faults of an operator and its operand for a type. `path` leads to the condition. */
export function checkComparison(comparison: Comparison, path: RulePath): RuleFault[] {
  const { op, value, type } = comparison
  const { operator } = resolveOperator(op)
  if (!operator.types.includes(type)) {
    const params = { operator: op, expected: operator.types.join(', '), found: type }
    return [{ path: [...path, 'op'], code: 'segment.wrong_type', params }]
  }
  if (comparison.ignore_case !== undefined && !(operator.foldsCase && type === 'text')) {
    const params = { operator: op, expected: 'no ignore_case', found: 'ignore_case' }
    return [{ path: [...path, 'ignore_case'], code: 'segment.wrong_type', params }]
  }
  const fault = listFault(value) ?? operandFault(comparison)
  if (!fault) return []
  const params = { operator: op, ...fault }
  const at = value === undefined ? path : [...path, 'value']
  return [{ path: at, code: 'segment.wrong_type', params }]
}

interface Mismatch {
  readonly expected: string
  readonly found: string
}

function listFault(value: Operand | undefined): Mismatch | undefined {
  return Array.isArray(value) && value.length > ruleLimits.listValues
    ? { expected: `at most ${ruleLimits.listValues} values`, found: describeFound(value) }
    : undefined
}

function operandFault({ op, value, type, ignore_case }: Comparison): Mismatch | undefined {
  const { operator } = resolveOperator(op)
  const tried = trialMoments.map((asOf) =>
    operator.read(value, {
      type,
      asOf,
      zone: utc,
      ignoreCase: ignore_case === true,
    } satisfies OperandContext),
  )
  const fault = tried.find((result) => result instanceof OperandFault)
  const found = describeFound(value)
  if (fault) return { expected: expectedWords[fault.expected], found: fault.found ?? found }
  const isImpossible = tried.every((result) => !(result instanceof OperandFault) && result.isImpossible)
  return isImpossible ? { expected: expectedWords.ordered_pair, found } : undefined
}

function describeFound(value: Operand | undefined): string {
  if (value === undefined) return 'nothing'
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (typeof value === 'string') return describeText(value)
  return typeof value === 'number' ? 'a number' : 'true or false'
}

/** Says of a text that can never be stored what is wrong with it: it looks like any other. */
function describeText(text: string): string {
  if (!text.isWellFormed()) return 'a text with half of a character (a lone surrogate)'
  if (text.includes('\0')) return 'a text with a NUL character'
  return text === '' ? 'an empty text' : 'a text'
}
