import { compileBatch, type BatchPlan } from '../../../core/segment/compile-batch.ts'
import type { Rule } from '../../../core/segment/rule.ts'
import { orderSegments } from '../../../core/segment/segment-order.ts'
import type { CompileContext } from '../../../core/segment/to-formula.ts'
import type { Sql } from '../../../core/sql/sql.ts'
import type { DuckDbSession } from '../duckdb.ts'
import { restrictedProfiles } from '../erasure/restriction.ts'
import { toDuckDb } from './bound-values.ts'

/**
 * Temporary tables that hold one evaluation. They are made inside a transaction, so a failure leaves none behind; `drop` removes them
 * when the transaction is going to be committed.
 */
export interface EvaluationTables {
  readonly plan: BatchPlan
  /** profile_id and the plan's words: one row a profile. */
  readonly bits: string
  /** The plan's words, `people`, and the plan's seat columns: one row a pattern. */
  readonly patterns: string
  /** A name for one more temporary table, which `drop` removes too. */
  reserve(name: string): string
  drop(): Promise<void>
}

let evaluations = 0

/** Evaluates segments together into temporary tables. Must run inside a transaction. */
export async function fillEvaluationTables(
  duckdb: DuckDbSession,
  segments: ReadonlyMap<string, Rule>,
  context: CompileContext,
): Promise<EvaluationTables> {
  const plan = compileBatch(segments, orderSegments(segments), context)
  evaluations += 1
  const prefix = `evaluation_${evaluations}`
  const made: string[] = []
  const reserve = (name: string): string => {
    const table = `${prefix}_${name}`
    made.push(table)
    return table
  }
  const make = async (name: string, select: Sql): Promise<string> => {
    const table = reserve(name)
    const { text, params } = toDuckDb(select)
    await duckdb.run(`CREATE TEMP TABLE ${table} AS ${text}`, params)
    return table
  }
  const facts = plan.facts && (await make('facts', plan.facts))
  const bits = await make('bits', plan.bits(facts))
  await duckdb.run(`DELETE FROM ${bits} WHERE profile_id IN (${restrictedProfiles})`)
  let patterns = await make('patterns', plan.patterns(bits))
  for (const [index, level] of plan.levels.entries()) patterns = await make(`level_${index}`, level(patterns))
  return {
    plan,
    bits,
    patterns,
    reserve,
    async drop() {
      for (const table of made.splice(0)) await duckdb.run(`DROP TABLE IF EXISTS ${table}`)
    },
  }
}
