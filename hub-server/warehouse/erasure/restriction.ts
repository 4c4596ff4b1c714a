import type { DuckDb } from '../duckdb.ts'
import { noteTouched } from '../segment/note-touched.ts'

/** SQL: the profiles that are kept and used for nothing, because a record of theirs is restricted. */
export const restrictedProfiles = `SELECT t.profile_id FROM restricted_record r JOIN record_trait t USING (record_id)`

/** Restricts a person: all their records, so that it holds whatever record the profile bears the name of later. */
export function restrict(
  duckdb: DuckDb,
  profile: bigint,
  { actor, at }: { readonly actor: string; readonly at: number },
): Promise<number> {
  return duckdb.transaction(async () => {
    await noteTouched(duckdb, 'SELECT $1::BIGINT AS profile_id', [profile])
    return duckdb.run(
      `INSERT INTO restricted_record
       SELECT record_id, make_timestamp($2::BIGINT * 1000), $3 FROM record_trait
       WHERE profile_id = $1 AND record_id NOT IN (SELECT record_id FROM restricted_record)`,
      [profile, BigInt(at), actor],
    )
  })
}

export function liftRestriction(duckdb: DuckDb, profile: bigint): Promise<number> {
  return duckdb.transaction(async () => {
    await noteTouched(duckdb, 'SELECT $1::BIGINT AS profile_id', [profile])
    return duckdb.run(
      `DELETE FROM restricted_record WHERE record_id IN (SELECT record_id FROM record_trait WHERE profile_id = $1)`,
      [profile],
    )
  })
}
