import { compileRule } from '../../../core/segment/compile-rule.ts'
import type { Rule } from '../../../core/segment/rule.ts'
import type { CompileContext } from '../../../core/segment/to-formula.ts'
import { quoteName } from '../../../core/sql/dialect.ts'
import { joinSql, sql, type Sql } from '../../../core/sql/sql.ts'

/** Segment → profile ids of its members, in order. Every segment has an entry. */
export type Members = Readonly<Record<string, readonly number[]>>

/** Members from rows of (segment, profile id). */
export function toMembers(
  segments: ReadonlyMap<string, Rule>,
  rows: Iterable<readonly [string, bigint]>,
): Members {
  const members: Record<string, number[]> = Object.fromEntries(
    [...segments.keys()].map((name): [string, number[]] => [name, []]),
  )
  for (const [segment, profileId] of rows) members[segment]?.push(Number(profileId))
  for (const ids of Object.values(members)) ids.sort((a, b) => a - b)
  return members
}

/** Statements of rules, each compiled alone, put under each other: rows of `segment` and `profile_id`. */
export function selectAlone(segments: ReadonlyMap<string, Rule>, context: CompileContext): Sql {
  const id = quoteName(context.dialect, 'profile_id')
  const selects = [...segments].map(
    ([name, rule]) =>
      sql`SELECT ${{ type: 'text', value: name }} AS segment, a.${id} AS ${id} FROM (${compileRule(rule, context)}) AS a`,
  )
  return joinSql(selects, ' UNION ALL ')
}
