/**
 * Days and instants as whole numbers: a day counts days and an instant counts microseconds since 1970-01-01 UTC, both as `bigint`,
 * because microseconds of the year 2255 and later no longer fit a double exactly.
 */
export const microsPerDay = 86_400_000_000n

const dayShape = /^(\d{4})-(\d{2})-(\d{2})$/
const instantShape =
  /^(\d{4}-\d{2}-\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6}))?)?(Z|[+-](?:0\d|1[0-4]):[0-5]\d)?$/

/** "2026-01-31" → day number; undefined for another shape or a day that never was (2026-02-30). Years 0001 to 9999. */
export function parseDay(text: string): bigint | undefined {
  const match = dayShape.exec(text)
  if (!match) return undefined
  const [, year = '', month = '', day = ''] = match
  if (Number(year) < 1) return undefined
  const ms = dayToMs(Number(year), Number(month), Number(day))
  return new Date(ms).toISOString().slice(0, 10) === text ? BigInt(ms / 86_400_000) : undefined
}

function dayToMs(year: number, month: number, day: number): number {
  // Date.UTC reads the years 0 to 99 as 1900 to 1999.
  return new Date(0).setUTCFullYear(year, month - 1, day)
}

/** "2026-01-31T10:00:00.000001+01:00" → microseconds; without an offset the time is UTC. Undefined when it is no instant. */
export function parseInstant(text: string): bigint | undefined {
  const match = instantShape.exec(text)
  if (!match) return undefined
  const [, dayText = '', hour = '', minute = '', second = '0', fraction = '', offset = 'Z'] = match
  const day = parseDay(dayText)
  if (day === undefined || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined
  const seconds = BigInt(hour) * 3600n + BigInt(minute) * 60n + BigInt(second)
  return (
    day * microsPerDay + (seconds - toOffsetSeconds(offset)) * 1_000_000n + BigInt(fraction.padEnd(6, '0'))
  )
}

function toOffsetSeconds(offset: string): bigint {
  if (offset === 'Z') return 0n
  const seconds = BigInt(offset.slice(1, 3)) * 3600n + BigInt(offset.slice(4, 6)) * 60n
  return offset.startsWith('-') ? -seconds : seconds
}

/** The day in UTC that holds an instant. */
export function dayOf(instant: bigint): bigint {
  const day = instant / microsPerDay
  return instant % microsPerDay < 0n ? day - 1n : day
}

/** Day number → "2026-01-31". */
export function dayToText(day: bigint): string {
  return new Date(Number(day) * 86_400_000).toISOString().slice(0, 10)
}

/** Microseconds → "2026-01-31T10:00:00.000001Z", without a fraction when it is zero. */
export function instantToText(instant: bigint): string {
  const day = dayOf(instant)
  const rest = instant - day * microsPerDay
  const time = new Date(Number(rest / 1_000_000n) * 1000).toISOString().slice(11, 19)
  const fraction = String(rest % 1_000_000n).padStart(6, '0')
  return `${dayToText(day)}T${time}${fraction === '000000' ? '' : `.${fraction}`}Z`
}

/** Moves a day by whole months; the 31st becomes the last day of a shorter month, as in PostgreSQL and DuckDB. */
export function addMonths(day: bigint, months: number): bigint {
  const date = new Date(Number(day) * 86_400_000)
  const dayOfMonth = date.getUTCDate()
  date.setUTCDate(1)
  date.setUTCMonth(date.getUTCMonth() + months)
  const last = new Date(date)
  last.setUTCMonth(last.getUTCMonth() + 1, 0)
  date.setUTCDate(Math.min(dayOfMonth, last.getUTCDate()))
  return BigInt(date.getTime() / 86_400_000)
}
