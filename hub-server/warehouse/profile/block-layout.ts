import type { ProfileSchema, TraitType } from '../../../core/profile/profile-schema.ts'
import { columnTypes, consentColumn, identifierColumn, propertyColumn, traitColumn } from '../tables.ts'
import type { StreamPlan } from './stream-plan.ts'

/** A column of a block: where it goes in the staging table, and the SQL that makes its value of the text `$`. */
export interface BlockColumn {
  readonly name: string
  readonly type: string
  readonly fromText: string
}

interface ConsentName {
  readonly purpose: string
  readonly channel: string
}

/** Which columns the blocks of one stream carry, in order; names what the normaliser puts in them. */
export interface BlockLayout {
  readonly traits: readonly string[]
  /** Those of the traits that an empty field clears. */
  readonly clears: readonly string[]
  readonly kinds: readonly string[]
  readonly consents: readonly ConsentName[]
  readonly properties: readonly string[]
  readonly records: readonly BlockColumn[]
  readonly identifiers: readonly BlockColumn[]
  readonly events: readonly BlockColumn[]
}

/** When a consent was decided, beside its state in `consent_<purpose>__<channel>`; only in the staging table. */
export const decidedColumn = (purpose: string, channel: string): string => `decided_${purpose}__${channel}`

const textColumn = (name: string): BlockColumn => ({ name, type: 'VARCHAR', fromText: '$' })
const idColumn: BlockColumn = { name: 'record_id', type: 'BIGINT', fromText: '$::BIGINT' }
const fromText: Readonly<Record<TraitType, string>> = {
  text: '$',
  number: '$::DOUBLE',
  boolean: '$::BOOLEAN',
  date: '$::DATE',
  datetime: 'epoch_ms($::BIGINT)',
  list: `from_json($::JSON, '["VARCHAR"]')`,
}
const typedColumn = (name: string, type: TraitType): BlockColumn => ({
  name,
  type: columnTypes[type],
  fromText: fromText[type],
})

const traitColumns = (schema: ProfileSchema, traits: readonly string[]): BlockColumn[] =>
  traits.map((trait) => typedColumn(traitColumn(trait), schema.traits[trait]?.type ?? 'text'))

const consentColumns = (consents: readonly ConsentName[]): BlockColumn[] =>
  consents.flatMap(({ purpose, channel }) => [
    textColumn(consentColumn(purpose, channel)),
    typedColumn(decidedColumn(purpose, channel), 'datetime'),
  ])

const propertyColumns = (schema: ProfileSchema, properties: readonly string[]): BlockColumn[] => {
  const types = propertyTypes(schema)
  return properties.map((property) => typedColumn(propertyColumn(property), types.get(property) ?? 'text'))
}

/** Properties of all events with their types; one name has one type. */
export function propertyTypes(schema: ProfileSchema): ReadonlyMap<string, TraitType> {
  return new Map(Object.values(schema.events).flatMap(({ properties }) => Object.entries(properties)))
}

/** All consents of the profile schema. */
export const consentNames = (schema: ProfileSchema): ConsentName[] =>
  Object.entries(schema.consents).flatMap(([purpose, { channels }]) =>
    channels.map((channel) => ({ purpose, channel })),
  )

/** The traits that a record says have no value: null in their own columns, like those it does not tell. */
const clearedColumn = typedColumn('cleared', 'list')

const eventColumns = [
  idColumn,
  textColumn('name'),
  { name: 'ordinal', type: 'INTEGER', fromText: '$::INTEGER' },
  typedColumn('time', 'datetime'),
  textColumn('person_key'),
]

const identifierColumns = [idColumn, textColumn('kind'), textColumn('value')]

/** The columns that a stream's mapping fills. Names that are not in the profile schema are left out. */
export function layOut({ mapping, schema }: StreamPlan): BlockLayout {
  const traits = Object.keys(mapping.traits).filter((trait) => Object.hasOwn(schema.traits, trait))
  const clears = traits.filter((trait) => mapping.traits[trait]?.empty === 'clears')
  const kinds = Object.keys(mapping.identifiers).filter((kind) => Object.hasOwn(schema.identifiers, kind))
  const consents = consentNames(schema).filter(({ purpose, channel }) =>
    mapping.consents.some((told) => told.purpose === purpose && told.channel === channel),
  )
  const mapped = new Set(mapping.events.flatMap(({ properties }) => Object.keys(properties)))
  const properties = [...propertyTypes(schema).keys()].filter((property) => mapped.has(property))
  return {
    traits,
    clears,
    kinds,
    consents,
    properties,
    records: [
      idColumn,
      ...traitColumns(schema, traits),
      ...kinds.map((kind) => textColumn(identifierColumn(kind))),
      ...consentColumns(consents),
      ...(clears.length > 0 ? [clearedColumn] : []),
    ],
    identifiers: identifierColumns,
    events: [...eventColumns, ...propertyColumns(schema, properties)],
  }
}

/** The columns of the staging tables: those of any mapping of this schema. */
export function stagingColumns(
  schema: ProfileSchema,
): Pick<BlockLayout, 'records' | 'identifiers' | 'events'> {
  return {
    records: [
      idColumn,
      ...traitColumns(schema, Object.keys(schema.traits)),
      ...Object.keys(schema.identifiers).map((kind) => textColumn(identifierColumn(kind))),
      ...consentColumns(consentNames(schema)),
      clearedColumn,
    ],
    identifiers: identifierColumns,
    events: [...eventColumns, ...propertyColumns(schema, [...propertyTypes(schema).keys()])],
  }
}
