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
import type { ProfileSchema } from '../../../core/profile/profile-schema.ts'
import type { Person, Value } from '../../../core/segment/person.ts'
import { openDuckDb, type DuckDb } from '../../../hub-server/warehouse/duckdb.ts'
import { prepareTables } from '../../../hub-server/warehouse/tables.ts'
import { toPeopleRows, type PersonRow } from './people-rows.ts'

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

const epoch = new DuckDBTimestampValue(0n)

/** What a column without a value holds where it may not be null. */
const requiredValues: Readonly<Record<string, DuckDBValue>> = {
  connection: 'test',
  stream: 'people',
  run_id: 'run',
  version_at: epoch,
  created_at: epoch,
  updated_at: epoch,
  received_at: epoch,
  source_record_id: 0n,
  status: 'applied',
  operation: 'add',
  row_hash: 0n,
  fields: '{}',
  acknowledged_at: epoch,
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
  for (const [table, rows] of Object.entries(toPeopleRows(people, schema))) {
    await duckdb.run(`DELETE FROM ${table}`)
    await insert(duckdb, table, rows)
  }
}

function toStored(value: Value | undefined, type: DuckDBType | undefined): DuckDBValue | undefined {
  if (typeof value !== 'bigint') return typeof value === 'object' ? listValue([...value]) : value
  if (type === DATE) return new DuckDBDateValue(Number(value))
  return type === TIMESTAMP ? new DuckDBTimestampValue(value) : value
}

async function insert(duckdb: DuckDb, table: string, rows: readonly PersonRow[]): Promise<void> {
  const columns = await duckdb.all<{ column_name: string; data_type: string }>(
    `SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = $1 AND schema_name = 'main'
     ORDER BY column_index`,
    [table],
  )
  await duckdb.append(table, {
    types: columns.map(({ data_type }) => types[data_type] ?? VARCHAR),
    columns: columns.map(({ column_name: name, data_type }) =>
      rows.map((row) => toStored(row[name], types[data_type]) ?? requiredValues[name] ?? null),
    ),
  })
}
