import type { DuckDb } from '../duckdb.ts'
import { noteSettled, noteStretch, type KeptSeats } from './kept-seats.ts'
import { numberedExits } from './membership-exit.ts'

/** Rows of `membership` that are looked through at once, beside all exits that wait: 45 ms of processor time, which a batch takes longer. */
const stretchRows = 100_000

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
 * began before it and that no earlier one ended, and goes with it; all other exits stay. The stretch is taken out first, and exits are looked
 * for in it as few among many are (`few-among-many.ts`), for the engine would prepare all exits to look for the stretch in them. Must run
 * inside a transaction.
 */
export async function settleStretch(
  duckdb: DuckDb,
  from: number,
  rows = stretchRows,
): Promise<{ readonly exits: number; readonly next: number }> {
  const next = from + rows
  await duckdb.run(
    `CREATE OR REPLACE TEMP TABLE settled_stretch AS
     SELECT rowid AS row_id, segment, profile_id, entered_at, entered_by FROM membership
     WHERE rowid >= ${from} AND rowid < ${next} AND exited_at IS NULL;
     CREATE OR REPLACE TEMP TABLE settling AS
     SELECT m.row_id, any_value(m.segment) AS segment, any_value(m.profile_id) AS profile_id,
       any_value(m.entered_at) AS entered_at, any_value(m.entered_by) AS entered_by, min(x.exited_at) AS exited_at,
       arg_min(x.exited_by, x.exited_at) AS exited_by, arg_min(x.rowid, x.exited_at) AS exit_id
     FROM membership_exit x JOIN (FROM settled_stretch WHERE hash(profile_id) IS NOT NULL) m
       ON x.segment = m.segment AND x.profile_id = m.profile_id AND x.exited_at >= m.entered_at
     GROUP BY m.row_id`,
  )
  const found = await duckdb.one<{ exits: bigint; is_more: boolean }>(
    `SELECT (SELECT count(*) FROM settling) AS exits, EXISTS (FROM membership WHERE rowid >= ${next}) AS is_more`,
  )
  const exits = Number(found?.exits ?? 0)
  if (exits > 0)
    await duckdb.run(
      `${replaceSql}; DELETE FROM membership_exit USING settling s WHERE membership_exit.rowid = s.exit_id`,
    )
  await duckdb.run(`DROP TABLE settling; DROP TABLE settled_stretch`)
  return { exits, next: found?.is_more === true ? next : 0 }
}
