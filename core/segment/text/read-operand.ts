import type { OperatorName } from '../operator-names.ts'
import { resolveOperator } from '../operators/registry.ts'
import type { Operand } from '../rule.ts'
import { ruleLimits } from '../rule.ts'
import { monthNames, weekdayNames } from '../time/calendar-names.ts'
import { readPeriod } from '../time/period.ts'
import type { ExpectedText } from './rule-text-error.ts'
import type { TokenReader } from './token-reader.ts'

type Scalar = string | number | boolean

const unitWords = ['minute', 'hour', 'day', 'week', 'month', 'year'].flatMap((unit) => [unit, `${unit}s`])

/** Reads what an operator compares with, in the form that reads best for it; a value or a list in brackets fits all of them. */
export function readOperand(reader: TokenReader, op: OperatorName): Operand {
  if (reader.isNext('(')) return readList(reader, op)
  switch (op) {
    case 'between':
      return readPair(reader)
    case 'within_last':
    case 'within_next':
      return readOne(reader, readDuration)
    case 'during':
      return readOne(reader, readPeriodWords)
    case 'anniversary':
      return readOne(reader, readAnniversary)
    case 'day_of_week':
    case 'month':
      return readOne(reader, (from) => readName(from, op))
    default:
      return readScalar(reader)
  }
}

/** A value as it is, or else in the words of its kind. */
function readOne(reader: TokenReader, read: (reader: TokenReader) => string): Scalar {
  const { kind, value } = reader.peek()
  const isPlain = kind === 'text' || kind === 'date' || /^(?:true|false)$/.test(value)
  return isPlain ? readScalar(reader) : read(reader)
}

function readPair(reader: TokenReader): Operand {
  const first = readScalar(reader)
  if (!reader.take('and')) reader.fail('between', ['and'])
  return [first, readScalar(reader)]
}

function readList(reader: TokenReader, op: OperatorName): Operand {
  reader.expect('(')
  const items: Scalar[] = []
  if (reader.take(')')) return items
  do {
    if (items.length === ruleLimits.listValues) reader.fail('terms')
    items.push(op === 'day_of_week' || op === 'month' ? readNameOrScalar(reader, op) : readScalar(reader))
  } while (reader.take(','))
  if (!reader.take(')')) reader.fail('comma', [',', ')'])
  return items
}

function readNameOrScalar(reader: TokenReader, op: 'day_of_week' | 'month'): Scalar {
  return reader.peek().kind === 'word' ? readName(reader, op) : readScalar(reader)
}

function readName(reader: TokenReader, op: 'day_of_week' | 'month'): string {
  const names: readonly string[] = op === 'month' ? monthNames : weekdayNames
  const expected: ExpectedText = op === 'month' ? 'month' : 'weekday'
  const word = reader.peek().value.toLowerCase()
  if (reader.peek().kind !== 'word' || !names.includes(word)) reader.fail(expected, names)
  reader.next()
  return word
}

/** True when a word that no quotes mark is the name of a month. */
export function isMonthWord(word: string): boolean {
  return (monthNames as readonly string[]).includes(word.toLowerCase())
}

/** A text in quotes, a number, true or false, a date, or a time ago. */
function readScalar(reader: TokenReader): Scalar {
  const { kind } = reader.peek()
  if (kind === 'text' || kind === 'date' || kind === 'month_day') return reader.next().value
  if (reader.take('true')) return true
  if (reader.take('false')) return false
  if (kind !== 'number') failValue(reader)
  if (!isUnit(reader.peek(1).value)) return Number(reader.next().value)
  const duration = readDuration(reader)
  return reader.take('ago') ? `${duration} ago` : duration
}

/** Texts stand in quotes: somebody who left them out is told how it is written. */
function failValue(reader: TokenReader): never {
  const { kind, value } = reader.peek()
  if (reader.peek(-1).value === '=' && dayWords.includes(value.toLowerCase()))
    reader.fail('value', [], `during ${value}`)
  const isText = kind === 'word' && !['and', 'or', 'not', 'if', 'where'].includes(value.toLowerCase())
  reader.fail('value', [], isText ? JSON.stringify(value) : '')
}

const isUnit = (word: string): boolean => unitWords.includes(word.toLowerCase())

/** "7 days", or any text in quotes. */
export function readDuration(reader: TokenReader): string {
  const quoted = reader.takeKind('text')
  if (quoted) return quoted.value
  const amount = reader.peek()
  if (amount.kind !== 'number') reader.fail('duration')
  reader.next()
  if (!isUnit(reader.peek().value)) reader.fail('duration', unitWords)
  return `${amount.value} ${reader.next().value.toLowerCase()}`
}

/** A day, an instant or a time ago, as a text. */
export function readInstant(reader: TokenReader): string {
  const token = reader.takeKind('date') ?? reader.takeKind('text')
  if (token) return token.value
  const duration = readDuration(reader)
  reader.expect('ago')
  return `${duration} ago`
}

const dayWords = ['today', 'yesterday', 'tomorrow']
const stretchWords = ['this', 'previous', 'next', 'last']
const periodUnits = ['day', 'week', 'month', 'quarter', 'year'].flatMap((unit) => [unit, `${unit}s`])

/** "today", "this week", "previous 3 months", or any text in quotes. "last" is read as "previous". */
export function readPeriodWords(reader: TokenReader): string {
  const quoted = reader.takeKind('text')
  if (quoted) return quoted.value
  const first = reader.peek().value.toLowerCase()
  if (dayWords.includes(first)) return reader.next().value.toLowerCase()
  if (!stretchWords.includes(first)) reader.fail('period', [...dayWords, ...stretchWords])
  reader.next()
  const amount = reader.takeKind('number')?.value
  const unit = reader.peek().value.toLowerCase()
  const parts = [first === 'last' ? 'previous' : first, ...(amount === undefined ? [] : [amount]), unit]
  const period = parts.join(' ')
  if (readPeriod(period, 0n) === undefined) reader.fail('period', periodUnits)
  reader.next()
  return period
}

/** True where a stretch of the calendar begins. */
export function isPeriodNext(reader: TokenReader): boolean {
  const word = reader.peek().value.toLowerCase()
  return reader.peek().kind === 'word' && [...dayWords, 'this', 'previous', 'next'].includes(word)
}

/** "today", "in 7 days", "next 7 days" or "02-29". */
function readAnniversary(reader: TokenReader): string {
  const monthDay = reader.takeKind('month_day')
  if (monthDay) return monthDay.value
  if (reader.take('today')) return 'today'
  for (const word of ['in', 'next']) if (reader.take(word)) return `${word} ${readDuration(reader)}`
  return reader.fail('anniversary', ['today', 'in', 'next'])
}

/** Whether an operator compares with nothing. */
export function hasNoOperand(op: OperatorName): boolean {
  return resolveOperator(op).operator.shape === 'none'
}
