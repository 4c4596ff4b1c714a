import { Refusal, type Checked } from './refusal.ts'
import { fromWallTime, isTimeZone } from './time-zone.ts'

/** Parts of a date as written; `offsetMinutes` only when the text tells its offset from UTC. */
interface DateParts {
  year: number
  month: number
  day: number
  hour: number
  minute: number
  second: number
  millisecond: number
  offsetMinutes?: number
}

type PartName = Exclude<keyof DateParts, 'offsetMinutes'>

/** What the letters of a pattern stand for: the expression they match and the part they fill. Longer tokens come first. */
const tokens: readonly { readonly text: string; readonly shape: string; readonly part: PartName }[] = [
  { text: 'YYYY', shape: '(\\d{4})', part: 'year' },
  { text: 'SSS', shape: '(\\d{3})', part: 'millisecond' },
  { text: 'MM', shape: '(\\d{2})', part: 'month' },
  { text: 'DD', shape: '(\\d{2})', part: 'day' },
  { text: 'HH', shape: '(\\d{2})', part: 'hour' },
  { text: 'mm', shape: '(\\d{2})', part: 'minute' },
  { text: 'ss', shape: '(\\d{2})', part: 'second' },
  { text: 'M', shape: '(\\d{1,2})', part: 'month' },
  { text: 'D', shape: '(\\d{1,2})', part: 'day' },
  { text: 'H', shape: '(\\d{1,2})', part: 'hour' },
]

interface CompiledPattern {
  readonly shape: RegExp
  readonly parts: readonly PartName[]
}

const iso =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(Z|[+-]\d{2}(?::?\d{2})?)?)?$/

/** Compiles a pattern such as "DD/MM/YYYY HH:mm". Letters that are no token, and all other characters, stand for themselves. */
function compilePattern(pattern: string): CompiledPattern {
  const parts: PartName[] = []
  let shape = ''
  let rest = pattern
  while (rest !== '') {
    const token = tokens.find(({ text }) => rest.startsWith(text))
    if (token) parts.push(token.part)
    shape += token ? token.shape : RegExp.escape(rest.slice(0, 1))
    rest = rest.slice(token ? token.text.length : 1)
  }
  return { shape: new RegExp(`^${shape}$`), parts }
}

const compiled = new Map<string, CompiledPattern>()

function readPattern(text: string, pattern: string): DateParts | undefined {
  const known = compiled.get(pattern) ?? compilePattern(pattern)
  compiled.set(pattern, known)
  const match = known.shape.exec(text)
  if (!match) return undefined
  const read: DateParts = { year: 1970, month: 1, day: 1, hour: 0, minute: 0, second: 0, millisecond: 0 }
  for (const [position, part] of known.parts.entries()) read[part] = Number(match[position + 1])
  return read
}

function readIso(text: string): DateParts | undefined {
  const match = iso.exec(text)
  if (!match) return undefined
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '0', offset] = match
  const read: DateParts = {
    year: Number(year),
    month: Number(month),
    day: Number(day),
    hour: Number(hour),
    minute: Number(minute),
    second: Number(second),
    millisecond: Number(fraction.padEnd(3, '0').slice(0, 3)),
  }
  return offset === undefined ? read : { ...read, offsetMinutes: toMinutes(offset) }
}

function toMinutes(offset: string): number {
  if (offset === 'Z') return 0
  const digits = offset.slice(1).replace(':', '').padEnd(4, '0')
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2))
  return offset.startsWith('-') ? -minutes : minutes
}

/** The figures as an instant in UTC, or undefined when there is no such day or time (31 February, 25:00). */
function toWallTime(parts: DateParts): number | undefined {
  const wall = new Date(0)
  wall.setUTCFullYear(parts.year, parts.month - 1, parts.day)
  const exists =
    parts.year >= 1 &&
    wall.getUTCMonth() === parts.month - 1 &&
    wall.getUTCDate() === parts.day &&
    parts.hour < 24 &&
    parts.minute < 60 &&
    parts.second < 60
  if (!exists) return undefined
  return wall.setUTCHours(parts.hour, parts.minute, parts.second, parts.millisecond)
}

/** How a time is written: `pattern` as in "YYYY-MM-DD HH:mm:ss", without it ISO 8601; `timeZone` for times without an offset. */
export interface DateWriting {
  readonly pattern?: string | undefined
  readonly timeZone?: string | undefined
}

/** The usual writing, on days that every month has: the engine reads it as ISO 8601 does. */
const plainInstant =
  /^(?!0000)\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$/

/** Reads an instant: epoch milliseconds. Refuses texts of another shape and days that never were: `not_a_datetime`. */
export function parseDatetime(text: string, writing: DateWriting = {}): Checked<number> {
  if (writing.pattern === undefined && plainInstant.test(text)) return Date.parse(text)
  const parts = writing.pattern === undefined ? readIso(text) : readPattern(text, writing.pattern)
  const wallTime = parts && toWallTime(parts)
  if (!parts || wallTime === undefined) return new Refusal('not_a_datetime')
  if (parts.offsetMinutes !== undefined) return wallTime - parts.offsetMinutes * 60_000
  const { timeZone = 'UTC' } = writing
  return isTimeZone(timeZone) ? fromWallTime(wallTime, timeZone) : new Refusal('unknown_time_zone')
}

/** Reads a calendar day: "2026-01-31". Without a pattern it is ISO 8601, and a time behind the day is left out. `not_a_date`. */
export function parseDate(text: string, pattern?: string): Checked<string> {
  const parts = pattern === undefined ? readIso(text) : readPattern(text, pattern)
  const wallTime = parts && toWallTime(parts)
  if (wallTime === undefined) return new Refusal('not_a_date')
  return new Date(wallTime).toISOString().slice(0, 10)
}
