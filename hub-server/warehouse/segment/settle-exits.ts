import type { DuckDb } from '../duckdb.ts'
import { noteSettled, noteStretch, type KeptSeats } from './kept-seats.ts'
import { numberedExits } from './membership-exit.ts'

/** Rows of `membership` that are looked through at once. */
const stretchRows = 250_000

const settled = 'segment, profile_id, entered_at, entered_by, exited_at, exited_by'

/**
 * Puts new rows in the place of old ones: the log of an UPDATE has an entry for each column of each 2,048 rows that hold one of them, which
 * took five times as long to commit.
 */
const replaceSql = `
  DELETE FROM membership USING settling s WHERE membership.rowid = s.row_id;
  INSERT INTO membership BY NAME SELECT ${settled} FROM settling`

/**
 * Brings all noted exits into `membership`. `all`: whoever has an exit has not entered again since, even where a membership began later
 * than its exit, as one may after an evaluation of the past. Must run inside a transaction.
 */
export async function settleExits(duckdb: DuckDb, all = false): Promise<void> {
  if (!(await duckdb.one(`SELECT 1 FROM membership_exit LIMIT 1`))) return
  await duckdb.run(
    `CREATE OR REPLACE TEMP TABLE settling AS
     SELECT m.rowid AS row_id, m.segment, m.profile_id, m.entered_at, m.entered_by, greatest(m.entered_at, x.exited_at) AS exited_at,
       x.exited_by
     FROM membership m JOIN (${numberedExits}) x ON x.segment = m.segment AND x.profile_id = m.profile_id
     WHERE m.exited_at IS NULL AND m.entered_at > x.before AND (${String(all)} OR m.entered_at <= x.exited_at);
     ${replaceSql};
     DELETE FROM membership_exit;
     DROP TABLE settling`,
  )
  await noteSettled(duckdb)
}

/**
 * Brings noted exits into a stretch of `membership`, where many wait: no evaluation that others follow closely pays for all of them. Must
 * run inside a transaction.
 */
export async function settleSome(duckdb: DuckDb, { exits, settleAt, settledTo }: KeptSeats): Promise<void> {
  if (exits < settleAt) return
  await noteStretch(duckdb, await settleStretch(duckdb, settledTo))
}

/**
 * Settles the exits of the memberships in the rows from a number on. Returns how many, and where the next stretch begins. An exit ends what
 * began before it and that no earlier one ended, and goes with it; all other exits stay. Must run inside a transaction.
 */
export async function settleStretch(
  duckdb: DuckDb,
  from: number,
  rows = stretchRows,
): Promise<{ readonly exits: number; readonly next: number }> {
  const next = from + rows
  await duckdb.run(
    `CREATE OR REPLACE TEMP TABLE settling AS
     SELECT m.rowid AS row_id, any_value(m.segment) AS segment, any_value(m.profile_id) AS profile_id,
       any_value(m.entered_at) AS entered_at, any_value(m.entered_by) AS entered_by, min(x.exited_at) AS exited_at,
       arg_min(x.exited_by, x.exited_at) AS exited_by, arg_min(x.rowid, x.exited_at) AS exit_id
     FROM membership m JOIN membership_exit x
       ON x.segment = m.segment AND x.profile_id = m.profile_id AND x.exited_at >= m.entered_at
     WHERE m.rowid >= ${from} AND m.rowid < ${next} AND m.exited_at IS NULL
     GROUP BY m.rowid`,
  )
  const found = await duckdb.one<{ exits: bigint; is_more: boolean }>(
    `SELECT (SELECT count(*) FROM settling) AS exits, EXISTS (FROM membership WHERE rowid >= ${next}) AS is_more`,
  )
  const exits = Number(found?.exits ?? 0)
  if (exits > 0)
    await duckdb.run(
      `${replaceSql}; DELETE FROM membership_exit USING settling s WHERE membership_exit.rowid = s.exit_id`,
    )
  await duckdb.run(`DROP TABLE settling`)
  return { exits, next: found?.is_more === true ? next : 0 }
}
