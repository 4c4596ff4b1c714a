import type { EnrichmentCoverage } from '../../../core/port/enrichment-store.ts'
import type { DuckDb } from '../duckdb.ts'
import { readEnrichmentRows, type EnrichmentRow } from './enrichment-rows.ts'
import { keyColumn, profileKey } from './key-sql.ts'

/** Most keys in vain that are shown. */
const mostExamples = 5

/** What each enrichment holds, and how many profiles find themselves in it. */
export async function readCoverage(duckdb: DuckDb): Promise<readonly EnrichmentCoverage[]> {
  const covered: EnrichmentCoverage[] = []
  for (const row of await readEnrichmentRows(duckdb)) {
    covered.push({
      enrichment: row.name,
      file: row.file,
      source: row.source,
      licence: row.licence,
      readAt: row.readAt,
      rows: row.rows,
      skippedRows: row.skippedRows,
      unusableValues: row.unusableValues,
      traits: row.traits.map(({ trait }) => trait),
      error: row.failure,
      ...(await countMatches(duckdb, row)),
    })
  }
  return covered
}

type Matches = Pick<EnrichmentCoverage, 'profilesWithKey' | 'profilesMatched' | 'unmatchedKeys'>

async function countMatches(duckdb: DuckDb, { table, key }: EnrichmentRow): Promise<Matches> {
  if (table === null) return { profilesWithKey: 0, profilesMatched: 0, unmatchedKeys: [] }
  const column = keyColumn(key)
  const people = `(SELECT ${profileKey(key, 'p')} AS key FROM profile p)`
  const counted = await duckdb.one<{ with_key: bigint; matched: bigint }>(
    `SELECT count(p.key) AS with_key, count(e.${column}) AS matched
     FROM ${people} p LEFT JOIN ${table} e ON e.${column} = p.key`,
  )
  const unmatched =
    'identifier' in key
      ? []
      : await duckdb.all<{ key: string; profiles: bigint }>(
          `SELECT p.key, count(*) AS profiles FROM ${people} p ANTI JOIN ${table} e ON e.key = p.key
           WHERE p.key IS NOT NULL GROUP BY p.key ORDER BY profiles DESC, p.key LIMIT ${mostExamples}`,
        )
  return {
    profilesWithKey: Number(counted?.with_key ?? 0n),
    profilesMatched: Number(counted?.matched ?? 0n),
    unmatchedKeys: unmatched.map(({ key: value, profiles }) => ({ key: value, profiles: Number(profiles) })),
  }
}
