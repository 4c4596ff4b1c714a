import type { ProfileSchema } from '../profile/profile-schema.ts'
import { bindLength, bindWindow, isAnchored } from './event-window.ts'
import { judge, toQuestion } from './judge.ts'
import { ownValue, propertyType, type EventMeasure } from './measure.ts'
import type { ZonedMoment } from './operand.ts'
import type { Person, PersonEvent } from './person.ts'
import type { EventAnchor, EventStep } from './rule.ts'
import { utc, type TimeZone } from './time/time-zone.ts'
import { unknownName } from './unknown-name.ts'

/** The schema, the moment of evaluation in microseconds, and the zone by whose calendar days are counted (none: UTC). */
export interface Moment {
  readonly schema: ProfileSchema
  readonly asOf: bigint
  readonly zone?: TimeZone
}

/** The moment with its zone. */
export function toZoned({ asOf, zone }: Moment): ZonedMoment {
  return { asOf, zone: zone ?? utc }
}

/** The person's events that a measure is computed over. */
export function countedEvents(condition: EventMeasure, person: Person, moment: Moment): PersonEvent[] {
  const { window, followed_by: chain, not_followed_by: absent } = condition
  const bound = bindWindow(window, toZoned(moment))
  const { after, before } = anchorTimes(window, person, moment)
  const isFollowed = (event: PersonEvent): boolean =>
    chain === undefined || followers(event, chain, { person, moment })
  const isLeftAlone = (event: PersonEvent): boolean =>
    absent === undefined ||
    (event.time + bindLength(absent.within) <= moment.asOf && !followers(event, [absent], { person, moment }))
  return passingEvents(condition, person, moment).filter(
    (event) =>
      event.time <= bound.until &&
      (bound.after === null || event.time > bound.after) &&
      (after === 'any' || (after !== null && event.time > after)) &&
      (before === 'any' || (before !== null && event.time < before)) &&
      isFollowed(event) &&
      isLeftAlone(event),
  )
}

/** Events of a name, up to the moment, for which every condition on their properties is true. */
function passingEvents(
  { event: name, where }: Pick<EventMeasure, 'event' | 'where'>,
  person: Person,
  moment: Moment,
): PersonEvent[] {
  const { schema, asOf } = moment
  if (!ownValue(schema.events, name)) throw unknownName('event', name)
  const questions = (where ?? []).map((filter) => {
    const { property } = filter
    const type = propertyType(schema, name, property)
    if (!type) throw unknownName('property', property)
    return { property, question: toQuestion({ ...filter, type }, toZoned(moment)) }
  })
  return person.events.filter(
    (event) =>
      event.name === name &&
      event.time <= asOf &&
      questions.every(({ property, question }) => judge(question, event.properties[property]) === true),
  )
}

/** Times of the events that a window lies between: "any" where none is asked for, null where the person has no such event. */
function anchorTimes(
  window: EventMeasure['window'],
  person: Person,
  moment: Moment,
): { readonly after: bigint | null | 'any'; readonly before: bigint | null | 'any' } {
  const asked = window && isAnchored(window) ? window : {}
  const timeOf = (anchor: EventAnchor | undefined): bigint | null | 'any' => {
    if (!anchor) return 'any'
    const times = passingEvents(anchor, person, moment)
      .map(({ time }) => time)
      .toSorted((a, b) => (a < b ? -1 : 1))
    return times.at(anchor.which === 'first' ? 0 : -1) ?? null
  }
  return { after: timeOf(asked.after_event), before: timeOf(asked.before_event) }
}

/** True when the first event of the chain follows in time, and the rest of the chain follows that one. */
function followers(
  event: PersonEvent,
  [step, ...rest]: readonly EventStep[],
  seen: { readonly person: Person; readonly moment: Moment },
): boolean {
  if (!step) return true
  const until = event.time + bindLength(step.within)
  return passingEvents(step, seen.person, seen.moment).some(
    (next) => next.time > event.time && next.time <= until && followers(next, rest, seen),
  )
}
