import { addMonths, dayOf, microsPerDay } from './calendar.ts'

const microsPerUnit = {
  minute: 60_000_000n,
  hour: 3_600_000_000n,
  day: microsPerDay,
  week: 7n * microsPerDay,
} as const
const monthsPerUnit = { month: 1, year: 12 } as const

type DurationUnit = keyof typeof microsPerUnit | keyof typeof monthsPerUnit

/** A length of time. Minutes to weeks are fixed lengths (a day is 24 hours); months and years follow the calendar in UTC. */
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

/** The instant that lies `duration` before `instant` (microseconds). */
export function instantBefore(instant: bigint, { amount, unit }: Duration): bigint {
  if (unit !== 'month' && unit !== 'year') return instant - BigInt(amount) * microsPerUnit[unit]
  const day = dayOf(instant)
  return addMonths(day, -amount * monthsPerUnit[unit]) * microsPerDay + (instant - day * microsPerDay)
}

/** The day that lies `duration` before `day`; the duration must be whole days. */
export function dayBefore(day: bigint, duration: Duration): bigint {
  return dayOf(instantBefore(day * microsPerDay, duration))
}
