import { compileBatch, type BatchPlan } from '../../../core/segment/compile-batch.ts'
import type { Rule } from '../../../core/segment/rule.ts'
import { orderSegments } from '../../../core/segment/segment-order.ts'
import type { CompileContext } from '../../../core/segment/to-formula.ts'
import { sql, sqlText, type Sql } from '../../../core/sql/sql.ts'
import type { ClickHouse } from '../../support/clickhouse.ts'

/** A segment and the profile id of a member. */
export type MemberPair = readonly [string, bigint]

/** Runs the plan step by step, each into a table, and reads who is a member of what. */
export function evaluateTogether(
  clickhouse: ClickHouse,
  segments: ReadonlyMap<string, Rule>,
  context: CompileContext,
): MemberPair[] {
  if (segments.size === 0) return []
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

function readSeats(plan: BatchPlan, rows: readonly (readonly bigint[])[]): MemberPair[] {
  const places = [...plan.seats].map(([segment, { column, bit }]) => ({
    segment,
    place: plan.seatColumns.indexOf(column) + 1,
    bit,
  }))
  return rows.flatMap((row) =>
    places.flatMap(({ segment, place, bit }): MemberPair[] =>
      ((row[place] ?? 0n) & bit) === 0n ? [] : [[segment, row[0] ?? 0n]],
    ),
  )
}
