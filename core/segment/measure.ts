import type { ProfileSchema, TraitType } from '../profile/profile-schema.ts'
import { microsPerDay } from './calendar.ts'
import type { ZonedMoment } from './operand.ts'
import type { PersonEvent, Value } from './person.ts'
import type { EventCondition, Measure } from './rule.ts'
import { dayIn } from './time/time-zone.ts'

/** Measures that have a value, zero, also for people without any event that counts. The others are missing for them. */
export function isTotal(measure: Measure): boolean {
  return ['count', 'sum', 'distinct', 'frequency'].includes(measure)
}

type EventPropertyType = Exclude<TraitType, 'date' | 'list'>

/** Types of properties each measure can be taken of; `count` takes no property, `first` and `last` also work without. */
export const measurableTypes: Readonly<Record<Measure, readonly EventPropertyType[]>> = {
  count: [],
  sum: ['number'],
  average: ['number'],
  min: ['number', 'datetime'],
  max: ['number', 'datetime'],
  first: ['text', 'number', 'boolean', 'datetime'],
  last: ['text', 'number', 'boolean', 'datetime'],
  distinct: ['text', 'number', 'boolean', 'datetime'],
  frequency: [],
  recency: [],
}

/** Type of an event's property, or undefined when the schema does not have it. */
export function propertyType(schema: ProfileSchema, event: string, property: string): TraitType | undefined {
  return ownValue(ownValue(schema.events, event)?.properties, property)
}

/** Reads a key that the object itself has: names in rules may be "constructor". */
export function ownValue<T>(record: Readonly<Record<string, T>> | undefined, key: string): T | undefined {
  return record && Object.hasOwn(record, key) ? record[key] : undefined
}

/** Measures that are numbers whatever they are taken of. */
export function isNumeric(measure: Measure): boolean {
  return isTotal(measure) || measure === 'average' || measure === 'recency'
}

/** What is computed over events, without what it is compared with. */
export type EventMeasure = Pick<
  EventCondition,
  'event' | 'measure' | 'property' | 'where' | 'window' | 'followed_by' | 'not_followed_by'
>

/** Type of the value that is computed over events. Undefined when its property is not in the schema. */
export function measureType(
  { measure, property, event }: EventMeasure,
  schema: ProfileSchema,
): TraitType | undefined {
  if (isNumeric(measure)) return 'number'
  if (property === undefined) return 'datetime'
  return propertyType(schema, event, property)
}

/**
 * Brings a sum or an average to whole millionths. Amounts are doubles: 0.1 added ten times is 0.9999999999999999, and the last digits
 * depend on the order of adding, which no parallel engine promises. Every dialect computes the same: floor(x × 1e6 + 0.5) / 1e6.
 */
export function toMillionths(value: number): number {
  return Math.floor(value * 1e6 + 0.5) / 1e6
}

/** The value of a measure over the events that count, or undefined when it is missing. */
export function computeMeasure(
  { measure, property }: Pick<EventMeasure, 'measure' | 'property'>,
  events: readonly PersonEvent[],
  moment: ZonedMoment,
): Value | undefined {
  const values = property === undefined ? [] : events.flatMap((event) => event.properties[property] ?? [])
  switch (measure) {
    case 'count':
      return events.length
    case 'sum':
      return toMillionths(total(values))
    case 'average':
      return values.length === 0 ? undefined : toMillionths(total(values) / values.length)
    case 'min':
      return values.reduce<Value | undefined>((a, b) => (a === undefined || b < a ? b : a), undefined)
    case 'distinct':
      return new Set(values).size
    case 'frequency':
      return new Set(events.map(({ time }) => dayIn(moment.zone, time))).size
    case 'recency':
      return daysSince(events, moment)
    case 'max':
      return values.reduce<Value | undefined>((a, b) => (a === undefined || b > a ? b : a), undefined)
    default:
      return valueOfEnd(measure, property, events)
  }
}

/** Days of 24 hours since the last event, with their fraction. */
function daysSince(events: readonly PersonEvent[], { asOf }: ZonedMoment): number | undefined {
  const last = valueOfEnd('last', undefined, events)
  return typeof last === 'bigint' ? Number(asOf - last) / Number(microsPerDay) : undefined
}

function total(values: readonly Value[]): number {
  return values.reduce<number>((sum, value) => (typeof value === 'number' ? sum + value : sum), 0)
}

/** Time of the first or last event, or its property: then of the first or last event that has it. */
function valueOfEnd(
  end: 'first' | 'last',
  property: string | undefined,
  events: readonly PersonEvent[],
): Value | undefined {
  const having =
    property === undefined ? events : events.filter((event) => event.properties[property] !== undefined)
  const ordered = [...having].sort(compareEvents)
  const found = end === 'first' ? ordered[0] : ordered.at(-1)
  return found && (property === undefined ? found.time : found.properties[property])
}

function compareEvents(a: PersonEvent, b: PersonEvent): number {
  if (a.time !== b.time) return a.time < b.time ? -1 : 1
  return compareCodePoints(a.messageId, b.messageId)
}

/** Order of code points, which is the order of UTF-8 bytes that engines compare by; UTF-16 order differs beyond U+FFFF. */
function compareCodePoints(a: string, b: string): number {
  const left = Array.from(a)
  const right = Array.from(b)
  for (let index = 0; index < Math.min(left.length, right.length); index += 1) {
    const difference = (left[index]?.codePointAt(0) ?? 0) - (right[index]?.codePointAt(0) ?? 0)
    if (difference !== 0) return difference
  }
  return left.length - right.length
}
