import type { ProfileSchema } from '../profile/profile-schema.ts'
import { quoteName, type Dialect } from '../sql/dialect.ts'
import { joinSql, sql, type Sql } from '../sql/sql.ts'
import type { Catalogue } from './catalogue.ts'
import { eventOperand, unknownName } from './evaluate-rule.ts'
import { bindWindow } from './event-window.ts'
import type { EventPeople, Formula } from './formula.ts'
import { toQuestion, type Question } from './judge.ts'
import { isTotal, measureType, ownValue, propertyType, type EventMeasure } from './measure.ts'
import type { ZonedMoment } from './operand.ts'
import type { EventCondition } from './rule.ts'
import { utc, type TimeZone } from './time/time-zone.ts'

/** The part of the compile context that events need. */
export interface EventContext {
  readonly schema: ProfileSchema
  readonly catalogue: Catalogue
  readonly dialect: Dialect
  readonly asOf: number
  /** By whose calendar days are counted. Default: UTC. */
  readonly zone?: TimeZone
}

/** An event condition asked for a truth, as a set of people. */
export function toEventFormula(condition: EventCondition, wanted: boolean, context: EventContext): Formula {
  const type = measureType(condition, context.schema)
  if (!ownValue(context.schema.events, condition.event)) throw unknownName('event', condition.event)
  if (!type) throw unknownName('property', String(condition.property))
  const question = toQuestion({ op: condition.op, value: eventOperand(condition), type }, momentOf(context))
  const filter = compileFilter(condition, context)
  const isWanted = wanted !== question.negated
  return isTotal(condition.measure)
    ? toTotalFormula({ condition, question, filter, isWanted }, context)
    : toMissableFormula({ condition, question, filter, isWanted }, context)
}

interface EventQuestion {
  readonly condition: EventCondition
  readonly question: Question
  readonly filter: Sql
  /** The truth that the operator's own question is asked for. */
  readonly isWanted: boolean
}

/**
 * Count and sum are zero for people without events, whom no scan of events meets. So the set that leaves zero out is scanned, and
 * everybody else is taken where zero matches.
 */
function toTotalFormula(
  { condition, question, filter, isWanted }: EventQuestion,
  context: EventContext,
): Formula {
  const { operator, predicate } = question
  const passesAtZero = predicate.test(0)
  const scanned = !passesAtZero
  const isAny =
    condition.measure === 'count' &&
    operator.isConvex &&
    (scanned ? predicate.test(1) && predicate.test(Number.MAX_SAFE_INTEGER) : !predicate.test(1))
  const test = compileTest(question, scanned, context.dialect)
  const having = isAny ? null : { measure: compileMeasure(condition, context), test }
  return { kind: 'among', people: { source: 'event', filter, having }, holds: scanned === isWanted }
}

/** The other measures are missing, so unknown, for people without events: only those who have a value are in either set. */
function toMissableFormula(
  { condition, question, filter, isWanted }: EventQuestion,
  context: EventContext,
): Formula {
  const measure = compileMeasure(condition, context)
  const isPresence = question.operator.whenMissing !== null
  const test = compileTest(question, isPresence || isWanted, context.dialect)
  const people: EventPeople = { source: 'event', filter, having: { measure, test } }
  return { kind: 'among', people, holds: !isPresence || isWanted }
}

function compileTest(question: Question, passes: boolean, dialect: Dialect): (measure: Sql) => Sql {
  return (measure) => {
    const test = question.predicate.compile(measure, dialect)
    return passes ? sql`(${test})` : sql`NOT (${test})`
  }
}

/** Which events count: name, window and the conditions on properties, of which only true lets an event count. */
export function compileFilter(condition: EventMeasure, context: EventContext): Sql {
  const { dialect, catalogue, schema } = context
  const window = bindWindow(condition.window, momentOf(context))
  const time = quoteName(dialect, 'time')
  const tests = [sql`${quoteName(dialect, 'name')} = ${{ type: 'text', value: condition.event }}`]
  if (window.after !== null) tests.push(sql`${time} > ${{ type: 'datetime', value: window.after }}`)
  tests.push(sql`${time} <= ${{ type: 'datetime', value: window.until }}`)
  for (const asked of condition.where ?? []) {
    const { property } = asked
    const type = propertyType(schema, condition.event, property)
    if (!type) throw unknownName('property', property)
    const question = toQuestion({ ...asked, type }, momentOf(context))
    const column = quoteName(dialect, catalogue.propertyColumn(property))
    tests.push(compileTest(question, !question.negated, dialect)(column))
  }
  return joinSql(tests, ' AND ')
}

/** The aggregate over the events that count, of one person. */
export function compileMeasure(
  { measure, property }: EventMeasure,
  { dialect, catalogue }: EventContext,
): Sql {
  const time = quoteName(dialect, 'time')
  const column = property === undefined ? time : quoteName(dialect, catalogue.propertyColumn(property))
  const messageId = quoteName(dialect, 'message_id')
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
    case 'distinct':
      return sql`count(DISTINCT ${column})`
    case 'first':
      return property === undefined ? sql`min(${time})` : dialect.valueAtEarliest(column, time, messageId)
    default:
      return property === undefined ? sql`max(${time})` : dialect.valueAtLatest(column, time, messageId)
  }
}

/** The same arithmetic as `toMillionths`. */
function toMillionthsSql(value: Sql, dialect: Dialect): Sql {
  return sql`${dialect.floor(sql`${value} * 1e6 + 5e-1`)} / 1e6`
}

/** The moment of evaluation in microseconds, with its zone. */
export function momentOf({ asOf, zone }: Pick<EventContext, 'asOf' | 'zone'>): ZonedMoment {
  return { asOf: BigInt(asOf) * 1000n, zone: zone ?? utc }
}
