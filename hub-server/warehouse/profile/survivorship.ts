import type { DuckDb } from '../duckdb.ts'

/**
 * Order in which the records of a person are believed, best first: connections as the profile schema trusts them, then the more recent
 * version, then the older record. Of two records the first one that has a value for a trait gives it: null never wins over a value.
 * Records made for people known from events alone are told apart by their identifiers, as they may come and go and come again.
 * Used where profiles are built and where their values are traced back, so that both always agree.
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
