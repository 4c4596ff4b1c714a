import type { TraitType } from '../profile/profile-schema.ts'
import type { BoundValue } from '../sql/sql.ts'
import { dayOf, microsPerDay, parseDay, parseInstant } from './calendar.ts'
import { dayBefore, instantBefore, isWholeDays, parseAgo, parseDuration } from './duration.ts'
import type { Operand } from './rule.ts'

/** What an operand is read for: the type of the values it is compared with, and the moment of evaluation in microseconds. */
export interface OperandContext {
  readonly type: TraitType
  readonly asOf: bigint
}

/** What the operator needs instead; the catalogue of messages has words for each. */
export type OperandExpectation =
  | 'nothing'
  | 'text'
  | 'non_empty_text'
  | 'number'
  | 'boolean'
  | 'day'
  | 'instant'
  | 'pair'
  | 'ordered_pair'
  | 'list_of_texts'
  | 'list_of_numbers'
  | 'duration'
  | 'duration_of_days'

/** An operand that the operator cannot use. */
export class OperandFault {
  readonly expected: OperandExpectation

  constructor(expected: OperandExpectation) {
    this.expected = expected
  }
}

/** A way to read operands. `isImpossible` is true for an operand that is well formed and yet can match nothing (65 to 18). */
export interface OperandKind<Read> {
  readonly shape: 'none' | 'one' | 'pair' | 'list' | 'duration'
  read(raw: Operand | undefined, context: OperandContext): Read | OperandFault
  isImpossible?(operand: Read): boolean
}

export type Scalar = string | number | boolean | bigint

/**
 * One operand as the closed range of values it stands for. Texts, numbers and instants are ranges of one value; a day compared with a
 * datetime is the whole day in UTC, so "at most 2026-01-31" includes that evening and "equals 2026-01-31" means on that day.
 */
export interface ScalarRange {
  readonly from: Scalar
  readonly to: Scalar
}

const point = (value: Scalar): ScalarRange => ({ from: value, to: value })

/** True for a text that can be stored: whole characters and no NUL. Others could never equal a stored text. */
function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0')
}

function readDay(raw: Operand | undefined, asOf: bigint): ScalarRange | OperandFault {
  if (typeof raw !== 'string') return new OperandFault('day')
  const ago = parseAgo(raw)
  if (ago) return isWholeDays(ago) ? point(dayBefore(dayOf(asOf), ago)) : new OperandFault('day')
  const day = parseDay(raw)
  return day === undefined ? new OperandFault('day') : point(day)
}

/** Reads an ISO date (the whole day in UTC), an ISO date-time, or "30 days ago", as a closed range of microseconds. */
export function readInstant(
  raw: Operand | undefined,
  asOf: bigint,
): { readonly from: bigint; readonly to: bigint } | OperandFault {
  if (typeof raw !== 'string') return new OperandFault('instant')
  const day = parseDay(raw)
  if (day !== undefined) return { from: day * microsPerDay, to: (day + 1n) * microsPerDay - 1n }
  const ago = parseAgo(raw)
  const instant = ago ? instantBefore(asOf, ago) : parseInstant(raw)
  return instant === undefined ? new OperandFault('instant') : { from: instant, to: instant }
}

function readScalar(raw: Operand | undefined, { type, asOf }: OperandContext): ScalarRange | OperandFault {
  switch (type) {
    case 'text':
      return typeof raw === 'string' && isStorable(raw) ? point(raw) : new OperandFault('text')
    case 'number':
      return typeof raw === 'number' && Number.isFinite(raw) ? point(raw) : new OperandFault('number')
    case 'boolean':
      return typeof raw === 'boolean' ? point(raw) : new OperandFault('boolean')
    case 'date':
      return readDay(raw, asOf)
    case 'datetime':
      return readInstant(raw, asOf)
    default:
      return new OperandFault('list_of_texts')
  }
}

/** One value of the type that is compared with. */
export const oneValue: OperandKind<ScalarRange> = { shape: 'one', read: readScalar }

/** Two values, the smaller one first: the range from the start of the first to the end of the second. */
export const pairOfValues: OperandKind<ScalarRange> = {
  shape: 'pair',
  read(raw, context) {
    if (!Array.isArray(raw) || raw.length !== 2) return new OperandFault('pair')
    const first = readScalar(raw[0], context)
    const second = readScalar(raw[1], context)
    if (first instanceof OperandFault) return first
    if (second instanceof OperandFault) return second
    return { from: first.from, to: second.to }
  },
  isImpossible: (range) => range.from > range.to,
}

/** A part of a text, literal and not empty. */
export const partOfText: OperandKind<string> = {
  shape: 'one',
  read: (raw) =>
    typeof raw === 'string' && raw !== '' && isStorable(raw) ? raw : new OperandFault('non_empty_text'),
}

/** Texts or numbers; an empty list matches nobody, a value given twice counts once. */
export const listOfValues: OperandKind<ReadonlySet<string | number>> = {
  shape: 'list',
  read(raw, { type }) {
    const expected = new OperandFault(type === 'number' ? 'list_of_numbers' : 'list_of_texts')
    if (!Array.isArray(raw)) return expected
    const values = new Set<string | number>()
    for (const item of raw) {
      const fits = type === 'number' ? typeof item === 'number' : typeof item === 'string' && isStorable(item)
      if (!fits || typeof item === 'boolean') return expected
      values.add(item)
    }
    return values
  },
}

/** A stretch of time that ends at the moment of evaluation: `cut` lies the duration before `end`. */
export interface Stretch {
  readonly cut: bigint
  readonly end: bigint
}

/** A length of time such as "90 days". For calendar days it must be whole days, and is counted back from today in UTC. */
export const durationBack: OperandKind<Stretch> = {
  shape: 'duration',
  read(raw, { type, asOf }) {
    const duration = typeof raw === 'string' ? parseDuration(raw) : undefined
    if (!duration) return new OperandFault('duration')
    if (type === 'datetime') return { cut: instantBefore(asOf, duration), end: asOf }
    if (!isWholeDays(duration)) return new OperandFault('duration_of_days')
    return { cut: dayBefore(dayOf(asOf), duration), end: dayOf(asOf) }
  },
}

/** No operand at all. */
export const noOperand: OperandKind<null> = {
  shape: 'none',
  read: (raw) => (raw === undefined ? null : new OperandFault('nothing')),
}

/** Binds a value with the type that it is compared with. */
export function bindScalar(value: Scalar, type: TraitType): BoundValue {
  if (typeof value === 'string') return { type: 'text', value }
  if (typeof value === 'number') return { type: 'number', value }
  if (typeof value === 'boolean') return { type: 'boolean', value }
  return { type: type === 'date' ? 'date' : 'datetime', value }
}

/** Binds a set of texts or numbers as one list. */
export function bindList(values: ReadonlySet<string | number>): BoundValue {
  const texts = [...values].filter((value) => typeof value === 'string')
  if (texts.length > 0) return { type: 'texts', value: texts }
  return { type: 'numbers', value: [...values].filter((value) => typeof value === 'number') }
}
