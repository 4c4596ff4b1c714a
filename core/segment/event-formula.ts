import { quoteName, type Dialect } from '../sql/dialect.ts'
import { sql, type Sql } from '../sql/sql.ts'
import { compileFilter, momentOf, type EventContext } from './event-filter.ts'
import { eventOperand } from './event-operand.ts'
import type { EventPeople, Formula } from './formula.ts'
import { toQuestion, type Question } from './judge.ts'
import { isTotal, measureType, ownValue, type EventMeasure } from './measure.ts'
import type { EventCondition } from './rule.ts'
import { shiftToLocal } from './time/shift-to-local.ts'
import { unknownName } from './unknown-name.ts'

/** An event condition asked for a truth, as a set of people. */
export function toEventFormula(condition: EventCondition, wanted: boolean, context: EventContext): Formula {
  const type = measureType(condition, context.schema)
  if (!ownValue(context.schema.events, condition.event)) throw unknownName('event', condition.event)
  if (!type) throw unknownName('property', String(condition.property))
  const question = toQuestion({ op: condition.op, value: eventOperand(condition), type }, momentOf(context))
  const asked = {
    question,
    filter: compileFilter(condition, context),
    measure: compileMeasure(condition, context),
    isCount: condition.measure === 'count',
    isWanted: wanted !== question.negated,
  }
  return isTotal(condition.measure)
    ? toTotalFormula(asked, context.dialect)
    : toMissableFormula(asked, context.dialect)
}

/** A question about a measure over the events that pass a filter. */
interface MeasureQuestion {
  readonly question: Question
  readonly filter: Sql
  readonly measure: Sql
  /** True for the number of events. */
  readonly isCount: boolean
  /** The truth that the operator's own question is asked for. */
  readonly isWanted: boolean
}

/**
 * Counts and sums are zero for people without events, whom no scan of events meets. So the set that leaves zero out is scanned, and
 * everybody else is taken where zero matches.
 */
export function toTotalFormula(
  { question, filter, measure, isCount, isWanted }: MeasureQuestion,
  dialect: Dialect,
): Formula {
  const { operator, predicate } = question
  const passesAtZero = predicate.test(0)
  const scanned = !passesAtZero
  const isAny =
    isCount &&
    operator.isConvex &&
    (scanned ? predicate.test(1) && predicate.test(Number.MAX_SAFE_INTEGER) : !predicate.test(1))
  const test = compileTest(question, scanned, dialect)
  const having = isAny ? null : { measure, test }
  return { kind: 'among', people: { source: 'event', filter, having }, holds: scanned === isWanted }
}

/** The other measures are missing, so unknown, for people without events: only those who have a value are in either set. */
function toMissableFormula(
  { question, filter, measure, isWanted }: MeasureQuestion,
  dialect: Dialect,
): Formula {
  const isPresence = question.operator.whenMissing !== null
  const test = compileTest(question, isPresence || isWanted, dialect)
  const people: EventPeople = { source: 'event', filter, having: { measure, test } }
  return { kind: 'among', people, holds: !isPresence || isWanted }
}

function compileTest(question: Question, passes: boolean, dialect: Dialect): (measure: Sql) => Sql {
  return (measure) => {
    const test = question.predicate.compile(measure, dialect)
    return passes ? sql`(${test})` : sql`NOT (${test})`
  }
}

/** The aggregate over the events that count, of one person. */
export function compileMeasure({ measure, property }: EventMeasure, context: EventContext): Sql {
  const { dialect, catalogue } = context
  const time = quoteName(dialect, 'time')
  const column = property === undefined ? time : quoteName(dialect, catalogue.propertyColumn(property))
  switch (measure) {
    case 'count':
      return sql`count(*)`
    case 'sum':
      return toMillionthsSql(sql`COALESCE(sum(${column}), 0)`, dialect)
    case 'average':
      return toMillionthsSql(sql`avg(${column})`, dialect)
    case 'min':
      return sql`min(${column})`
    case 'max':
      return sql`max(${column})`
    case 'frequency':
      return sql`count(DISTINCT ${dialect.dayOf(shiftToLocal(time, momentOf(context).zone, dialect))})`
    case 'recency':
      return sql`(${dialect.microsBetween(sql`max(${time})`, sql`${{ type: 'datetime', value: momentOf(context).asOf }}`)} / 864e8)`
    case 'distinct':
      return sql`count(DISTINCT ${column})`
    default:
      return compileEnd(measure, property, context)
  }
}

function compileEnd(
  end: 'first' | 'last',
  property: string | undefined,
  { dialect, catalogue }: EventContext,
): Sql {
  const time = quoteName(dialect, 'time')
  if (property === undefined) return end === 'first' ? sql`min(${time})` : sql`max(${time})`
  const column = quoteName(dialect, catalogue.propertyColumn(property))
  const messageId = quoteName(dialect, 'message_id')
  return end === 'first'
    ? dialect.valueAtEarliest(column, time, messageId)
    : dialect.valueAtLatest(column, time, messageId)
}

/** The same arithmetic as `toMillionths`. */
export function toMillionthsSql(value: Sql, dialect: Dialect): Sql {
  return sql`${dialect.floor(sql`${value} * 1e6 + 5e-1`)} / 1e6`
}
