import type { DuckDb } from '../duckdb.ts'
import { noteSettled } from './kept-seats.ts'
import { numberedExits } from './membership-exit.ts'

/** Beyond so many, evaluations settle what they noted, however closely they follow. */
export const mostUnsettled = 1_000_000

/**
 * Brings all noted exits into `membership`. `all`: whoever has an exit has not entered again since, even where a membership began later
 * than its exit, as one may after an evaluation of the past. Must run inside a transaction. New rows take the place of old ones: the log of
 * an UPDATE has an entry for each column of each 2,048 rows that hold one of them, which took five times as long to commit.
 */
export async function settleExits(duckdb: DuckDb, all = false): Promise<void> {
  if (!(await duckdb.one(`SELECT 1 FROM membership_exit LIMIT 1`))) return
  await duckdb.run(
    `CREATE OR REPLACE TEMP TABLE settling AS
     SELECT m.rowid AS row_id, m.segment, m.profile_id, m.entered_at, m.entered_by, greatest(m.entered_at, x.exited_at) AS exited_at,
       x.exited_by
     FROM membership m JOIN (${numberedExits}) x ON x.segment = m.segment AND x.profile_id = m.profile_id
     WHERE m.exited_at IS NULL AND m.entered_at > x.before AND (${String(all)} OR m.entered_at <= x.exited_at)`,
  )
  await duckdb.run(`DELETE FROM membership USING settling s WHERE membership.rowid = s.row_id`)
  await duckdb.run(`INSERT INTO membership BY NAME SELECT * EXCLUDE row_id FROM settling`)
  await duckdb.run(`DELETE FROM membership_exit`)
  await noteSettled(duckdb)
  await duckdb.run(`DROP TABLE settling`)
}
