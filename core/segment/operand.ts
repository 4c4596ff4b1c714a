import type { TraitType } from '../profile/profile-schema.ts'
import type { BoundValue } from '../sql/sql.ts'
import { lowerAscii } from './ascii-case.ts'
import { parseDay, parseInstant } from './calendar.ts'
import {
  dayAfter,
  dayBefore,
  instantAfter,
  instantBefore,
  isWholeDays,
  parseAgo,
  parseDuration,
} from './duration.ts'
import type { Operand } from './rule.ts'
import { dayIn, fromLocal, startOfDay, type TimeZone } from './time/time-zone.ts'

/** The moment of evaluation in microseconds, and the zone by whose calendar days are counted. */
export interface ZonedMoment {
  readonly asOf: bigint
  readonly zone: TimeZone
}

/** What an operand is read for. `type`: of the values it is compared with. `ignoreCase`: they come with A to Z in lower case. */
export interface OperandContext extends ZonedMoment {
  readonly type: TraitType
  readonly ignoreCase: boolean
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
  | 'list_of_parts'
  | 'pattern'
  | 'period'
  | 'anniversary'
  | 'weekdays'
  | 'months'
  | 'age'

/** An operand that the operator cannot use. */
export class OperandFault {
  readonly expected: OperandExpectation
  /** What was found, where that tells more than the kind of the value. */
  readonly found: string | undefined

  constructor(expected: OperandExpectation, found?: string) {
    this.expected = expected
    this.found = found
  }
}

/** A way to read operands. `isImpossible` is true for an operand that is well formed and yet can match nothing (65 to 18). */
export interface OperandKind<Read> {
  readonly shape:
    | 'none'
    | 'one'
    | 'pair'
    | 'list'
    | 'duration'
    | 'pattern'
    | 'period'
    | 'anniversary'
    | 'weekdays'
    | 'months'
    | 'age'
  read(raw: Operand | undefined, context: OperandContext): Read | OperandFault
  isImpossible?(operand: Read): boolean
}

export type Scalar = string | number | boolean | bigint

/**
 * One operand as the closed range of values it stands for. Texts, numbers and instants are ranges of one value; a day compared with a
 * datetime is the whole day in the rule's zone, so "at most 2026-01-31" includes that evening and "equals 2026-01-31" means on that day.
 */
export interface ScalarRange {
  readonly from: Scalar
  readonly to: Scalar
}

const point = (value: Scalar): ScalarRange => ({ from: value, to: value })

/** True for a text that can be stored: whole characters and no NUL. Others could never equal a stored text. */
export function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0')
}

function readDay(raw: Operand | undefined, { asOf, zone }: ZonedMoment): ScalarRange | OperandFault {
  if (typeof raw !== 'string') return new OperandFault('day')
  const ago = parseAgo(raw)
  if (ago) return isWholeDays(ago) ? point(dayBefore(dayIn(zone, asOf), ago)) : new OperandFault('day')
  const day = parseDay(raw)
  return day === undefined ? new OperandFault('day') : point(day)
}

/**
 * Reads an ISO date (the whole day in the zone), an ISO date-time (by the zone's clocks unless it tells its offset), or "30 days ago",
 * as a closed range of microseconds.
 */
export function readInstant(
  raw: Operand | undefined,
  { asOf, zone }: ZonedMoment,
): { readonly from: bigint; readonly to: bigint } | OperandFault {
  if (typeof raw !== 'string') return new OperandFault('instant')
  const day = parseDay(raw)
  if (day !== undefined) return { from: startOfDay(zone, day), to: startOfDay(zone, day + 1n) - 1n }
  const ago = parseAgo(raw)
  const instant = ago ? instantBefore(asOf, ago, zone) : readWrittenInstant(raw, zone)
  return instant === undefined ? new OperandFault('instant') : { from: instant, to: instant }
}

function readWrittenInstant(text: string, zone: TimeZone): bigint | undefined {
  const instant = parseInstant(text)
  const tellsOffset = /(?:Z|[+-]\d{2}:\d{2})$/.test(text)
  return instant === undefined || tellsOffset ? instant : fromLocal(zone, instant)
}

