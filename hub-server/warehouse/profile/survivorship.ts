import { Buffer } from 'node:buffer'
import type { DuckDb } from '../duckdb.ts'
import type { PersonRecord } from './person-rows.ts'

/**
 * Order in which the records of a person are believed, best first: connections as the profile schema trusts them, then the more recent
 * version, then the older record. Of two records the first one that has a value for a trait gives it: null never wins over a value.
 * Records made for people known from events alone are told apart by their identifiers, as they may come and go and come again.
 * Profiles are built by it; where their values are traced back, the same is said by `bySurvivorship`.
 */
export const survivorshipOrder = `coalesce(source_rank.rank, 2147483647), t.version_at DESC, coalesce(event_person.key, ''),
  t.record_id`

/** What the order needs beside the records `t`; `source_rank` is filled by `createSourceRank`. */
export const survivorshipJoins = `LEFT JOIN source_rank USING (connection)
  LEFT JOIN event_person ON event_person.record_id = t.record_id`

/** Fills the temporary table `source_rank` (connection, rank); connections that are not in it come last. */
export async function createSourceRank(duckdb: DuckDb, priority: readonly string[]): Promise<void> {
  await duckdb.run(
    `CREATE OR REPLACE TEMP TABLE source_rank AS
     SELECT connection, min(rank) AS rank
     FROM (SELECT unnest(names) AS connection, generate_subscripts(names, 1) AS rank
       FROM (SELECT from_json($1::JSON, '["VARCHAR"]') AS names))
     GROUP BY connection`,
    [JSON.stringify(priority)],
  )
}

/** The order of the records of a person, as `survivorshipOrder` says it, for those that were read. */
export function bySurvivorship(priority: readonly string[]): (a: PersonRecord, b: PersonRecord) => number {
  const rankOf = ({ connection }: PersonRecord): number => {
    const rank = priority.indexOf(connection)
    return rank < 0 ? Infinity : rank
  }
  return (a, b) => {
    const [left, right] = [rankOf(a), rankOf(b)]
    if (left !== right) return left - right
    return b.versionAt - a.versionAt || byBytes(a.eventKey, b.eventKey) || (a.id < b.id ? -1 : 1)
  }
}

/** As the engine compares texts. */
const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))
