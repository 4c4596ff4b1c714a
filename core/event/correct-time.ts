import type { JsonValue } from '../port/json.ts'

/**
 * How an event's time was found. `corrected`: by the clock of its sender, which both times were taken from. `uncorrected`: as told, since
 * the sender did not say when it sent. `received`: none was told. `clamped`: told to lie ahead of us, so the instant of its arrival.
 */
type ClockNote = 'corrected' | 'uncorrected' | 'received' | 'clamped'

export interface EventTime {
  /** Epoch milliseconds. */
  readonly at: number
  readonly clock: ClockNote
}

/** Times as a client told them, and when the call arrived, epoch milliseconds. */
export interface ToldTimes {
  readonly timestamp: JsonValue | undefined
  readonly sentAt: JsonValue | undefined
  readonly receivedAt: number
}

/** A time that lies further ahead than this was not told by a clock that is a little fast. */
const mostAheadMs = 86_400_000

/** Nothing that a client of the web or of an app tells happened before: Segment's oldest clients are of 2011. */
const earliest = Date.UTC(2000, 0, 1)

const isoTime =
  /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(Z|[+-]\d{2}(?::?\d{2})?)?)?$/i

/**
 * Finds when an event happened: received − (sent − original), so that a wrong clock does no harm
 * (https://segment.com/docs/connections/spec/common/#timestamps). `unreadable_time`: what was told is no time; `hostile_clock`: it lies
 * before 2000 or more than a day ahead, so no correction can be trusted.
 */
export function correctTime({
  timestamp,
  sentAt,
  receivedAt,
}: ToldTimes): EventTime | 'unreadable_time' | 'hostile_clock' {
  if (timestamp === undefined || timestamp === null) return { at: receivedAt, clock: 'received' }
  const original = readTime(timestamp)
  if (original === undefined) return 'unreadable_time'
  const sent = readTime(sentAt)
  const at = sent === undefined ? original : receivedAt - (sent - original)
  if (at < earliest || at > receivedAt + mostAheadMs) return 'hostile_clock'
  if (at > receivedAt) return { at: receivedAt, clock: 'clamped' }
  return { at, clock: sent === undefined ? 'uncorrected' : 'corrected' }
}

/** Epoch milliseconds of an ISO 8601 text, in UTC where it tells no offset, or of a number that is such already. */
function readTime(value: JsonValue | undefined): number | undefined {
  if (typeof value === 'number')
    return Number.isSafeInteger(Math.trunc(value)) ? Math.trunc(value) : undefined
  const match = typeof value === 'string' ? isoTime.exec(value.trim()) : null
  if (!match) return undefined
  const [, day, time = '00:00', zone = 'Z'] = match
  const at = Date.parse(`${day}T${time}${zone.replace(/^([+-]\d{2}):?(\d{2})?$/, toOffset)}`.toUpperCase())
  return Number.isNaN(at) ? undefined : at
}

const toOffset = (_whole: string, hours: string, minutes = '00'): string => `${hours}:${minutes}`
