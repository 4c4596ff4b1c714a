import type { JoinedTraits } from '../../../core/computed/compile-traits.ts'
import { enrichedTraits } from '../../../core/computed/derived-traits.ts'
import type { ProfileSchema } from '../../../core/profile/profile-schema.ts'
import { sqlText } from '../../../core/sql/sql.ts'
import type { DuckDbSession } from '../duckdb.ts'
import { traitColumn } from '../tables.ts'
import { readEnrichmentRows } from './enrichment-rows.ts'
import { keyColumn, profileKey } from './key-sql.ts'

/**
 * How enriched traits are joined to profiles (alias `b`): a join for each enrichment that was read, and the column of each of its traits
 * with the type that the profile schema gives it now.
 */
export async function joinEnrichments(
  duckdb: Pick<DuckDbSession, 'all'>,
  schema: ProfileSchema,
): Promise<JoinedTraits> {
  const enriched = enrichedTraits(schema)
  const columns = new Map<string, ReturnType<typeof sqlText>>()
  const joins: ReturnType<typeof sqlText>[] = []
  if (enriched.size === 0) return { joins, columns }
  for (const { name, table, key, traits } of await readEnrichmentRows(duckdb)) {
    const used = traits.filter(
      ({ trait, type }) => enriched.get(trait) === name && schema.traits[trait]?.type === type,
    )
    if (table === null || used.length === 0) continue
    const alias = `e${joins.length}`
    joins.push(
      sqlText(`LEFT JOIN ${table} AS ${alias} ON ${alias}.${keyColumn(key)} = ${profileKey(key, 'b')}`),
    )
    for (const { trait } of used) columns.set(trait, sqlText(`${alias}.${traitColumn(trait)}`))
  }
  return { joins, columns }
}
