import { z } from 'zod'
import { computedTraits, enrichedTraits, isDerived } from '../../../core/computed/derived-traits.ts'
import type { DerivedValue } from '../../../core/port/profile-store.ts'
import type { ProfileSchema } from '../../../core/profile/profile-schema.ts'
import type { DuckDb } from '../duckdb.ts'
import { readEnrichmentRows } from '../enrichment/enrichment-rows.ts'
import { traitColumn } from '../tables.ts'

const values = z.record(z.string(), z.json())

/** The computed and enriched traits that a profile ("p_12") has, each with its origin. */
export async function readDerivedTraits(
  duckdb: DuckDb,
  schema: ProfileSchema,
  profileId: string,
): Promise<Readonly<Record<string, DerivedValue>>> {
  const derived = Object.entries(schema.traits).filter(([, definition]) => isDerived(definition))
  if (derived.length === 0) return {}
  const columns = derived.map(([trait, { type, imputed }]) => {
    // Where the source told a value, nothing was filled in.
    const column = imputed
      ? `CASE WHEN ${traitColumn(imputed.from)} IS NULL THEN ${traitColumn(trait)} END`
      : traitColumn(trait)
    return `"${trait}": ${type === 'datetime' ? `strftime(${column}, '%Y-%m-%dT%H:%M:%S.%gZ')` : column}`
  })
  const row = await duckdb.one<{ row: string }>(
    `SELECT to_json({${columns.join(', ')}}) AS row FROM profile WHERE profile_id = ${BigInt(profileId.slice('p_'.length))}`,
  )
  const found = row ? values.parse(JSON.parse(row.row)) : {}
  const computed = computedTraits(schema)
  const enriched = enrichedTraits(schema)
  const rows = enriched.size === 0 ? [] : await readEnrichmentRows(duckdb)
  const tables = new Map(rows.map((table) => [table.name, table]))
  const told: Record<string, DerivedValue> = {}
  for (const [trait, value] of Object.entries(found)) {
    if (value === null) continue
    const table = tables.get(enriched.get(trait) ?? '')
    const from = schema.traits[trait]?.imputed?.from
    if (computed.has(trait)) told[trait] = { value, origin: 'computed' }
    else if (from !== undefined) told[trait] = { value, origin: 'imputed', from }
    else if (table) {
      const { name: enrichment, source, licence, readAt } = table
      told[trait] = { value, origin: 'enriched', enrichment, source, licence, readAt }
    }
  }
  return told
}
