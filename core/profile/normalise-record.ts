import { createEventMapper } from '../event/map-events.ts'
import type { ProfileEvent } from '../event/profile-event.ts'
import type { MappingManifest } from '../manifest/manifest.ts'
import type { JsonObject } from '../port/json.ts'
import { createFieldMapper } from './apply-mapping.ts'
import type { InvalidValue, ReportInvalid } from './invalid-value.ts'
import { createConsentMapper, type Consent } from './map-consents.ts'
import { createIdentifierMapper, type Identifier } from './map-identifiers.ts'
import type { ProfileSchema } from './profile-schema.ts'
import { Refusal } from './refusal.ts'
import { toTraitValue, type TraitValue } from './trait-value.ts'

/** What the mapping made of one source record. */
export interface NormalisedRecord {
  readonly identifiers: readonly Identifier[]
  /** A trait that is null is known to be empty; one that is not a key was not told. */
  readonly traits: Readonly<Record<string, TraitValue>>
  readonly consents: readonly Consent[]
  readonly events: readonly ProfileEvent[]
  readonly invalid: readonly InvalidValue[]
}

export type NormaliseRecord = (fields: JsonObject) => NormalisedRecord

/** The part of a mapping manifest that says what records become. */
export type RecordMapping = Pick<MappingManifest, 'identifiers' | 'traits' | 'consents' | 'events'>

/**
 * Binds a mapping to a profile schema: a pure function from the raw fields of a source record to identifiers, traits, consents and
 * events. A value that cannot be used is reported in `invalid`, and the record keeps its other values. It never throws.
 */
export function createNormaliser(mapping: RecordMapping, schema: ProfileSchema): NormaliseRecord {
  const mapIdentifiers = createIdentifierMapper(mapping.identifiers, schema)
  const mapTraits = createTraitMapper(mapping.traits, schema)
  const mapConsents = createConsentMapper(mapping.consents)
  const mapEvents = createEventMapper(mapping.events, schema)
  return (fields) => {
    const invalid: InvalidValue[] = []
    const report: ReportInvalid = (field, { code }) => void invalid.push({ field, code })
    const identifiers = mapIdentifiers(fields, report)
    return {
      identifiers,
      traits: mapTraits(fields, report),
      consents: mapConsents(fields, report),
      events: mapEvents(fields, identifiers, report),
      invalid,
    }
  }
}

function createTraitMapper(
  mappings: RecordMapping['traits'],
  schema: ProfileSchema,
): (fields: JsonObject, report: ReportInvalid) => Readonly<Record<string, TraitValue>> {
  const mappers = Object.entries(mappings).flatMap(([trait, mapping]) => {
    const definition = schema.traits[trait]
    const field = [mapping.from].flat()[0] ?? trait
    return definition ? [{ trait, type: definition.type, field, map: createFieldMapper(mapping) }] : []
  })
  return (fields, report) => {
    const traits: Record<string, TraitValue> = {}
    for (const { trait, type, field, map } of mappers) {
      const mapped = map(fields)
      const value = mapped instanceof Refusal ? mapped : toTraitValue(mapped, type)
      if (value instanceof Refusal) report(field, value)
      else if (value !== undefined) traits[trait] = value
    }
    return traits
  }
}
