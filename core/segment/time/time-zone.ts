import { dayOf, microsPerDay } from '../calendar.ts'

/**
 * A time zone as the stretches of its offsets from UTC, in microseconds. Kept as a table, so that the reference evaluator and every
 * engine shift by the very same numbers: engines carry time zone databases of different years.
 */
export interface TimeZone {
  readonly name: string
  /** In order of time. The first has no beginning; each ends where the next begins. */
  readonly stretches: readonly OffsetStretch[]
}

/** A stretch of time with one offset: local time = UTC + offset. */
export interface OffsetStretch {
  /** First instant, or null for all of the past. */
  readonly from: bigint | null
  readonly offset: bigint
}

export const utc: TimeZone = { name: 'UTC', stretches: [{ from: null, offset: 0n }] }

/** Before its first day a zone keeps that day's offset, after its last day the last one. */
const firstMs = Date.UTC(1970, 0, 1)
const lastMs = Date.UTC(2100, 0, 1)
/** No zone of the database changed its offset twice within a week, save for a few in the last century that turned back the same day. */
const weekMs = 7 * 86_400_000

const nameShape = /^[A-Za-z][A-Za-z0-9_+-]*(?:\/[A-Za-z0-9_+-]+)*$/
const known = new Map<string, TimeZone>([['UTC', utc]])

/** Reads a zone of the IANA database by its name ("Europe/Paris"); undefined when there is none of that name. */
export function readTimeZone(name: string): TimeZone | undefined {
  const found = known.get(name)
  if (found) return found
  const offsetAt = nameShape.test(name) ? openOffsets(name) : undefined
  if (!offsetAt) return undefined
  const zone = { name, stretches: findStretches(offsetAt) }
  known.set(name, zone)
  return zone
}

/** Offset in milliseconds at an instant in milliseconds. */
type OffsetAt = (ms: number) => number

function openOffsets(name: string): OffsetAt | undefined {
  try {
    const format = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
    return (ms) => {
      const parts = new Map(format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]))
      const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0
      const local = Date.UTC(
        part('year'),
        part('month') - 1,
        part('day'),
        part('hour'),
        part('minute'),
        part('second'),
      )
      return local - ms
    }
  } catch {
    // Intl throws a RangeError for a zone that it does not know, which is an answer here.
    return undefined
  }
}

function findStretches(offsetAt: OffsetAt): OffsetStretch[] {
  const stretches: OffsetStretch[] = [{ from: null, offset: toMicros(offsetAt(firstMs)) }]
  let offset = offsetAt(firstMs)
  for (let ms = firstMs; ms < lastMs; ms += weekMs) {
    const next = offsetAt(ms + weekMs)
    if (next === offset) continue
    const from = firstWithOther(offsetAt, { low: ms, high: ms + weekMs })
    stretches.push({ from: toMicros(from), offset: toMicros(next) })
    offset = next
  }
  return stretches
}

/** The first second between two instants at which the offset is no longer that of the first. */
function firstWithOther(offsetAt: OffsetAt, range: { low: number; high: number }): number {
  let { low, high } = range
  const before = offsetAt(low)
  while (high - low > 1000) {
    const middle = low + Math.floor((high - low) / 2000) * 1000
    if (offsetAt(middle) === before) low = middle
    else high = middle
  }
  return high
}

function toMicros(ms: number): bigint {
  return BigInt(ms) * 1000n
}

/** The instant as the zone's clocks show it, as microseconds since 1970-01-01 of that clock. */
export function toLocal(zone: TimeZone, instant: bigint): bigint {
  const stretch = zone.stretches.findLast(({ from }) => from === null || from <= instant)
  return instant + (stretch?.offset ?? 0n)
}

/**
 * The instant at which the zone's clocks show this time: the earlier one where they show it twice, and where they leap over it as much
 * later as they leap. Two o'clock in the night to summer time is three o'clock.
 */
export function fromLocal(zone: TimeZone, local: bigint): bigint {
  const { stretches } = zone
  const shown = stretches.find(({ from, offset }, index) => {
    const until = stretches[index + 1]?.from ?? null
    return (from === null || local - offset >= from) && (until === null || local - offset < until)
  })
  const leapt = stretches.findLast(({ from, offset }) => from === null || local - offset >= from)
  return local - ((shown ?? leapt)?.offset ?? 0n)
}

/** The zone's calendar day that holds an instant. */
export function dayIn(zone: TimeZone, instant: bigint): bigint {
  return dayOf(toLocal(zone, instant))
}

/** The instant at which a day begins in the zone: midnight, or the end of the leap where there is none. */
export function startOfDay(zone: TimeZone, day: bigint): bigint {
  const local = day * microsPerDay
  const starts = zone.stretches.flatMap(({ from, offset }, index) => {
    const until = zone.stretches[index + 1]?.from ?? null
    const start = from === null || local - offset > from ? local - offset : from
    const isReached = (until === null || start < until) && dayOf(start + offset) >= day
    return isReached ? [start] : []
  })
  return starts[0] ?? local
}
