import type { DuckDBValue } from '@duckdb/node-api'
import type { DuckDb } from '../duckdb.ts'

/** Stands in `evaluation_touched` for everybody. No profile has this number. */
export const everybody = -1

/** Beyond so many, everybody is evaluated: noting more would cost more than it saves. */
const mostNoted = 100_000

/** Beyond so many rows of a SELECT, who may be named several times, nobody is counted any more. */
const mostRead = 4 * mostNoted

/**
 * Notes that rules may have another answer for these people: their traits, events, identifiers, consents or restriction changed, or
 * they are gone. Must run in the transaction of the change. `people`: a SELECT whose only column is `profile_id`.
 */
export async function noteTouched(duckdb: DuckDb, people: string, params: DuckDBValue[] = []): Promise<void> {
  await duckdb.run(
    `INSERT INTO evaluation_touched
     WITH named AS MATERIALIZED (SELECT profile_id FROM (${people}) LIMIT ${mostRead}),
       touching AS MATERIALIZED (SELECT DISTINCT profile_id FROM named),
       counted AS MATERIALIZED (
         SELECT (SELECT count(*) FROM named) = ${mostRead} OR (SELECT count(*) FROM touching) > ${mostNoted} AS are_many
       )
     SELECT t.profile_id FROM touching t, counted c WHERE NOT c.are_many
     UNION ALL SELECT ${everybody} FROM counted WHERE are_many`,
    params,
  )
}

/** As many are told by name. */
const mostTold = 10_000

/** Those noted since the last evaluation ("p_12"); undefined where they are more than 10,000, or everybody. */
export async function readTouched(duckdb: DuckDb): Promise<readonly string[] | undefined> {
  const rows = await duckdb.all<{ profile_id: bigint }>(
    `SELECT DISTINCT profile_id FROM evaluation_touched WHERE profile_id <> 0 LIMIT ${mostTold + 1}`,
  )
  if (rows.length > mostTold || rows.some(({ profile_id: id }) => id === BigInt(everybody))) return undefined
  return rows.map(({ profile_id: id }) => `p_${id}`)
}

/** Notes that somebody was taken out of every table, so that ranks and numbers of members are told anew. Nothing names them. */
export async function noteErased(duckdb: DuckDb): Promise<void> {
  await duckdb.run(`INSERT INTO evaluation_touched VALUES (0)`)
  await duckdb.run(`UPDATE segment_state SET members = NULL`)
}
