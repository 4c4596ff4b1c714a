import { beforeColumn, compileTraits, derivedColumns } from '../../../core/computed/compile-traits.ts'
import { isDerived } from '../../../core/computed/derived-traits.ts'
import type { CompileContext } from '../../../core/segment/to-formula.ts'
import { quoteName } from '../../../core/sql/dialect.ts'
import { duckdbDialect } from '../../../core/sql/dialects/duckdb.ts'
import type { DuckDb } from '../duckdb.ts'
import { joinEnrichments } from '../enrichment/join-enrichments.ts'
import { imputeTraits } from '../quality/impute-traits.ts'
import { toDuckDb } from '../segment/bound-values.ts'

const table = 'derived_trait'

/**
 * Brings the computed, enriched and imputed traits of all profiles of the catalogue to the moment of the context, in a few set operations,
 * and writes only those that changed. Time alone moves them (an event leaves a window, a birthday comes), so nobody is left out because
 * nothing was pulled. Must run inside a transaction. Returns the number of profiles whose computed or enriched traits changed.
 */
export async function deriveTraits(duckdb: DuckDb, context: CompileContext): Promise<number> {
  const profiles = context.catalogue.profile
  await imputeTraits(duckdb, context.schema, profiles)
  const columns = derivedColumns(context)
  if (columns.length === 0) return 0
  const { text, params } = toDuckDb(compileTraits(context, await joinEnrichments(duckdb, context.schema)))
  const differs = columns.map((column) => `${quote(column)} IS DISTINCT FROM ${quote(beforeColumn(column))}`)
  await duckdb.run(
    `CREATE OR REPLACE TEMP TABLE ${table} AS
     SELECT profile_id, ${columns.map(quote).join(', ')} FROM (${text}) AS d WHERE ${differs.join(' OR ')}`,
    params,
  )
  const set = columns.map((column) => `${quote(column)} = d.${quote(column)}`)
  const changed = await duckdb.run(
    `UPDATE ${profiles} SET ${set.join(', ')} FROM ${table} d WHERE d.profile_id = ${profiles}.profile_id`,
  )
  await duckdb.run(`DROP TABLE ${table}`)
  return changed
}

/**
 * The same for the people of a catalogue of copies, whose changes are then brought into the profiles. Nothing for a schema without derived
 * traits.
 */
export async function deriveCopies(duckdb: DuckDb, context: CompileContext): Promise<void> {
  const derived = Object.entries(context.schema.traits).flatMap(([name, trait]) =>
    isDerived(trait) ? [quote(context.catalogue.traitColumn(name))] : [],
  )
  if (derived.length === 0) return
  await deriveTraits(duckdb, context)
  const set = derived.map((column) => `${column} = c.${column}`)
  const differs = derived.map((column) => `profile.${column} IS DISTINCT FROM c.${column}`)
  await duckdb.run(
    `UPDATE profile SET ${set.join(', ')} FROM ${context.catalogue.profile} c
     WHERE c.profile_id = profile.profile_id AND (${differs.join(' OR ')})`,
  )
}

const quote = (name: string): string => toDuckDb(quoteName(duckdbDialect, name)).text
