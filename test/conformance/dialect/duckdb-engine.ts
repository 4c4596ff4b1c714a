import {
  BOOLEAN,
  DATE,
  DOUBLE,
  DuckDBDateValue,
  DuckDBTimestampValue,
  INTEGER,
  LIST,
  listValue,
  TIMESTAMP,
  VARCHAR,
  type DuckDBType,
  type DuckDBValue,
} from '@duckdb/node-api'
import type { TraitType } from '../../../core/profile/profile-schema.ts'
import type { Value } from '../../../core/segment/person.ts'
import { sql } from '../../../core/sql/sql.ts'
import { openDuckDb } from '../../../hub-server/warehouse/duckdb.ts'
import { toDuckDb } from '../../../hub-server/warehouse/segment/bound-values.ts'
import { columnTypes } from '../../../hub-server/warehouse/tables.ts'
import type { DialectEngine } from './dialect-engine.ts'

const types: Readonly<Record<TraitType, DuckDBType>> = {
  text: VARCHAR,
  number: DOUBLE,
  boolean: BOOLEAN,
  date: DATE,
  datetime: TIMESTAMP,
  list: LIST(VARCHAR),
}

function toStored(value: Value | undefined, type: TraitType): DuckDBValue {
  if (value === undefined) return null
  if (typeof value === 'bigint')
    return type === 'date' ? new DuckDBDateValue(Number(value)) : new DuckDBTimestampValue(value)
  return typeof value === 'object' ? listValue([...value]) : value
}

/** DuckDB in memory, opened as the hub opens it. */
export async function openDuckDbEngine(): Promise<DialectEngine> {
  const duckdb = await openDuckDb({ path: ':memory:', threads: 1 })
  return {
    async ask(test, type, values) {
      await duckdb.run(`CREATE OR REPLACE TABLE asked (i INTEGER, v ${columnTypes[type]})`)
      await duckdb.append('asked', {
        types: [INTEGER, types[type]],
        columns: [values.map((_, index) => index), values.map((value) => toStored(value, type))],
      })
      const { text, params } = toDuckDb(sql`SELECT (${test}) AS truth FROM asked ORDER BY i`)
      const rows = await duckdb.all<{ truth: boolean | null }>(text, params)
      return rows.map(({ truth }) => truth)
    },
    async roundTrip(name, value) {
      await duckdb.run(toDuckDb(sql`CREATE OR REPLACE TABLE tripped (${name} VARCHAR)`).text)
      const write = toDuckDb(sql`INSERT INTO tripped (${name}) VALUES (${{ type: 'text', value }})`)
      await duckdb.run(write.text, write.params)
      const read = toDuckDb(
        sql`SELECT t.${name} AS v FROM tripped AS t WHERE t.${name} = ${{ type: 'text', value }}`,
      )
      const row = await duckdb.one<{ v: string }>(read.text, read.params)
      return row?.v ?? null
    },
    async select(statement) {
      const { text, params } = toDuckDb(statement)
      const row = await duckdb.one(text, params)
      return row && Object.values(row)[0]
    },
    close: () => duckdb.close(),
  }
}
