import type { MappingManifest } from '../manifest/manifest.ts'
import type { JsonObject } from '../port/json.ts'
import { createFieldMapper, type MapField } from '../profile/apply-mapping.ts'
import type { ReportInvalid } from '../profile/invalid-value.ts'
import { createIdentifierMapper, type Identifier } from '../profile/map-identifiers.ts'
import type { ProfileSchema, TraitType } from '../profile/profile-schema.ts'
import { Refusal } from '../profile/refusal.ts'
import { toTraitValue, type TraitValue } from '../profile/trait-value.ts'
import type { ProfileEvent } from './profile-event.ts'
import { createRecordFilter } from './record-condition.ts'

type EventMapping = MappingManifest['events'][number]
type MapEvent = (
  fields: JsonObject,
  own: readonly Identifier[],
  report: ReportInvalid,
) => Omit<ProfileEvent, 'ordinal'> | undefined

/**
 * Binds the event mappings of a stream. A record whose event has no usable time (`missing_time`) or nobody who did it
 * (`nobody`) gives no such event, and says so; its other events and values stay.
 */
export function createEventMapper(
  mappings: readonly EventMapping[],
  schema: ProfileSchema,
): (fields: JsonObject, own: readonly Identifier[], report: ReportInvalid) => readonly ProfileEvent[] {
  const mappers = mappings.map((mapping) => bindEvent(mapping, schema))
  return (fields, own, report) => {
    const events: ProfileEvent[] = []
    for (const map of mappers) {
      const event = map(fields, own, report)
      if (!event) continue
      const ordinal = 1 + events.filter((other) => other.name === event.name).length
      events.push({ ...event, ordinal })
    }
    return events
  }
}

function bindEvent(mapping: EventMapping, schema: ProfileSchema): MapEvent {
  const applies = createRecordFilter(mapping.where)
  const mapPerson = createIdentifierMapper(mapping.person, schema)
  const mapTime = createFieldMapper(mapping.time)
  const mapProperties = bindProperties(mapping, schema)
  const timeField = [mapping.time.from].flat()[0] ?? 'time'
  return (fields, own, report) => {
    if (!applies(fields)) return undefined
    const time = readTime(mapTime, fields)
    if (time instanceof Refusal) return reportAndDrop(report, timeField, time)
    const person = mapPerson(fields, report)
    if (person.length === 0) return reportAndDrop(report, mapping.event, new Refusal('nobody'))
    return {
      name: mapping.event,
      time,
      person,
      own: person.every((one) => own.some((other) => other.kind === one.kind && other.value === one.value)),
      properties: mapProperties(fields, report),
    }
  }
}

function reportAndDrop(report: ReportInvalid, field: string, refusal: Refusal): undefined {
  report(field, refusal)
}

function readTime(map: MapField, fields: JsonObject): number | Refusal {
  const mapped = map(fields)
  if (mapped instanceof Refusal) return mapped
  const time = toTraitValue(mapped, 'datetime')
  if (time instanceof Refusal) return time
  return typeof time === 'number' ? time : new Refusal('missing_time')
}

function bindProperties(
  mapping: EventMapping,
  schema: ProfileSchema,
): (fields: JsonObject, report: ReportInvalid) => Readonly<Record<string, TraitValue>> {
  const known: Readonly<Record<string, TraitType>> = schema.events[mapping.event]?.properties ?? {}
  const mappers = Object.entries(mapping.properties).flatMap(([name, from]) => {
    const type = known[name]
    return type === undefined
      ? []
      : [{ name, type, field: [from.from].flat()[0] ?? name, map: createFieldMapper(from) }]
  })
  return (fields, report) => {
    const properties: Record<string, TraitValue> = {}
    for (const { name, type, field, map } of mappers) {
      const mapped = map(fields)
      const value = mapped instanceof Refusal ? mapped : toTraitValue(mapped, type)
      if (value instanceof Refusal) report(field, value)
      else if (value !== undefined) properties[name] = value
    }
    return properties
  }
}
