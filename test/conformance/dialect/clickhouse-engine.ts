import { clickhouseColumnTypes } from '../../../core/sql/dialects/clickhouse.ts'
import { sql, sqlText } from '../../../core/sql/sql.ts'
import { openClickHouse } from '../../support/clickhouse.ts'
import type { DialectEngine } from './dialect-engine.ts'

/** ClickHouse within this process. */
export async function openClickHouseEngine(): Promise<DialectEngine> {
  const clickhouse = openClickHouse()
  const asked = sqlText('asked')
  return {
    async ask(test, type, values) {
      clickhouse.run(
        sqlText(`CREATE OR REPLACE TABLE asked (i Int32, v ${clickhouseColumnTypes[type]}) ENGINE = Memory`),
      )
      clickhouse.insert(
        asked,
        values.map((v, i) => ({ i, v: v ?? null })),
      )
      const rows = clickhouse.all(sql`SELECT (${test}) AS truth FROM asked ORDER BY i`)
      return rows.map(([truth]) => (truth === null ? null : Boolean(truth)))
    },
    async roundTrip(name, value) {
      clickhouse.run(sql`CREATE OR REPLACE TABLE tripped (${name} Nullable(String)) ENGINE = Memory`)
      clickhouse.run(sql`INSERT INTO tripped (${name}) SELECT ${{ type: 'text', value }}`)
      const read = sql`SELECT t.${name} AS v FROM tripped AS t WHERE t.${name} = ${{ type: 'text', value }}`
      const [row] = clickhouse.all(read)
      return typeof row?.[0] === 'string' ? row[0] : null
    },
    async select(statement) {
      return clickhouse.all(statement)[0]?.[0]
    },
    close: () => clickhouse.close(),
  }
}
