import type { Dialect } from '../../sql/dialect.ts'
import { joinSql, sql, sqlText, type Sql } from '../../sql/sql.ts'
import { microsPerDay } from '../calendar.ts'
import type { ZonedMoment } from '../operand.ts'
import { dayIn, startOfDay } from '../time/time-zone.ts'

/**
 * When a test of one value may come out otherwise by time alone: SQL over the value's column with an instant in epoch milliseconds
 * that is later than the moment and never later than the truth, or null where that will never be. Being early costs a look at somebody
 * who did not change; being late would be wrong.
 */
export type Due = (column: Sql, dialect: Dialect) => Sql

/** The same for a value that time passes at one distance: from an instant on it is still to come, and it comes `lag` after the value. */
export interface Passing {
  /** The moment, the smallest value that is not passed yet, and the distance: microseconds. */
  readonly asOf: bigint
  readonly from: bigint
  readonly lag: bigint
}

const microsPerHour = 3_600_000_000n
/** No zone's clocks are further from UTC than 14 hours. https://www.iana.org/time-zones */
const widestOffset = 15n * microsPerHour

/** A whole number as a double, so that no engine divides or compares as whole numbers. */
export function exactly(value: bigint): Sql {
  return sqlText(`${value}e0`)
}

/** The first whole millisecond that is not before an instant. */
export function toMs(instant: bigint): bigint {
  return -dayOfMs(-instant)
}

function dayOfMs(micros: bigint): bigint {
  const ms = micros / 1000n
  return micros % 1000n < 0n ? ms - 1n : ms
}

/** SQL: the first whole millisecond that is not before an instant in microseconds, and later than the moment. */
export function dueAt(micros: Sql, { asOf }: Pick<ZonedMoment, 'asOf'>, dialect: Dialect): Sql {
  const ms = dialect.floor(sql`(${micros} + 999e0) / 1000e0`)
  return sql`greatest(${ms}, ${exactly(toMs(asOf) + 1n)})`
}

/** The first millisecond of tomorrow by the clocks of the zone. */
export function tomorrow({ asOf, zone }: ZonedMoment): bigint {
  return toMs(startOfDay(zone, dayIn(zone, asOf) + 1n))
}

/**
 * SQL: when a calendar day begins, at the latest: the first millisecond of tomorrow for what is tomorrow or earlier, and somewhat early
 * for what is later. `day` counts days since 1970-01-01.
 */
export function dueOnDay(day: Sql, moment: ZonedMoment): Sql {
  const next = dayIn(moment.zone, moment.asOf) + 1n
  const early = sql`${day} * ${exactly(microsPerDay / 1000n)} - ${exactly(widestOffset / 1000n)}`
  const soon = exactly(tomorrow(moment))
  return sql`CASE WHEN ${day} <= ${exactly(next)} THEN ${soon} ELSE greatest(${soon}, ${early}) END`
}

/** SQL: days since 1970-01-01 of a column with calendar days. */
export function dayNumber(column: Sql, dialect: Dialect): Sql {
  return dialect.daysBetween(sql`${{ type: 'date', value: 0n }}`, column)
}

/** SQL: the earliest of several instants, of which some are null; null when all are. */
export function earliest(instants: readonly Sql[]): Sql {
  const [first = sql`NULL`] = instants
  if (instants.length <= 1) return first
  const filled = instants.map((instant) => sql`COALESCE(${instant}, ${exactly(never)})`)
  return sql`least(${joinSql(filled, ', ')})`
}

/**
 * SQL: the earliest of several passings of one value; null when it is passed by all. The nearest that is still to come is the first one, so
 * that it is worked out once, and not once for each window of each rule.
 */
export function firstPassing(passings: readonly Passing[], column: Sql, dialect: Dialect): Sql {
  const value = dialect.toMicros(column)
  const pending = ({ from }: Passing): Sql => sql`WHEN ${value} >= ${exactly(from)}`
  const useful = nearestFirst(passings)
  const last = useful.at(-1)
  if (!last) return sql`NULL`
  const nearer = useful.slice(0, -1).map((each) => sql`${pending(each)} THEN ${exactly(each.lag)}`)
  const lag =
    nearer.length === 0 ? exactly(last.lag) : sql`CASE ${joinSql(nearer, ' ')} ELSE ${exactly(last.lag)} END`
  return sql`CASE ${pending(last)} THEN ${dueAt(sql`${value} + ${lag}`, last, dialect)} END`
}

/** Without those that are never first: a nearer one is still to come whenever they are. */
function nearestFirst(passings: readonly Passing[]): Passing[] {
  const useful: Passing[] = []
  for (const each of passings.toSorted((a, b) => Number(a.lag - b.lag))) {
    const nearer = useful.at(-1)
    if (!nearer || each.from < nearer.from) useful.push(each)
  }
  return useful
}

/** Stands for an instant that does not come: the end of the year 9999 in milliseconds. */
export const never = 253_402_300_800_000n
