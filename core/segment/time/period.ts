import { addMonths } from '../calendar.ts'

/** Calendar days, both included. */
export interface DayRange {
  readonly from: bigint
  readonly to: bigint
}

type PeriodUnit = 'day' | 'week' | 'month' | 'quarter' | 'year'

const units: readonly PeriodUnit[] = ['day', 'week', 'month', 'quarter', 'year']
const days: Readonly<Record<string, bigint>> = { yesterday: -1n, today: 0n, tomorrow: 1n }
const one = /^(this|previous|next) (week|month|quarter|year)$/
const several = /^(previous|next) ([1-9]\d{0,2}) (day|week|month|quarter|year)s?$/

/**
 * Reads a stretch of the calendar as seen from a day: "today", "yesterday", "tomorrow", "this month", "previous week", "next
 * quarter", "previous 3 months". "Previous" and "next" leave the current one out; weeks begin on Monday (ISO 8601). Undefined for
 * anything else.
 */
export function readPeriod(text: string, today: bigint): DayRange | undefined {
  const move = Object.hasOwn(days, text) ? days[text] : undefined
  if (move !== undefined) return { from: today + move, to: today + move }
  const match = one.exec(text)
  const manyMatch = several.exec(text)
  const [, which, amount, name] = manyMatch ?? [undefined, match?.[1], '1', match?.[2]]
  const unit = units.find((unit) => unit === name)
  if (!unit || which === undefined) return undefined
  const count = Number(amount)
  const start = startOf(unit, today)
  if (which === 'this') return { from: start, to: moveBy(unit, start, 1) - 1n }
  if (which === 'previous') return { from: moveBy(unit, start, -count), to: start - 1n }
  return { from: moveBy(unit, start, 1), to: moveBy(unit, start, 1 + count) - 1n }
}

function startOf(unit: PeriodUnit, day: bigint): bigint {
  if (unit === 'day') return day
  if (unit === 'week') return day - BigInt(weekday(day) - 1)
  const date = new Date(Number(day) * 86_400_000)
  const month = date.getUTCMonth()
  const back = { month: 0, quarter: month % 3, year: month }[unit]
  return addMonths(day - BigInt(date.getUTCDate() - 1), -back)
}

function moveBy(unit: PeriodUnit, day: bigint, count: number): bigint {
  if (unit === 'day') return day + BigInt(count)
  if (unit === 'week') return day + BigInt(7 * count)
  return addMonths(day, count * { month: 1, quarter: 3, year: 12 }[unit])
}

/** Day of the week by ISO 8601: Monday is 1, Sunday 7. */
export function weekday(day: bigint): number {
  // 1970-01-01 was a Thursday.
  return Number((((day + 3n) % 7n) + 7n) % 7n) + 1
}
