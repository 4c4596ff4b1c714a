import { sql, type Sql } from '../../sql/sql.ts'
import { microsPerDay } from '../calendar.ts'
import { fixedMicros, instantAfter, instantBefore, type Duration } from '../duration.ts'
import type { ZonedMoment } from '../operand.ts'
import { utc, type TimeZone } from '../time/time-zone.ts'
import { dueAt, exactly, toMs, type Due, type Passing } from './due.ts'

const microsPerHour = 3_600_000_000n
/** Months are at least this many thousandths of a day long on average, and lose at most three days against it: 31 January to 1 March. */
const milliDaysPerMonth = 30_436n
const lostDays = 3n
/** How far clocks are turned back, at most. */
const fold = 3n * microsPerHour
/** How far ahead the clocks of a zone are looked at. What lies beyond is looked at again then. */
const horizon = 26n * microsPerHour

/** An instant that moves on with time: where an event leaves a window, or a future one enters it. */
interface Edge {
  /** Where it is at an instant. */
  readonly at: (instant: bigint) => bigint
  /** How far it lies behind the instant (ahead: below zero), at least, from now on. */
  readonly lag: bigint
  /** True when it is always exactly that far behind. */
  readonly isFixed: boolean
}

/** A value equal to the moment: the future begins there. */
export const now: Edge = { at: (instant) => instant, lag: 0n, isFixed: true }

/** The instant that lies a duration back, or ahead. */
export function edgeOf(duration: Duration, direction: 'back' | 'ahead', zone: TimeZone): Edge {
  const sign = direction === 'back' ? 1n : -1n
  const fixed = fixedMicros(duration)
  const isFixed =
    fixed !== undefined && (zone === utc || duration.unit === 'minute' || duration.unit === 'hour')
  if (isFixed) return { at: (instant) => instant - sign * fixed, lag: sign * fixed, isFixed }
  const move = direction === 'back' ? instantBefore : instantAfter
  const length = direction === 'back' ? shortest(duration) - fold : longest(duration) + fold
  return { at: (instant) => move(instant, duration, zone), lag: sign * length, isFixed: false }
}

/** A duration's length in microseconds at its shortest, but for the clocks' being turned. */
export function shortest(duration: Duration): bigint {
  return fixedMicros(duration) ?? (monthDays(duration) - lostDays) * microsPerDay
}

/** A duration's length in microseconds at its longest, but for the clocks' being turned. */
export function longest(duration: Duration): bigint {
  return fixedMicros(duration) ?? (monthDays(duration) + lostDays + 1n) * microsPerDay
}

function monthDays({ amount, unit }: Duration): bigint {
  return (BigInt(amount) * (unit === 'year' ? 12n : 1n) * milliDaysPerMonth) / 1000n
}

/**
 * When an edge reaches the value of a column of instants, from which on the test may come out otherwise; with `orPasses` also just after
 * that, for tests to which it matters whether the two are equal.
 */
export function whenReached(edge: Edge, moment: ZonedMoment, orPasses?: 'or_passes'): Due | Passing {
  const { asOf } = moment
  if (edge.isFixed) return { asOf, from: edge.at(asOf) + (orPasses ? 0n : 1n), lag: edge.lag }
  const end = asOf + horizon
  const pieces = cutPieces(edge, asOf, end)
  return (column, dialect) => {
    const value = dialect.toMicros(column)
    const cases = pieces.map(({ from, to, lag, low, high }) => {
      const due = from === to ? exactly(toMs(from)) : dueAt(sql`${value} + ${exactly(lag)}`, moment, dialect)
      return sql`WHEN ${value} BETWEEN ${exactly(low)} AND ${exactly(high)} THEN ${due}`
    })
    const later = dueAt(sql`${value} + ${exactly(edge.lag)}`, moment, dialect)
    const beyond = sql`WHEN ${value} >= ${exactly(edge.at(end) - fold)} THEN greatest(${later}, ${exactly(toMs(end))})`
    return sql`CASE ${joined(cases)} ${beyond} END`
  }
}

function joined(cases: readonly Sql[]): Sql {
  return cases.reduce((all, each) => sql`${all} ${each}`, sql``)
}

/** A stretch of time in which an edge is equally far behind, with the values it passes; or a leap of the edge, at `from` = `to`. */
interface Piece {
  readonly from: bigint
  readonly to: bigint
  readonly lag: bigint
  readonly low: bigint
  readonly high: bigint
}

/** The way of an edge through a stretch of time, in order: where clocks are turned or months have other lengths, it leaps. */
function cutPieces(edge: Edge, start: bigint, end: bigint): Piece[] {
  const pieces: Piece[] = []
  let from = start
  while (from < end) {
    const to = endOfPiece(edge, from, end)
    const [low, high] = [edge.at(from), edge.at(to)]
    pieces.push({ from, to: to + 1n, lag: from - low, low, high })
    from = to + 1n
    if (from >= end) break
    const next = edge.at(from)
    pieces.push({ from, to: from, lag: 0n, low: high < next ? high : next, high: high < next ? next : high })
  }
  return pieces
}

const step = microsPerHour

/** The last instant until which the edge keeps its distance. */
function endOfPiece({ at }: Edge, start: bigint, end: bigint): bigint {
  const lag = start - at(start)
  const keeps = (instant: bigint): boolean => instant - at(instant) === lag
  let last = start
  while (last < end) {
    const next = last + step < end ? last + step : end
    if (!keeps(next)) return lastThat(keeps, last, next)
    last = next
  }
  return end
}

/** The last instant that passes, between one that does and one that does not. */
function lastThat(passes: (instant: bigint) => boolean, first: bigint, beyond: bigint): bigint {
  let [low, high] = [first, beyond]
  while (high - low > 1n) {
    const middle = (low + high) / 2n
    if (passes(middle)) low = middle
    else high = middle
  }
  return low
}
