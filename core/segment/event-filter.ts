import type { ProfileSchema } from '../profile/profile-schema.ts'
import { quoteName, type Dialect } from '../sql/dialect.ts'
import { joinSql, sql, type Sql } from '../sql/sql.ts'
import type { Catalogue } from './catalogue.ts'
import { bindLength, bindWindow, isAnchored } from './event-window.ts'
import { toQuestion } from './judge.ts'
import { ownValue, propertyType, type EventMeasure } from './measure.ts'
import type { ZonedMoment } from './operand.ts'
import type { EventAnchor, EventStep, EventWindow } from './rule.ts'
import { utc, type TimeZone } from './time/time-zone.ts'
import { unknownName } from './unknown-name.ts'

/** The part of the compile context that events need. */
export interface EventContext {
  readonly schema: ProfileSchema
  readonly catalogue: Catalogue
  readonly dialect: Dialect
  readonly asOf: number
  /** By whose calendar days are counted. Default: UTC. */
  readonly zone?: TimeZone
}

/** The moment of evaluation in microseconds, with its zone. */
export function momentOf({ asOf, zone }: Pick<EventContext, 'asOf' | 'zone'>): ZonedMoment {
  return { asOf: BigInt(asOf) * 1000n, zone: zone ?? utc }
}

/** Which events count, as tests of their row without alias: name, window, properties, and what followed them. */
export function compileFilter(condition: EventMeasure, context: EventContext): Sql {
  const { window, followed_by: chain, not_followed_by: absent } = condition
  const own = compileName(condition, context)
  const tests = [...own, ...compileWindow(window, [condition.event], context)]
  if (chain) tests.push(isAmongMoments(selectFollowed(joinSql(own, ' AND '), chain, context), true, context))
  if (absent) {
    const latest = momentOf(context).asOf - bindLength(absent.within)
    tests.push(sql`${quoteName(context.dialect, 'time')} <= ${{ type: 'datetime', value: latest }}`)
    const followed = selectFollowed(joinSql(own, ' AND '), [absent], context)
    tests.push(isAmongMoments(followed, false, context))
  }
  return joinSql(tests, ' AND ')
}

/** Tests of name and properties; of these, only true lets an event count. */
export function compileName(
  { event, where }: Pick<EventMeasure, 'event' | 'where'>,
  context: EventContext,
): Sql[] {
  const { schema, catalogue, dialect } = context
  if (!ownValue(schema.events, event)) throw unknownName('event', event)
  const properties = (where ?? []).map((asked) => {
    const { property } = asked
    const type = propertyType(schema, event, property)
    if (!type) throw unknownName('property', property)
    const { predicate, negated } = toQuestion({ ...asked, type }, momentOf(context))
    const test = predicate.compile(quoteName(dialect, catalogue.propertyColumn(property)), dialect)
    return negated ? sql`NOT (${test})` : sql`(${test})`
  })
  return [sql`${quoteName(dialect, 'name')} = ${{ type: 'text', value: event }}`, ...properties]
}

/** Tests of the time. `names`: the events that the window is for. */
export function compileWindow(
  window: EventWindow | undefined,
  names: readonly string[],
  context: EventContext,
): Sql[] {
  const bound = bindWindow(window, momentOf(context))
  const time = quoteName(context.dialect, 'time')
  const tests = bound.after === null ? [] : [sql`${time} > ${{ type: 'datetime', value: bound.after }}`]
  tests.push(sql`${time} <= ${{ type: 'datetime', value: bound.until }}`)
  if (!window || !isAnchored(window)) return tests
  const beside = (anchor: EventAnchor | undefined, isAfter: boolean): Sql[] =>
    anchor ? [isAmongMoments(selectBeside(anchor, { names, isAfter }, context), true, context)] : []
  return [...tests, ...beside(window.after_event, true), ...beside(window.before_event, false)]
}

/**
 * A semi-join on person and time: rows that happened to one person in one microsecond share what came before and after them. Both
 * columns are never null.
 */
function isAmongMoments(moments: Sql, holds: boolean, { dialect }: EventContext): Sql {
  const row = sql`(${quoteName(dialect, 'profile_id')}, ${quoteName(dialect, 'time')})`
  return holds ? sql`${row} IN (${moments})` : sql`${row} NOT IN (${moments})`
}

/** Persons and times of events of these names that lie after, or before, the person's first or last other event. */
function selectBeside(
  anchor: EventAnchor,
  { names, isAfter }: { readonly names: readonly string[]; readonly isAfter: boolean },
  context: EventContext,
): Sql {
  const { dialect, catalogue } = context
  const [id, time, name] = ['profile_id', 'time', 'name'].map((text) => quoteName(dialect, text))
  const event = quoteName(dialect, catalogue.event)
  if (!id || !time || !name) return sql``
  const filter = joinSql([...compileName(anchor, context), ...compileWindow(undefined, [], context)], ' AND ')
  const moment = anchor.which === 'first' ? sql`min(${time})` : sql`max(${time})`
  const anchors = sql`SELECT ${id}, ${moment} AS ${quoteName(dialect, 'm0')} FROM ${event} WHERE ${filter} GROUP BY ${id}`
  const wanted = joinSql(
    names.map((value) => sql`${{ type: 'text', value }}`),
    ', ',
  )
  const order = isAfter ? sql`>` : sql`<`
  return sql`SELECT a.${id}, a.${time} FROM ${event} AS a JOIN (${anchors}) AS b ON b.${id} = a.${id} WHERE a.${name} IN (${wanted}) AND a.${time} ${order} b.${quoteName(dialect, 'm0')}`
}

/** Persons and times of events that pass, and that the chain follows. */
function selectFollowed(filter: Sql, [step, ...rest]: readonly EventStep[], context: EventContext): Sql {
  const { dialect } = context
  const [id, time] = [quoteName(dialect, 'profile_id'), quoteName(dialect, 'time')]
  const rows = (test: Sql): Sql =>
    sql`SELECT ${id}, ${time} FROM ${quoteName(dialect, context.catalogue.event)} WHERE ${test}`
  if (!step) return rows(filter)
  const own = joinSql([...compileName(step, context), ...compileWindow(undefined, [], context)], ' AND ')
  const next = rest.length === 0 ? rows(own) : selectFollowed(own, rest, context)
  const until = dialect.addMicros(sql`a.${time}`, dialect.bigint(bindLength(step.within)))
  return sql`SELECT a.${id}, a.${time} FROM (${rows(filter)}) AS a JOIN (${next}) AS b ON b.${id} = a.${id} WHERE b.${time} > a.${time} AND b.${time} <= ${until}`
}
