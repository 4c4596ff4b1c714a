import { beforeColumn, compileTraits, derivedColumns } from '../../../core/computed/compile-traits.ts'
import type { CompileContext } from '../../../core/segment/to-formula.ts'
import { quoteName } from '../../../core/sql/dialect.ts'
import type { DuckDb } from '../duckdb.ts'
import { joinEnrichments } from '../enrichment/join-enrichments.ts'
import { imputeTraits } from '../quality/impute-traits.ts'
import { toDuckDb } from '../segment/bound-values.ts'

const table = 'derived_trait'

/**
 * Brings the computed and enriched traits of all profiles to the moment of the context, in a few set operations, and writes only
 * those that changed. Time alone moves them (an event leaves a window, a birthday comes), so nobody is left out because nothing was
 * pulled. Must run inside a transaction. Returns the number of profiles that changed.
 */
export async function deriveTraits(duckdb: DuckDb, context: CompileContext): Promise<number> {
  await imputeTraits(duckdb, context.schema)
  const columns = derivedColumns(context)
  if (columns.length === 0) return 0
  const quote = (name: string): string => toDuckDb(quoteName(context.dialect, name)).text
  const { text, params } = toDuckDb(compileTraits(context, await joinEnrichments(duckdb, context.schema)))
  const differs = columns.map((column) => `${quote(column)} IS DISTINCT FROM ${quote(beforeColumn(column))}`)
  await duckdb.run(
    `CREATE OR REPLACE TEMP TABLE ${table} AS
     SELECT profile_id, ${columns.map(quote).join(', ')} FROM (${text}) AS d WHERE ${differs.join(' OR ')}`,
    params,
  )
  const set = columns.map((column) => `${quote(column)} = d.${quote(column)}`)
  const changed = await duckdb.run(
    `UPDATE profile SET ${set.join(', ')} FROM ${table} d WHERE d.profile_id = profile.profile_id`,
  )
  await duckdb.run(`DROP TABLE ${table}`)
  return changed
}
