import type { ProfileSchema } from '../../../core/profile/profile-schema.ts'
import type { Person } from '../../../core/segment/person.ts'
import { quoteName } from '../../../core/sql/dialect.ts'
import { clickhouseColumnTypes, clickhouseDialect } from '../../../core/sql/dialects/clickhouse.ts'
import { joinSql, sql, sqlText, type Sql } from '../../../core/sql/sql.ts'
import { warehouseCatalogue } from '../../../hub-server/warehouse/segment/warehouse-catalogue.ts'
import { consentColumn, propertyColumn, traitColumn } from '../../../hub-server/warehouse/tables.ts'
import { openClickHouse, type ClickHouse } from '../../support/clickhouse.ts'
import { evaluateTouched, noteEarlier } from './clickhouse-changes.ts'
import { evaluateTogether } from './clickhouse-evaluation.ts'
import { selectAlone, toMembers } from './members.ts'
import { toPeopleRows } from './people-rows.ts'
import type { RuleEngine, RuleMoment } from './rule-engine.ts'

/** ClickHouse with the tables that rules read, and memberships of the last evaluation. */
export async function openClickHouseRules({ schema, asOf }: RuleMoment): Promise<RuleEngine> {
  const clickhouse = openClickHouse()
  const context = { schema, catalogue: warehouseCatalogue, dialect: clickhouseDialect, asOf }
  createTables(clickhouse, schema)
  const store = (people: readonly Person[]): void => storeInClickHouse(clickhouse, schema, people)
  return {
    store: async (people) => store(people),
    async together(segments) {
      const rows = evaluateTogether(clickhouse, segments, context)
      clickhouse.run(sql`TRUNCATE TABLE ${sqlText(warehouseCatalogue.membership)}`)
      clickhouse.insert(
        sqlText(warehouseCatalogue.membership),
        rows.map(([segment, profile_id]) => ({ segment, profile_id })),
      )
      return toMembers(segments, rows)
    },
    async followChange({ before, after, changed, from }, segments) {
      store(before)
      const earlier = noteEarlier(clickhouse, segments, { ...context, asOf: from })
      store(after)
      const touched = changed.map((place) => BigInt(place + 1))
      const rows = evaluateTouched(clickhouse, { segments, earlier, touched }, context)
      return { members: toMembers(segments, rows), scope: 'touched' }
    },
    async alone(segments) {
      const rows = clickhouse.all(selectAlone(segments, context)) as [string, bigint][]
      return toMembers(segments, rows)
    },
    close: () => clickhouse.close(),
  }
}

/** Makes the tables that rules and computed traits read, anew where they are there. */
export function createTables(clickhouse: ClickHouse, schema: ProfileSchema): void {
  for (const [table, columns] of Object.entries(tablesOf(schema)))
    clickhouse.run(
      sql`CREATE OR REPLACE TABLE ${sqlText(table)} (${joinSql(columns.map(toColumn), ', ')}) ENGINE = MergeTree ORDER BY tuple()`,
    )
}

/** These people instead of those who are there. The first has profile id 1. */
export function storeInClickHouse(
  clickhouse: ClickHouse,
  schema: ProfileSchema,
  people: readonly Person[],
): void {
  for (const [name, rows] of Object.entries(toPeopleRows(people, schema))) {
    const table = sqlText(name === 'record_identifier' ? warehouseCatalogue.recordIdentifier : name)
    clickhouse.run(sql`TRUNCATE TABLE ${table}`)
    clickhouse.insert(table, rows)
  }
}

type Column = readonly [name: string, type: string]

const toColumn = ([name, type]: Column): Sql => sql`${quoteName(clickhouseDialect, name)} ${sqlText(type)}`

function tablesOf(schema: ProfileSchema): Readonly<Record<string, readonly Column[]>> {
  const { text, datetime } = clickhouseColumnTypes
  const traits = Object.entries(schema.traits).map(([trait, { type }]): Column => [
    traitColumn(trait),
    clickhouseColumnTypes[type],
  ])
  const consents = Object.entries(schema.consents).flatMap(([purpose, { channels }]) =>
    channels.map((channel): Column => [consentColumn(purpose, channel), text]),
  )
  const properties = Object.values(schema.events).flatMap((event) => Object.entries(event.properties))
  return {
    profile: [['profile_id', 'Int64'], ...traits, ...consents],
    event: [
      ['message_id', 'String'],
      ['record_id', 'Int64'],
      ['profile_id', 'Int64'],
      ['name', 'String'],
      ['time', 'Int64'],
      ...new Map(
        properties.map(([property, type]) => [propertyColumn(property), clickhouseColumnTypes[type]]),
      ),
    ],
    record_trait: [
      ['record_id', 'Int64'],
      ['profile_id', 'Int64'],
      ['deleted', 'Bool'],
    ],
    [warehouseCatalogue.recordIdentifier]: [
      ['record_id', 'Int64'],
      ['kind', 'String'],
      ['value', 'String'],
    ],
    delivery: [
      ['sync', 'String'],
      ['profile_id', 'Int64'],
      ['held', 'Bool'],
    ],
    [warehouseCatalogue.membership]: [
      ['segment', 'String'],
      ['profile_id', 'Int64'],
      ['exited_at', datetime],
    ],
  }
}
