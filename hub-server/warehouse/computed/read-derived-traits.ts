import { computedTraits, enrichedTraits } from '../../../core/computed/derived-traits.ts'
import type { DerivedValue } from '../../../core/port/profile-store.ts'
import type { ProfileSchema } from '../../../core/profile/profile-schema.ts'
import type { DuckDb } from '../duckdb.ts'
import { readEnrichmentRows } from '../enrichment/enrichment-rows.ts'
import type { PersonRows } from '../profile/person-rows.ts'

/** The computed, enriched and imputed traits of a profile by their stored values (`PersonRows.derived`), each with its origin. */
export async function readDerivedTraits(
  duckdb: DuckDb,
  schema: ProfileSchema,
  values: PersonRows['derived'],
): Promise<Readonly<Record<string, DerivedValue>>> {
  const computed = computedTraits(schema)
  const enriched = enrichedTraits(schema)
  const rows = enriched.size === 0 ? [] : await readEnrichmentRows(duckdb)
  const tables = new Map(rows.map((table) => [table.name, table]))
  const told: Record<string, DerivedValue> = {}
  for (const [trait, value] of Object.entries(values)) {
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
