import { addMonths } from '../calendar.ts'

/** Month and day as one number: 31 January is 131, 29 February 229. */
export function monthDayOf(day: bigint): number {
  const date = new Date(Number(day) * 86_400_000)
  return (date.getUTCMonth() + 1) * 100 + date.getUTCDate()
}

/**
 * The dates of birth, as month and day, whose anniversary falls on one of `count` days from `first` on. In a common year 29 February
 * is kept on 1 March, the day on which that person is a full year older.
 */
export function anniversariesOn(first: bigint, count: number): ReadonlySet<number> {
  const found = new Set<number>()
  for (let index = 0; index < Math.min(count, 366); index += 1) {
    const day = first + BigInt(index)
    const monthDay = monthDayOf(day)
    found.add(monthDay)
    if (monthDay === 301 && monthDayOf(day - 1n) === 228) found.add(229)
  }
  return found
}

/** "02-29" → 229; undefined for what is no day of any year. */
export function parseMonthDay(text: string): number | undefined {
  const match = /^(\d{2})-(\d{2})$/.exec(text)
  const [month, day] = [Number(match?.[1]), Number(match?.[2])]
  if (!match || month < 1 || month > 12 || day < 1) return undefined
  // 2000 is a leap year: every month has its longest form. 10,957 is its first day.
  const lastDay = addMonths(10_957n, month) - 1n
  return day <= monthDayOf(lastDay) % 100 ? month * 100 + day : undefined
}
