import type { ProfileSchema } from '../../../core/profile/profile-schema.ts'
import { compileBatch, type BatchPlan } from '../../../core/segment/compile-batch.ts'
import type { Rule } from '../../../core/segment/rule.ts'
import { orderSegments } from '../../../core/segment/segment-order.ts'
import type { CompileContext } from '../../../core/segment/to-formula.ts'
import { quoteName } from '../../../core/sql/dialect.ts'
import { clickhouseColumnTypes, clickhouseDialect } from '../../../core/sql/dialects/clickhouse.ts'
import { joinSql, sql, sqlText, type Sql } from '../../../core/sql/sql.ts'
import { warehouseCatalogue } from '../../../hub-server/warehouse/segment/warehouse-catalogue.ts'
import { consentColumn, propertyColumn, traitColumn } from '../../../hub-server/warehouse/tables.ts'
import { openClickHouse, type ClickHouse } from '../../support/clickhouse.ts'
import { selectAlone, toMembers } from './members.ts'
import { toPeopleRows } from './people-rows.ts'
import type { RuleEngine, RuleMoment } from './rule-engine.ts'

/** ClickHouse with the tables that rules read, and memberships of the last evaluation. */
export async function openClickHouseRules({ schema, asOf }: RuleMoment): Promise<RuleEngine> {
  const clickhouse = openClickHouse()
  const context = { schema, catalogue: warehouseCatalogue, dialect: clickhouseDialect, asOf }
  for (const [table, columns] of Object.entries(tablesOf(schema)))
    clickhouse.run(
      sql`CREATE TABLE ${sqlText(table)} (${joinSql(columns.map(toColumn), ', ')}) ENGINE = MergeTree ORDER BY tuple()`,
    )
  return {
    async store(people) {
      for (const [name, rows] of Object.entries(toPeopleRows(people, schema))) {
        const table = sqlText(name === 'record_identifier' ? warehouseCatalogue.recordIdentifier : name)
        clickhouse.run(sql`TRUNCATE TABLE ${table}`)
        clickhouse.insert(table, rows)
      }
    },
    async together(segments) {
      const rows = evaluateTogether(clickhouse, segments, context)
      clickhouse.run(sqlText('TRUNCATE TABLE membership'))
      clickhouse.insert(
        sqlText('membership'),
        rows.map(([segment, profile_id]) => ({ segment, profile_id })),
      )
      return toMembers(segments, rows)
    },
    async alone(segments) {
      const rows = clickhouse.all(selectAlone(segments, context)) as [string, bigint][]
      return toMembers(segments, rows)
    },
    close: () => clickhouse.close(),
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
    membership: [
      ['segment', 'String'],
      ['profile_id', 'Int64'],
      ['exited_at', datetime],
    ],
  }
}

/** Runs the plan step by step, each into a table, and reads who is a member of what. */
function evaluateTogether(
  clickhouse: ClickHouse,
  segments: ReadonlyMap<string, Rule>,
  context: CompileContext,
): [string, bigint][] {
  const plan = compileBatch(segments, orderSegments(segments), context)
  const made: string[] = []
  const make = (name: string, select: Sql): string => {
    made.push(name)
    clickhouse.run(sql`CREATE OR REPLACE TABLE ${sqlText(name)} ENGINE = Memory AS ${select}`)
    return name
  }
  const facts = plan.facts && make('evaluation_facts', plan.facts)
  const bits = make('evaluation_bits', plan.bits(facts))
  let patterns = make('evaluation_patterns', plan.patterns(bits))
  for (const [index, level] of plan.levels.entries())
    patterns = make(`evaluation_level_${index}`, level(patterns))
  const rows = clickhouse.all(selectSeats(plan, { bits, patterns }))
  for (const name of made) clickhouse.run(sqlText(`DROP TABLE ${name}`))
  return readSeats(plan, rows as bigint[][])
}

/** The profile id, then the columns of seats. */
function selectSeats(plan: BatchPlan, tables: { readonly bits: string; readonly patterns: string }): Sql {
  const words = plan.words.join(', ')
  const seats = plan.seatColumns.map((column) => `, l.${column}`).join('')
  return sqlText(
    `SELECT b.profile_id${seats} FROM ${tables.bits} AS b JOIN ${tables.patterns} AS l USING (${words})`,
  )
}

function readSeats(plan: BatchPlan, rows: readonly (readonly bigint[])[]): [string, bigint][] {
  const places = [...plan.seats].map(([segment, { column, bit }]) => ({
    segment,
    place: plan.seatColumns.indexOf(column) + 1,
    bit,
  }))
  return rows.flatMap((row) =>
    places.flatMap(({ segment, place, bit }): [string, bigint][] =>
      ((row[place] ?? 0n) & bit) === 0n ? [] : [[segment, row[0] ?? 0n]],
    ),
  )
}
