import type { StreamRef } from '../../../core/port/profile-store.ts'
import type { DuckDb } from '../duckdb.ts'

/** What one check found in a stream: how many records it touches, and what is done with them. */
export interface FindingCount extends StreamRef {
  readonly target: string
  readonly check: string
  /** "flag", "drop", "normalise", "quarantine", or "release": let through by a person. */
  readonly action: string
  readonly code: string
  readonly records: number
  /** What was probably meant, most frequent first; at most five. */
  readonly suggestions: readonly string[]
}

/** The findings that stand now, by stream and check, in that order. */
export async function countFindings(duckdb: DuckDb): Promise<readonly FindingCount[]> {
  const rows = await duckdb.all<{
    connection: string
    stream: string
    target: string
    check_name: string
    action: string
    code: string
    records: bigint
    suggestions: string
  }>(
    `WITH f AS (SELECT * FROM quality_finding),
       s AS (SELECT connection, stream, target, check_name, action, code, suggestion, count(*) AS n
         FROM f WHERE suggestion IS NOT NULL GROUP BY ALL)
     SELECT connection, stream, target, check_name, action, code, count(DISTINCT record_id) AS records,
       coalesce((SELECT to_json(list(suggestion ORDER BY n DESC, suggestion)[:5])::VARCHAR FROM s
         WHERE s.connection = f.connection AND s.stream = f.stream AND s.target = f.target
           AND s.check_name = f.check_name AND s.action = f.action AND s.code = f.code), '[]') AS suggestions
     FROM f GROUP BY connection, stream, target, check_name, action, code ORDER BY ALL`,
  )
  return rows.map(({ check_name: check, records, suggestions, ...rest }) => {
    const meant: string[] = JSON.parse(suggestions)
    return { ...rest, check, records: Number(records), suggestions: meant }
  })
}
