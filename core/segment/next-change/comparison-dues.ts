import type { TraitType } from '../../profile/profile-schema.ts'
import { sql } from '../../sql/sql.ts'
import { microsPerDay } from '../calendar.ts'
import { dayAfter, dayBefore, parseAgo, parseDuration, type Duration } from '../duration.ts'
import { toQuestion, type Comparison } from '../judge.ts'
import type { ZonedMoment } from '../operand.ts'
import { resolveOperator } from '../operators/registry.ts'
import { compileDay } from '../time/calendar-test.ts'
import { monthDayOf } from '../time/month-day.ts'
import { readPeriod } from '../time/period.ts'
import { dayIn, startOfDay } from '../time/time-zone.ts'
import { dayNumber, dueOnDay, exactly, toMs, tomorrow, type Due, type Passing } from './due.ts'
import { edgeOf, now, shortest, longest, whenReached } from './edge.ts'

/** When a comparison of a value may come out otherwise by time alone. None for most: only days and instants age. */
export function comparisonDues(comparison: Comparison, moment: ZonedMoment): readonly (Due | Passing)[] {
  const { op, value, type } = comparison
  if (type !== 'date' && type !== 'datetime') return []
  const { operator } = resolveOperator(op)
  switch (operator.shape) {
    case 'one':
      return agoDues([value], type, moment)
    case 'pair':
      return Array.isArray(value) ? agoDues(value, type, moment) : []
    case 'duration':
      return durationDues(comparison, type, moment)
    case 'period':
      return [periodDue(String(value), type, moment)]
    case 'age':
      return [dayDue({ amount: Number(value), unit: 'year' }, 'back', moment)]
    case 'anniversary':
      return anniversaryDues(comparison, moment)
    default:
      return []
  }
}

type Timely = Extract<TraitType, 'date' | 'datetime'>

/** "30 days ago" moves on; a date or an instant stays. */
function agoDues(values: readonly unknown[], type: Timely, moment: ZonedMoment): (Due | Passing)[] {
  return values.flatMap((value) => {
    const ago = typeof value === 'string' ? parseAgo(value) : undefined
    if (!ago) return []
    const edge = edgeOf(ago, 'back', moment.zone)
    return [type === 'date' ? dayDue(ago, 'back', moment) : whenReached(edge, moment, 'or_passes')]
  })
}

function durationDues({ op, value }: Comparison, type: Timely, moment: ZonedMoment): (Due | Passing)[] {
  const duration = typeof value === 'string' ? parseDuration(value) : undefined
  if (!duration) return []
  const direction = op === 'within_next' || op === 'more_than_ahead' ? 'ahead' : 'back'
  const far = type === 'date' ? dayDue(duration, direction, moment) : instantDue(duration, direction, moment)
  return [far, type === 'date' ? todayDue(moment) : whenReached(now, moment)]
}

const instantDue = (duration: Duration, direction: 'back' | 'ahead', moment: ZonedMoment): Due | Passing =>
  whenReached(edgeOf(duration, direction, moment.zone), moment)

const days = (micros: bigint): bigint => micros / microsPerDay

/** When a day that moves on with today reaches the value: the value still lies behind it, or is it. */
function dayDue(duration: Duration, direction: 'back' | 'ahead', moment: ZonedMoment): Due {
  const away = direction === 'back' ? days(shortest(duration)) : -days(longest(duration))
  const today = dayIn(moment.zone, moment.asOf)
  const from = direction === 'back' ? dayBefore(today, duration) : dayAfter(today, duration)
  return (column, dialect) => {
    const day = dayNumber(column, dialect)
    const due = dueOnDay(sql`(${day} + ${exactly(away)})`, moment)
    return sql`CASE WHEN ${day} >= ${exactly(from)} THEN ${due} END`
  }
}

