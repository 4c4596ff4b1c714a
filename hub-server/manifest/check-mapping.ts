import { isDerived } from '../../core/computed/derived-traits.ts'
import type { MappingManifest, ProfileSchemaManifest } from '../../core/manifest/manifest.ts'
import type { FieldMapping } from '../../core/manifest/mapping.ts'
import { isTimeZone } from '../../core/profile/time-zone.ts'
import { checkStream } from './check-stream.ts'
import type { ManifestPath, PathFault } from './manifest-fault.ts'
import { checkConsent, checkName, type ReferredKind, type WorkspaceView } from './workspace-view.ts'

/** Everything a mapping names is there: its connection and stream, and in the profile schema what it fills. */
export function checkMapping(mapping: MappingManifest, view: WorkspaceView): PathFault[] {
  const stream = checkStream(view, mapping, [])
  const schema = view.profileSchema
  if (!schema) return stream
  return [
    ...stream,
    ...checkIdentifiers(mapping.identifiers, schema, ['identifiers']),
    ...checkKeys('trait', mapping.traits, Object.keys(schema.traits), ['traits']),
    ...checkNotDerived(mapping.traits, schema),
    ...checkTimeZones(mapping.traits, ['traits']),
    ...mapping.consents.flatMap((consent, index) => checkConsent(view, consent, ['consents', index])),
    ...mapping.events.flatMap((event, index) => checkEvent(event, schema, ['events', index])),
  ]
}

/** What is computed or joined from a table can never be mistaken for what a source told. */
function checkNotDerived(traits: MappingManifest['traits'], schema: ProfileSchemaManifest): PathFault[] {
  return Object.keys(traits).flatMap((trait): PathFault[] => {
    const definition = schema.traits[trait]
    if (!definition || !isDerived(definition)) return []
    const origin =
      (['computed', 'enriched_by', 'imputed'] as const).find((key) => definition[key] !== undefined) ?? ''
    return [{ path: ['traits', trait], at: 'key', code: 'trait.derived', params: { trait, origin } }]
  })
}

type EventMapping = MappingManifest['events'][number]

function checkEvent(event: EventMapping, schema: ProfileSchemaManifest, path: ManifestPath): PathFault[] {
  const known = Object.keys(schema.events)
  const name = checkName({ kind: 'event', name: event.event, known, path: [...path, 'event'] })
  const properties = schema.events[event.event]?.properties
  return [
    ...name,
    ...checkConditions(event, path),
    ...checkPerson(event, path),
    ...checkIdentifiers(event.person, schema, [...path, 'person']),
    ...checkTimeZones({ time: event.time }, path),
    ...checkTimeZones(event.properties, [...path, 'properties']),
    ...(properties
      ? checkKeys('property', event.properties, Object.keys(properties), [...path, 'properties'])
      : []),
  ]
}

/** An event of nobody could never be found again. */
function checkPerson(event: EventMapping, path: ManifestPath): PathFault[] {
  if (Object.keys(event.person).length > 0) return []
  const params = { key: 'identifier', expected: 'object' }
  return [{ path: [...path, 'person'], code: 'manifest.missing_key', params }]
}

/** "present" and "absent" compare with nothing; all others need a text. */
function checkConditions(event: EventMapping, path: ManifestPath): PathFault[] {
  return event.where.flatMap(({ op, value }, index): PathFault[] => {
    const needsValue = op !== 'present' && op !== 'absent'
    if (needsValue === (value !== undefined)) return []
    const at = [...path, 'where', index]
    return needsValue
      ? [{ path: at, code: 'manifest.missing_key', params: { key: 'value', expected: 'text' } }]
      : [
          {
            path: [...at, 'value'],
            at: 'key',
            code: 'manifest.unknown_key',
            params: { key: 'value', suggestion: '', allowed: 'from, op' },
          },
        ]
  })
}

function checkIdentifiers(
  identifiers: Readonly<Record<string, FieldMapping>>,
  schema: ProfileSchemaManifest,
  path: ManifestPath,
): PathFault[] {
  const misplaced = Object.entries(identifiers).flatMap(([kind, mapping]): PathFault[] => {
    const form = schema.identifiers[kind]?.form
    if (mapping.country_from === undefined || form === undefined || form === 'phone') return []
    const params = { key: 'country_from', suggestion: '', allowed: 'from, apply' }
    return [{ path: [...path, kind, 'country_from'], at: 'key', code: 'manifest.unknown_key', params }]
  })
  return [
    ...checkKeys('identifier', identifiers, Object.keys(schema.identifiers), path),
    ...checkTimeZones(identifiers, path),
    ...misplaced,
  ]
}

/** A zone that the engine does not know would make every time of the field unusable. */
function checkTimeZones(fields: Readonly<Record<string, FieldMapping>>, path: ManifestPath): PathFault[] {
  return Object.entries(fields).flatMap(([name, { apply }]) =>
    apply.flatMap((step, index): PathFault[] => {
      const zone = typeof step === 'object' && 'datetime' in step ? step.datetime.time_zone : undefined
      if (zone === undefined || isTimeZone(zone)) return []
      const at = [...path, name, 'apply', index, 'datetime', 'time_zone']
      const params = {
        key: 'time_zone',
        expected: 'IANA time zone',
        found: zone.slice(0, 64),
        suggestion: '',
      }
      return [{ path: at, code: 'manifest.invalid_value', params }]
    }),
  )
}

function checkKeys(
  kind: ReferredKind,
  entries: Readonly<Record<string, unknown>>,
  known: readonly string[],
  path: ManifestPath,
): PathFault[] {
  return Object.keys(entries).flatMap((name) =>
    checkName({ kind, name, known, path: [...path, name], at: 'key' }),
  )
}
