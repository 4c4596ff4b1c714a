import type { DestinationDescription } from '../../../core/connector/connector.ts'
import { AffluentError } from '../../../core/errors/affluent-error.ts'
import type { DeliverSyncManifest } from '../../../core/manifest/manifest.ts'
import type { FieldSource } from '../../../core/manifest/sync.ts'
import type { ProfileSchema, TraitType } from '../../../core/profile/profile-schema.ts'
import { consentColumn, identifierColumn, traitColumn } from '../tables.ts'

/** Hands a value to the statement as a bound parameter and returns its placeholder. */
export type Bind = (value: string | number | boolean) => string

/** SQL expressions over a row `p` of `profile`: what a destination is sent of a person, and whether it may be. */
export interface RowExpressions {
  /** True when every consent that the sync requires is granted. */
  readonly consented: string
  /** True when one of them is denied in so many words: such a person is taken off at once, whatever guards a run. */
  readonly denied: string
  /** True when at least one field that the platform matches people by has a value. */
  readonly matchable: string
  /** The platform's own key of the person, where an identifier tells it. */
  readonly key: string
  /** The mapped values as JSON text, fields in the order of their names; a missing value is left out, never sent as null. */
  readonly fields: string
}

/** Builds the expressions of a sync. Columns come only from the profile schema; names and constants of the manifest are bound. */
export function toRowExpressions(
  sync: DeliverSyncManifest,
  destination: DestinationDescription,
  schema: ProfileSchema,
  bind: Bind,
): RowExpressions {
  const columns = Object.entries(sync.fields)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([field, source]) => toColumn(field, source, { destination, schema, bind }))
  const key = toKey(destination, schema)
  const matching = columns.flatMap((column) => column.matching ?? [])
  return {
    consented: toConsented(sync, schema),
    denied: toDenied(sync, schema),
    matchable: `coalesce(${[...matching, key, 'NULL'].join(', ')}) IS NOT NULL`,
    key,
    fields: toFieldsJson(columns, bind),
  }
}

interface MappedColumn {
  readonly field: string
  /** True of a row that has a value to send. */
  readonly present: string
  /** The value as SQL that JSON functions take. */
  readonly value: string
  /** Its non-null value where the platform matches people by it. */
  readonly matching?: string
}

/** Rows that have every value, as most do, take the fast function; it would write null for a missing value, so the others do not. */
function toFieldsJson(columns: readonly MappedColumn[], bind: Bind): string {
  if (columns.length === 0) return `'{}'`
  const pairs = columns.map(({ field, value }) => `${bind(field)}, ${value}`)
  const parts = columns.map(
    ({ field, present, value }) =>
      `CASE WHEN ${present} THEN ${bind(`${JSON.stringify(field)}:`)} || to_json(${value}) END`,
  )
  return `CASE WHEN ${columns.map(({ present }) => `(${present})`).join(' AND ')}
    THEN json_object(${pairs.join(', ')})::VARCHAR ELSE '{' || concat_ws(',', ${parts.join(', ')}) || '}' END`
}

function toColumn(field: string, source: FieldSource, context: ColumnContext): MappedColumn {
  const { destination, schema, bind } = context
  if ('value' in source) {
    return { field, present: 'true', value: `${bind(JSON.stringify(source.value))}::JSON` }
  }
  const { name, type } = ofProfile(source, schema)
  const value = type === 'datetime' ? `strftime(${name}, '%Y-%m-%dT%H:%M:%S.%gZ')` : name
  if ('consent' in source && destination.fields[field]?.tellsConsent === true)
    return { field, present: 'true', value: `coalesce(${value}, 'unknown')` }
  const matches = destination.fields[field]?.matches !== undefined
  // An empty text names nobody; hashed and sent it would match whoever else has none. Identifiers are never empty.
  if (matches && type === 'text' && 'trait' in source) {
    return { field, present: `trim(${name}) <> ''`, value, matching: `nullif(trim(${name}), '')` }
  }
  if (type === 'number') return { field, present: `isfinite(${name})`, value }
  return { field, present: `${name} IS NOT NULL`, value, ...(matches && { matching: name }) }
}

interface ColumnContext {
  readonly destination: DestinationDescription
  readonly schema: ProfileSchema
  readonly bind: Bind
}

function ofProfile(
  source: Exclude<FieldSource, { value: unknown }>,
  schema: ProfileSchema,
): { name: string; type: TraitType } {
  if ('trait' in source) return ofTrait(source.trait, schema)
  if ('identifier' in source) return ofIdentifier(source, schema)
  return { name: ofConsent(source.consent, schema), type: 'text' }
}

function ofTrait(trait: string, schema: ProfileSchema): { name: string; type: TraitType } {
  const definition = schema.traits[trait]
  if (!definition) throw unknownName('trait', trait)
  return { name: `p.${traitColumn(trait)}`, type: definition.type }
}

function ofIdentifier(
  source: { identifier: string },
  schema: ProfileSchema,
): { name: string; type: TraitType } {
  if (!schema.identifiers[source.identifier]) throw unknownName('identifier', source.identifier)
  return { name: `p.${identifierColumn(source.identifier)}`, type: 'text' }
}

function toKey(destination: DestinationDescription, schema: ProfileSchema): string {
  const kind = destination.keyIdentifier
  return kind !== undefined && schema.identifiers[kind] ? `p.${identifierColumn(kind)}` : 'NULL::VARCHAR'
}

/** True of a row `p` of `profile` that has all consents of the sync. Without a rule about consent nobody has (unmapped is closed). */
export function toConsented(sync: DeliverSyncManifest, schema: ProfileSchema): string {
  if (sync.consent === undefined) return 'false'
  if (sync.consent === 'not_required') return 'true'
  const granted = sync.consent.map(
    (consent) => `${ofConsent(consent, schema)} IS NOT DISTINCT FROM 'granted'`,
  )
  return granted.join(' AND ')
}

/** True of a row `p` of `profile` where one consent of the sync is denied in so many words. */
export function toDenied(sync: DeliverSyncManifest, schema: ProfileSchema): string {
  if (sync.consent === undefined || sync.consent === 'not_required') return 'false'
  const denied = sync.consent.map((consent) => `${ofConsent(consent, schema)} IS NOT DISTINCT FROM 'denied'`)
  return `(${denied.join(' OR ')})`
}

function ofConsent(
  { purpose, channel }: { purpose: string; channel: string },
  schema: ProfileSchema,
): string {
  if (!schema.consents[purpose]?.channels.includes(channel))
    throw unknownName('consent', `${purpose}/${channel}`)
  return `p.${consentColumn(purpose, channel)}`
}

const unknownName = (kind: string, name: string): AffluentError =>
  new AffluentError('manifest.unknown_reference', { act: 'planning a delivery', kind, name })
