import { isSupportedCountry } from 'libphonenumber-js/max'
import { checkComputedTraits } from '../../core/computed/check-computed-traits.ts'
import type { ProfileSchemaManifest } from '../../core/manifest/manifest.ts'
import { isPicked } from '../../core/manifest/picked-segment.ts'
import { pickedProperty, pickEvents } from '../../core/membership/picked-rule.ts'
import { checkImputed } from './check-imputed.ts'
import type { PathFault } from './manifest-fault.ts'
import { checkName, checkSourceName, type WorkspaceView } from './workspace-view.ts'

/**
 * What zod cannot see in a profile schema: trusted connections exist, a property has one type, no two consents share a column, computed
 * traits can be computed, enriched ones are enriched, imputed ones stand in for a trait of their type.
 */
export function checkProfileSchema(schema: ProfileSchemaManifest, view: WorkspaceView): PathFault[] {
  const priority = schema.source_priority.flatMap((connection, index) =>
    checkSourceName(view, connection, ['source_priority', index]),
  )
  return [
    ...priority,
    ...checkPropertyTypes(schema),
    ...checkConsentColumns(schema),
    ...checkCountry(schema),
    ...checkComputedTraits(schema),
    ...checkEnriched(schema, view),
    ...checkImputed(schema),
    ...checkPickNames(schema, view),
  ]
}

/** Where segments are picked by hand, the hub keeps two events of its own: nobody else may call theirs so. */
function checkPickNames(schema: ProfileSchemaManifest, view: WorkspaceView): PathFault[] {
  if (![...view.segments.values()].some((segment) => isPicked(segment))) return []
  const taken = [...Object.values(pickEvents), pickedProperty]
  return Object.entries(schema.events).flatMap(([event, { properties }]) => [
    ...refuseTaken(['events', event], taken),
    ...Object.keys(properties).flatMap((name) => refuseTaken(['events', event, 'properties', name], taken)),
  ])
}

function refuseTaken(path: readonly string[], taken: readonly string[]): PathFault[] {
  const name = path.at(-1) ?? ''
  if (!taken.includes(name)) return []
  const params = { key: name, expected: `≠ "${name}"`, found: name, suggestion: '' }
  return [{ path, at: 'key', code: 'manifest.invalid_value', params }]
}

/** An enriched trait names an enrichment that fills it, and is not computed too. */
function checkEnriched(schema: ProfileSchemaManifest, view: WorkspaceView): PathFault[] {
  return Object.entries(schema.traits).flatMap(([trait, { enriched_by: name, computed }]): PathFault[] => {
    if (name === undefined) return []
    const path = ['traits', trait, 'enriched_by']
    if (computed !== undefined) {
      const params = { key: 'enriched_by', suggestion: '', allowed: 'type, description, computed' }
      return [{ path, at: 'key', code: 'manifest.unknown_key', params }]
    }
    const known = view.names.get('enrichment') ?? []
    const faults = checkName({ kind: 'enrichment', name, known, path })
    const enrichment = view.enrichments.get(name)
    if (faults.length > 0 || !enrichment || Object.hasOwn(enrichment.traits, trait)) return faults
    const params = {
      key: 'enriched_by',
      expected: `enrichment that fills ${trait}`,
      found: name,
      suggestion: '',
    }
    return [{ path, code: 'manifest.invalid_value', params }]
  })
}

/** One name has one type in all events: it is one column. */
function checkPropertyTypes(schema: ProfileSchemaManifest): PathFault[] {
  const typeOf = new Map<string, { type: string; event: string }>()
  const faults: PathFault[] = []
  for (const [event, { properties }] of Object.entries(schema.events)) {
    for (const [property, type] of Object.entries(properties)) {
      const first = typeOf.get(property) ?? { type, event }
      typeOf.set(property, first)
      if (first.type === type) continue
      const expected = `${JSON.stringify(first.type)} (as in event ${first.event})`
      faults.push({
        path: ['events', event, 'properties', property],
        code: 'manifest.invalid_value',
        params: { key: property, expected, found: JSON.stringify(type), suggestion: first.type },
      })
    }
  }
  return faults
}

/** "a" + "b__c" and "a__b" + "c" would be one consent: refused rather than mixed. */
function checkConsentColumns(schema: ProfileSchemaManifest): PathFault[] {
  const seen = new Set<string>()
  return Object.entries(schema.consents).flatMap(([purpose, { channels }]) =>
    channels.flatMap((channel, index): PathFault[] => {
      const column = `${purpose}__${channel}`
      if (!seen.has(column)) {
        seen.add(column)
        return []
      }
      const params = { kind: 'channel', name: channel, first: column }
      return [{ path: ['consents', purpose, 'channels', index], code: 'manifest.duplicate_name', params }]
    }),
  )
}

function checkCountry({ default_country: country }: ProfileSchemaManifest): PathFault[] {
  if (country === undefined || isSupportedCountry(country)) return []
  const params = { key: 'default_country', expected: 'ISO 3166-1 country', found: country, suggestion: '' }
  return [{ path: ['default_country'], code: 'manifest.invalid_value', params }]
}
