import { selectRanked } from '../../../core/segment/rank/rank-formula.ts'
import { collectRanks } from '../../../core/segment/rank/rank-question.ts'
import type { Rule } from '../../../core/segment/rule.ts'
import type { CompileContext } from '../../../core/segment/to-formula.ts'
import { sql } from '../../../core/sql/sql.ts'
import type { DuckDb } from '../duckdb.ts'
import { toDuckDb } from './bound-values.ts'

/** Keys of the conditions on ranks of these rules within which one profile stands. Each asks for the rank among all people. */
export async function readRanks(
  duckdb: DuckDb,
  profileId: bigint,
  { rules, context }: { readonly rules: Iterable<Rule>; readonly context: CompileContext },
): Promise<ReadonlySet<string>> {
  const within = new Set<string>()
  for (const [key, { condition, zone }] of collectRanks(rules)) {
    const ranked = selectRanked(condition, { ...context, zone })
    const { text, params } = toDuckDb(sql`SELECT 1 AS one FROM (${ranked}) AS t WHERE t.profile_id = `)
    const row = await duckdb.one(`${text} $${params.length + 1}`, [...params, profileId])
    if (row) within.add(key)
  }
  return within
}
