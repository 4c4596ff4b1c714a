import type { ProfileSchema } from '../../profile/profile-schema.ts'
import { sql } from '../../sql/sql.ts'
import { microsPerDay } from '../calendar.ts'
import { parseAgo, parseDuration } from '../duration.ts'
import { bindLength, isAnchored } from '../event-window.ts'
import type { Comparison } from '../judge.ts'
import { measureType, ownValue, propertyType, type EventMeasure } from '../measure.ts'
import type { ZonedMoment } from '../operand.ts'
import type { EventWindow, NetMeasure, PropertyCondition } from '../rule.ts'
import { readPeriod } from '../time/period.ts'
import { dayIn, startOfDay } from '../time/time-zone.ts'
import { comparisonDues, periodEnd } from './comparison-dues.ts'
import { exactly, type Due, type Passing } from './due.ts'
import { edgeOf, now, whenReached } from './edge.ts'

/** When events of a name may make a condition come out otherwise: by their time, or by the value of one of their properties. */
export interface EventDue {
  readonly event: string
  /** Undefined: the event's time. */
  readonly property: string | undefined
  readonly due: Due | Passing
}

interface Ground {
  readonly schema: ProfileSchema
  readonly moment: ZonedMoment
}

/** A measure over events, and what its value is compared with (none: a computed trait holds the value itself). */
export interface AskedMeasure {
  readonly asked: EventMeasure
  readonly comparison?: Pick<Comparison, 'op' | 'value'>
}

/**
 * Everything that time alone may do to a measure: events come true whose time had not come, enter and leave windows, are alone for long
 * enough, grow old; and properties are compared with instants that move on. Windows are looked at without the conditions on properties,
 * so that rules share them.
 */
export function measureDues({ asked, comparison }: AskedMeasure, ground: Ground): readonly EventDue[] {
  const { event, window, followed_by: chain, not_followed_by: absent } = asked
  const { moment } = ground
  const anchors = window && isAnchored(window) ? [window.after_event, window.before_event] : []
  const beside = [...(chain ?? []), absent, ...anchors].flatMap((each) => each ?? [])
  const own = [...windowDues(window, moment), ...(absent ? [agedDue(bindLength(absent.within), moment)] : [])]
  return [
    ...[asked, ...beside].flatMap((each) => comesTrue(each, ground)),
    ...own.map((due) => ({ event, property: undefined, due })),
    ...(comparison ? valueDues(asked, comparison, ground) : []),
  ]
}

/** The same for weighted sums over several events. */
export function netDues({ net, window }: NetMeasure, ground: Ground): readonly EventDue[] {
  return net.flatMap((term) => [
    ...comesTrue(term, ground),
    ...windowDues(window, ground.moment).map((due) => ({ event: term.event, property: undefined, due })),
  ])
}

/** Events do not count before their time; and what their properties are compared with may move on. */
function comesTrue(
  { event, where }: { readonly event: string; readonly where?: readonly PropertyCondition[] | undefined },
  { schema, moment }: Ground,
): EventDue[] {
  const filters = (where ?? []).flatMap((filter) => {
    const type = propertyType(schema, event, filter.property)
    if (!type) return []
    return comparisonDues({ ...filter, type }, moment).map((due) => ({
      event,
      property: filter.property,
      due,
    }))
  })
  return [{ event, property: undefined, due: whenReached(now, moment) }, ...filters]
}

function windowDues(window: EventWindow | undefined, moment: ZonedMoment): (Due | Passing)[] {
  if (!window || isAnchored(window)) return []
  if ('last' in window) {
    const duration = parseDuration(window.last)
    return duration ? [whenReached(edgeOf(duration, 'back', moment.zone), moment)] : []
  }
  if ('during' in window) return [duringDue(window.during, moment)]
  return [window.from, window.to].flatMap((end) => {
    const ago = end === undefined ? undefined : parseAgo(end)
    return ago ? [whenReached(edgeOf(ago, 'back', moment.zone), moment, 'or_passes')] : []
  })
}

function duringDue(text: string, moment: ZonedMoment): Due {
  const first = startOfDay(moment.zone, readPeriod(text, dayIn(moment.zone, moment.asOf))?.from ?? 0n)
  const end = exactly(periodEnd(text, moment))
  return (column, dialect) => sql`CASE WHEN ${dialect.toMicros(column)} >= ${exactly(first)} THEN ${end} END`
}

/** When so many microseconds have gone by since. */
function agedDue(micros: bigint, moment: ZonedMoment): Due | Passing {
  return whenReached({ at: (instant) => instant - micros, lag: micros, isFixed: true }, moment)
}

function valueDues(
  asked: EventMeasure,
  comparison: Pick<Comparison, 'op' | 'value'>,
  { schema, moment }: Ground,
): EventDue[] {
  const { event, measure, property } = asked
  if (measure === 'recency')
    return recencyDues(comparison.value, moment).map((due) => ({ event, property: undefined, due }))
  const type = measureType(asked, schema)
  if (!type || !ownValue(schema.events, event)) return []
  return comparisonDues({ ...comparison, type }, moment).map((due) => ({ event, property, due }))
}

/** Beyond it lies no instant that a rule can mean: 27,000 years. */
const mostDays = 1e7
/** A double of days that is brought to microseconds may be a few off. */
const rounding = 1000n

function recencyDues(value: Comparison['value'], { asOf }: ZonedMoment): Passing[] {
  return [value].flat().flatMap((days): Passing[] => {
    if (typeof days !== 'number' || !Number.isFinite(days)) return []
    const micros = BigInt(Math.floor(Math.min(Math.max(days, -mostDays), mostDays) * Number(microsPerDay)))
    return [{ asOf, from: asOf - micros - rounding, lag: micros - rounding }]
  })
}
