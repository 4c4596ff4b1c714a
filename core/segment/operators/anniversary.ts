import type { TraitType } from '../../profile/profile-schema.ts'
import { parseDuration } from '../duration.ts'
import { OperandFault, type OperandKind } from '../operand.ts'
import { defineOperator, isMoment } from '../operator.ts'
import { compileDay, dayOfValue, isOneOfNumbers } from '../time/calendar-test.ts'
import { anniversariesOn, monthDayOf, parseMonthDay } from '../time/month-day.ts'
import { dayIn, type TimeZone } from '../time/time-zone.ts'

/** Months and days that match, and how the day of a value is told. */
interface Anniversaries {
  readonly monthDays: ReadonlySet<number>
  readonly zone: TimeZone
  readonly type: TraitType
}

const anniversaries: OperandKind<Anniversaries> = {
  shape: 'anniversary',
  read(raw, { type, asOf, zone }) {
    const monthDays = typeof raw === 'string' ? readMonthDays(raw, dayIn(zone, asOf)) : undefined
    return monthDays ? { monthDays, zone, type } : new OperandFault('anniversary')
  },
}

/** "today", "in 7 days" (that day alone), "next 7 days" (today is the first), or a month and day ("02-29") as it is written. */
function readMonthDays(text: string, today: bigint): ReadonlySet<number> | undefined {
  if (text === 'today') return anniversariesOn(today, 1)
  const literal = parseMonthDay(text)
  if (literal !== undefined) return new Set([literal])
  const [, which, length = ''] = /^(in|next) (.+)$/.exec(text) ?? []
  const duration = parseDuration(length)
  if (duration?.unit !== 'day' && duration?.unit !== 'week') return undefined
  const days = duration.amount * (duration.unit === 'week' ? 7 : 1)
  return which === 'in' ? anniversariesOn(today + BigInt(days), 1) : anniversariesOn(today, days)
}

/** The month and day come round on these days, whatever the year: birthdays. 29 February comes round on 1 March of a common year. */
export const anniversary = defineOperator({
  name: 'anniversary',
  types: ['date', 'datetime'],
  operand: anniversaries,
  takes: isMoment,
  test: (value, { monthDays, zone, type }) => monthDays.has(monthDayOf(dayOfValue(value, type, zone))),
  compile: ({ column, operand: { monthDays, zone }, type, dialect }) =>
    isOneOfNumbers(dialect.monthDay(compileDay(column, type, { zone, dialect })), monthDays, dialect),
})
