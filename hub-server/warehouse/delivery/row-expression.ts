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
    .map(([field, source]) => ({
      field,
      ...toColumn(source, schema, destination.fields[field]?.matches !== undefined),
    }))
  const parts = columns.map(({ field, column, json, constant }) =>
    constant === undefined
      ? `CASE WHEN ${column} IS NOT NULL THEN ${bind(`${JSON.stringify(field)}:`)} || ${json} END`
      : bind(`${JSON.stringify(field)}:${JSON.stringify(constant)}`),
  )
  const key = toKey(destination, schema)
  const matching = columns
    .filter(({ field, constant }) => constant === undefined && destination.fields[field]?.matches)
    .map(({ column }) => column)
  return {
    consented: toConsented(sync, schema),
    matchable: `coalesce(${[...matching, key, 'NULL'].join(', ')}) IS NOT NULL`,
    key,
    fields: parts.length === 0 ? `'{}'` : `'{' || concat_ws(',', ${parts.join(', ')}) || '}'`,
  }
}

interface MappedColumn {
  /** Null where there is no value to send. */
  readonly column: string
  readonly json: string
  readonly constant?: string | number | boolean
}

function toColumn(source: FieldSource, schema: ProfileSchema, matches: boolean): MappedColumn {
  if ('value' in source) return { column: 'true', json: '', constant: source.value }
  const { name, type } = 'trait' in source ? ofTrait(source.trait, schema) : ofIdentifier(source, schema)
  // An empty text names nobody; hashed and sent it would match whoever else has none.
  if (matches && type === 'text') return { column: `nullif(trim(${name}), '')`, json: toJson(name, type) }
  if (type === 'number')
    return { column: `CASE WHEN isfinite(${name}) THEN ${name} END`, json: toJson(name, type) }
  return { column: name, json: toJson(name, type) }
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

function toJson(name: string, type: TraitType): string {
  return type === 'datetime' ? `to_json(strftime(${name}, '%Y-%m-%dT%H:%M:%S.%gZ'))` : `to_json(${name})`
}

function toKey(destination: DestinationDescription, schema: ProfileSchema): string {
  const kind = destination.keyIdentifier
  return kind !== undefined && schema.identifiers[kind] ? `p.${identifierColumn(kind)}` : 'NULL::VARCHAR'
}

function toConsented(sync: DeliverSyncManifest, schema: ProfileSchema): string {
  if (sync.consent === undefined) return 'false'
  if (sync.consent === 'not_required') return 'true'
  const granted = sync.consent.map(({ purpose, channel }) => {
    if (!schema.consents[purpose]?.channels.includes(channel)) {
      throw unknownName('consent', `${purpose}/${channel}`)
    }
    return `p.${consentColumn(purpose, channel)} IS NOT DISTINCT FROM 'granted'`
  })
  return granted.join(' AND ')
}

const unknownName = (kind: string, name: string): AffluentError =>
  new AffluentError('manifest.unknown_reference', { act: 'planning a delivery', kind, name })