/** A text as values that come with A to Z in lower case are compared with. */
function foldText(text: string, { ignoreCase }: OperandContext): string {
  return ignoreCase ? lowerAscii(text) : text
}

function readScalar(raw: Operand | undefined, context: OperandContext): ScalarRange | OperandFault {
  switch (context.type) {
    case 'text':
      return typeof raw === 'string' && isStorable(raw)
        ? point(foldText(raw, context))
        : new OperandFault('text')
    case 'number':
      return typeof raw === 'number' && Number.isFinite(raw) ? point(raw) : new OperandFault('number')
    case 'boolean':
      return typeof raw === 'boolean' ? point(raw) : new OperandFault('boolean')
    case 'date':
      return readDay(raw, context)
    case 'datetime':
      return readInstant(raw, context)
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
  read: (raw, context) => (isPart(raw) ? foldText(raw, context) : new OperandFault('non_empty_text')),
}

function isPart(raw: unknown): raw is string {
  return typeof raw === 'string' && raw !== '' && isStorable(raw)
}

/** Most parts that one condition looks for inside a text: each is a look of its own. */
const mostParts = 100

/** Several parts of a text, literal and not empty; for a list, several of its texts. */
export const partsOfText: OperandKind<readonly string[]> = {
  shape: 'list',
  read(raw, context) {
    const expected = new OperandFault('list_of_parts')
    if (!Array.isArray(raw) || (context.type === 'text' && raw.length > mostParts)) return expected
    const parts = raw.filter(isPart)
    return parts.length === raw.length ? [...new Set(parts.map((part) => foldText(part, context)))] : expected
  },
}

/** Texts or numbers; an empty list matches nobody, a value given twice counts once. */
export const listOfValues: OperandKind<ReadonlySet<string | number>> = {
  shape: 'list',
  read(raw, context) {
    const { type } = context
    const expected = new OperandFault(type === 'number' ? 'list_of_numbers' : 'list_of_texts')
    if (!Array.isArray(raw)) return expected
    const values = new Set<string | number>()
    for (const item of raw) {
      const fits = type === 'number' ? typeof item === 'number' : typeof item === 'string' && isStorable(item)
      if (!fits || typeof item === 'boolean') return expected
      values.add(typeof item === 'string' ? foldText(item, context) : item)
    }
    return values
  },
}

/** A stretch of time that ends at the moment of evaluation: `cut` lies the duration before `end`. */
export interface Stretch {
  readonly cut: bigint
  readonly end: bigint
}

/** A length of time such as "90 days". For calendar days it must be whole days, and is counted back from today. */
export const durationBack: OperandKind<Stretch> = {
  shape: 'duration',
  read(raw, { type, asOf, zone }) {
    const duration = typeof raw === 'string' ? parseDuration(raw) : undefined
    if (!duration) return new OperandFault('duration')
    if (type === 'datetime') return { cut: instantBefore(asOf, duration, zone), end: asOf }
    if (!isWholeDays(duration)) return new OperandFault('duration_of_days')
    const today = dayIn(zone, asOf)
    return { cut: dayBefore(today, duration), end: today }
  },
}

/**
 * A length of time that begins at the moment of evaluation: what lies behind `after` and not behind `until`. For calendar days it must be
 * whole days, of which today is the first.
 */
export const durationAhead: OperandKind<{ readonly after: bigint; readonly until: bigint }> = {
  shape: 'duration',
  read(raw, { type, asOf, zone }) {
    const duration = typeof raw === 'string' ? parseDuration(raw) : undefined
    if (!duration) return new OperandFault('duration')
    if (type === 'datetime') return { after: asOf, until: instantAfter(asOf, duration, zone) }
    if (!isWholeDays(duration)) return new OperandFault('duration_of_days')
    const today = dayIn(zone, asOf)
    return { after: today - 1n, until: dayAfter(today, duration) - 1n }
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
