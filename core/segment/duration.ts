import { addMonths, dayOf, microsPerDay } from './calendar.ts'
import { fromLocal, toLocal, utc, type TimeZone } from './time/time-zone.ts'

const microsPerUnit = {
  minute: 60_000_000n,
  hour: 3_600_000_000n,
  day: microsPerDay,
  week: 7n * microsPerDay,
} as const
const monthsPerUnit = { month: 1, year: 12 } as const

type DurationUnit = keyof typeof microsPerUnit | keyof typeof monthsPerUnit

/**
 * A length of time. Minutes and hours are fixed lengths; days to years lead to the same time of another day by the zone's clocks, so
 * that in UTC a day is 24 hours.
 */
export interface Duration {
  readonly amount: number
  readonly unit: DurationUnit
}

const units: readonly DurationUnit[] = ['minute', 'hour', 'day', 'week', 'month', 'year']
const shape = /^([1-9]\d{0,4}) (minute|hour|day|week|month|year)s?$/

/** "90 days", "24 hours", "6 months" → duration; undefined for anything else, also for zero. At most five digits. */
export function parseDuration(text: string): Duration | undefined {
  const match = shape.exec(text)
  const unit = units.find((unit) => unit === match?.[2])
  return unit && { amount: Number(match?.[1]), unit }
}

/** "30 days ago" → duration; undefined for anything else. */
export function parseAgo(text: string): Duration | undefined {
  return text.endsWith(' ago') ? parseDuration(text.slice(0, -4)) : undefined
}

/** True when the duration is whole days, so that it can be taken from a calendar day. */
export function isWholeDays(duration: Duration): boolean {
  return duration.unit !== 'minute' && duration.unit !== 'hour'
}

/** The instant that lies `duration` before `instant` (microseconds), by the clocks of a zone. */
export function instantBefore(instant: bigint, duration: Duration, zone: TimeZone = utc): bigint {
  return moveInstant(instant, duration, { zone, sign: -1 })
}

/** The instant that lies `duration` after `instant` (microseconds), by the clocks of a zone. */
export function instantAfter(instant: bigint, duration: Duration, zone: TimeZone = utc): bigint {
  return moveInstant(instant, duration, { zone, sign: 1 })
}

function moveInstant(
  instant: bigint,
  { amount, unit }: Duration,
  { zone, sign }: { readonly zone: TimeZone; readonly sign: 1 | -1 },
): bigint {
  const count = amount * sign
  if (unit === 'minute' || unit === 'hour') return instant + BigInt(count) * microsPerUnit[unit]
  const local = toLocal(zone, instant)
  if (unit === 'day' || unit === 'week') return fromLocal(zone, local + BigInt(count) * microsPerUnit[unit])
  const day = dayOf(local)
  const moved = addMonths(day, count * monthsPerUnit[unit])
  return fromLocal(zone, moved * microsPerDay + (local - day * microsPerDay))
}

/** Microseconds of a length that no calendar changes: minutes to weeks, a day being 24 hours. Undefined for months and years. */
export function fixedMicros({ amount, unit }: Duration): bigint | undefined {
  return unit === 'month' || unit === 'year' ? undefined : BigInt(amount) * microsPerUnit[unit]
}

/** The day that lies `duration` before `day`; the duration must be whole days. */
export function dayBefore(day: bigint, duration: Duration): bigint {
  return dayOf(instantBefore(day * microsPerDay, duration))
}

/** The day that lies `duration` after `day`; the duration must be whole days. */
export function dayAfter(day: bigint, duration: Duration): bigint {
  return dayOf(instantAfter(day * microsPerDay, duration))
}
