import {
  BIGINT,
  BOOLEAN,
  DATE,
  DOUBLE,
  DuckDBDateValue,
  DuckDBTimestampValue,
  LIST,
  listValue,
  TIMESTAMP,
  UBIGINT,
  VARCHAR,
  type DuckDBType,
  type DuckDBValue,
} from '@duckdb/node-api'
import type { ProfileSchema, TraitType } from '../../../core/profile/profile-schema.ts'
import type { Person, Value } from '../../../core/segment/person.ts'
import { openDuckDb, type DuckDb } from '../../../hub-server/warehouse/duckdb.ts'
import {
  consentColumn,
  prepareTables,
  propertyColumn,
  traitColumn,
} from '../../../hub-server/warehouse/tables.ts'

const types: Readonly<Record<string, DuckDBType>> = {
  BIGINT,
  BOOLEAN,
  DATE,
  DOUBLE,
  TIMESTAMP,
  UBIGINT,
  VARCHAR,
  'VARCHAR[]': LIST(VARCHAR),
}

type StoredRow = Readonly<Record<string, DuckDBValue | undefined>>

const epoch = new DuckDBTimestampValue(0n)

/** What a column without a value holds where it may not be null. */
const requiredValues: StoredRow = {
  connection: 'test',
  stream: 'people',
  run_id: 'run',
  version_at: epoch,
  created_at: epoch,
  updated_at: epoch,
  received_at: epoch,
  source_record_id: 0n,
  deleted: false,
}

/** Opens an empty warehouse in memory for a schema. */
export async function openWarehouse(schema: ProfileSchema): Promise<DuckDb> {
  const duckdb = await openDuckDb({ path: ':memory:', threads: 2 })
  await prepareTables(duckdb, schema)
  return duckdb
}

/** Replaces what the warehouse holds by these people; the first has profile id 1. Memberships are left alone. */
export async function storePeople(
  duckdb: DuckDb,
  schema: ProfileSchema,
  people: readonly Person[],
): Promise<void> {
  for (const table of ['profile', 'event', 'record_trait', 'record_identifier', 'delivery'])
    await duckdb.run(`DELETE FROM ${table}`)
  const numbered = people.map((person, index) => ({ person, id: BigInt(index + 1) }))
  await insert(
    duckdb,
    'profile',
    numbered.map(({ person, id }) => ({ profile_id: id, ...profileRow(person, schema) })),
  )
  // Two records a person, so that identifiers are spread over records whose ids are not the person's.
  const records = numbered.flatMap(({ id }) => [
    { record_id: id, profile_id: id },
    { record_id: id + 100_000n, profile_id: id },
  ])
  await insert(duckdb, 'record_trait', records)
  await insert(
    duckdb,
    'record_identifier',
    numbered.flatMap(({ person, id }) =>
      Object.entries(person.identifiers).flatMap(([kind, values]) =>
        values.map((value, index) => ({ record_id: index % 2 === 0 ? id : id + 100_000n, kind, value })),
      ),
    ),
  )
  await insert(
    duckdb,
    'delivery',
    numbered.flatMap(({ person, id }) =>
      ['to-ads', 'to-mail'].map((sync) => ({
        sync,
        profile_id: id,
        held: person.audiences?.has(sync) === true,
        status: 'applied',
        operation: 'add',
        row_hash: 0n,
        fields: '{}',
        acknowledged_at: epoch,
      })),
    ),
  )
  await insert(
    duckdb,
    'event',
    numbered.flatMap(({ person, id }) =>
      person.events.map(({ messageId, name, time, properties }) => ({
        message_id: messageId,
        record_id: id,
        profile_id: id,
        name,
        time: new DuckDBTimestampValue(time),
        ...propertyRow(properties, schema),
      })),
    ),
  )
}

function profileRow(person: Person, schema: ProfileSchema): StoredRow {
  const traits = Object.entries(schema.traits).map(([trait, { type }]) => [
    traitColumn(trait),
    toStored(person.traits[trait], type),
  ])
  const consents = Object.entries(schema.consents).flatMap(([purpose, { channels }]) =>
    channels.map((channel) => [consentColumn(purpose, channel), person.consents[`${purpose}.${channel}`]]),
  )
  return Object.fromEntries([...traits, ...consents])
}

function propertyRow(
  properties: Readonly<Record<string, Value | undefined>>,
  schema: ProfileSchema,
): StoredRow {
  const typeOf = Object.assign(
    {},
    ...Object.values(schema.events).map((event) => event.properties),
  ) as Record<string, TraitType>
  return Object.fromEntries(
    Object.entries(properties).map(([property, value]) => [
      propertyColumn(property),
      toStored(value, typeOf[property] ?? 'text'),
    ]),
  )
}

function toStored(value: Value | undefined, type: TraitType): DuckDBValue | undefined {
  if (typeof value === 'bigint')
    return type === 'date' ? new DuckDBDateValue(Number(value)) : new DuckDBTimestampValue(value)
  return typeof value === 'object' ? listValue([...value]) : value
}

async function insert(duckdb: DuckDb, table: string, rows: readonly StoredRow[]): Promise<void> {
  const columns = await duckdb.all<{ column_name: string; data_type: string }>(
    `SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = $1 AND schema_name = 'main'
     ORDER BY column_index`,
    [table],
  )
  await duckdb.append(table, {
    types: columns.map(({ data_type }) => types[data_type] ?? VARCHAR),
    columns: columns.map(({ column_name: name }) =>
      rows.map((row) => row[name] ?? requiredValues[name] ?? null),
    ),
  })
}