/** When today reaches a day that has not come yet, and when it is over. */
function todayDue(moment: ZonedMoment): Due {
  const today = dayIn(moment.zone, moment.asOf)
  return (column, dialect) => {
    const day = dayNumber(column, dialect)
    return sql`CASE WHEN ${day} >= ${exactly(today)} THEN ${dueOnDay(day, moment)} END`
  }
}

/** The longest that a stretch of the calendar stays the same: a year. */
const daysOfYear = 366n

/** The first millisecond at which a stretch of the calendar is another one. */
export function periodEnd(text: string, { asOf, zone }: ZonedMoment): bigint {
  const today = dayIn(zone, asOf)
  const first = readPeriod(text, today)
  let day = today + 1n
  while (day < today + daysOfYear && readPeriod(text, day)?.from === first?.from) day += 1n
  return toMs(startOfDay(zone, day))
}

/** A stretch of the calendar leaves behind for ever what lies before it; all else is looked at again when it is another one. */
function periodDue(text: string, type: Timely, moment: ZonedMoment): Due {
  const from = readPeriod(text, dayIn(moment.zone, moment.asOf))?.from ?? 0n
  const end = exactly(periodEnd(text, moment))
  return (column, dialect) => {
    const value = type === 'date' ? dayNumber(column, dialect) : dialect.toMicros(column)
    const first = type === 'date' ? from : startOfDay(moment.zone, from)
    return sql`CASE WHEN ${value} >= ${exactly(first)} THEN ${end} END`
  }
}

/**
 * Days until a day and month comes round, at least: months are counted with 31 days each, which is up to seven days too many in a year,
 * and 29 February may come a day late.
 */
const lostDays = 8n
const daysOfLongYear = 372n

function anniversaryDues(comparison: Comparison, moment: ZonedMoment): Due[] {
  const { value, type } = comparison
  const [, which, length = ''] = /^(in|next) (.+)$/.exec(String(value)) ?? []
  const duration = parseDuration(length)
  if (String(value) !== 'today' && !duration) return []
  const days = duration ? BigInt(duration.amount) * (duration.unit === 'week' ? 7n : 1n) : 0n
  const { predicate } = toQuestion(comparison, moment)
  return [
    (column, dialect) => {
      const due = anniversaryDue({ type, ahead: days, moment })(column, dialect)
      // Who is within leaves soon, or after as many days as are asked for: looked at every day.
      const within = which === 'next' ? days : 0n
      if (within >= daysOfYear)
        return sql`CASE WHEN ${column} IS NOT NULL THEN ${exactly(tomorrow(moment))} END`
      return sql`CASE WHEN ${predicate.compile(column, dialect)} THEN ${exactly(tomorrow(moment))} ELSE ${due} END`
    },
  ]
}

/** When the day and month of a value will be so many days ahead, at the latest. */
export function anniversaryDue(asked: {
  readonly type: TraitType
  readonly ahead: bigint
  readonly moment: ZonedMoment
}): Due {
  const { type, ahead, moment } = asked
  const { zone, asOf } = moment
  const today = dayIn(zone, asOf)
  const monthDay = BigInt(monthDayOf(today))
  const reckoned = (monthDay / 100n) * 31n + (monthDay % 100n)
  return (column, dialect) => {
    const of = dialect.monthDay(compileDay(column, type, { zone, dialect }))
    const month = dialect.floor(sql`${of} / 100e0`)
    const distance = sql`(${month} * 31e0 + ${of} - ${month} * 100e0 - ${exactly(reckoned)} + ${exactly(daysOfLongYear)})`
    const years = dialect.floor(sql`${distance} / ${exactly(daysOfLongYear)}`)
    const away = sql`(${distance} - ${years} * ${exactly(daysOfLongYear)} - ${exactly(lostDays + ahead)})`
    return sql`CASE WHEN ${column} IS NOT NULL THEN ${dueOnDay(sql`(${away} + ${exactly(today)})`, moment)} END`
  }
}
