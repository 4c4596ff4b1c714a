import { createHash } from 'node:crypto'
import type { BatchPlan } from '../../../core/segment/compile-batch.ts'
import type { DuckDb } from '../duckdb.ts'
import { evaluatedIds } from './evaluated-people.ts'

/**
 * Everybody's memberships as bits, in the temporary table `kept_seats` (profile_id and the plan's seat columns; of several rows of a
 * person the last one counts), so that evaluations which follow closely need not look for those of a few people among all memberships:
 * these grow with the segments that people are in. It is a copy: whoever writes memberships without it forgets it (`forgetSeats`); a
 * transaction that is undone undoes what it did to the copy; and after one that failed it is forgotten.
 */
export interface KeptSeats {
  /** The moment of the last evaluation, or of the last entry before it, epoch milliseconds. */
  readonly latest: number
  /** How many exits wait to be settled. */
  readonly exits: number
  /** As soon as so many wait, a stretch of `membership` is settled. */
  readonly settleAt: number
  /** The row of `membership` that the next stretch begins with. */
  readonly settledTo: number
}

/** So many exits may wait: whoever reads memberships looks at all that do. */
const mostUnsettled = 500_000

/** After a stretch, so many more may come before the next one. */
const betweenStretches = 4_000

/**
 * When more rows were added than there were people, only the last one of each is kept. They are brought into `kept_next` in so many
 * portions, one at an evaluation: of 1,000,000 people all at once take a third of a second.
 */
const portions = 16

const stateSql = `CREATE TEMP TABLE IF NOT EXISTS kept_seats_state (
  digest VARCHAR NOT NULL, exits BIGINT NOT NULL, latest BIGINT NOT NULL, settle_at BIGINT NOT NULL, settled_to BIGINT NOT NULL,
  people BIGINT NOT NULL, added BIGINT NOT NULL, portions TINYINT)`

/** The copy that is there; undefined where there is none of these seats. */
export async function findKeptSeats(duckdb: DuckDb, plan: BatchPlan): Promise<KeptSeats | undefined> {
  const state = await duckdb.one<{
    latest: bigint
    exits: bigint
    settle_at: bigint
    settled_to: bigint
  }>(`${stateSql}; FROM kept_seats_state WHERE digest = '${digestOf(plan)}'`)
  return (
    state && {
      latest: Number(state.latest),
      exits: Number(state.exits),
      settleAt: Number(state.settle_at),
      settledTo: Number(state.settled_to),
    }
  )
}

/** Makes the copy. `seats` names the table that `makeSeats` made; no exit may be unsettled. */
export async function keepSeats(duckdb: DuckDb, plan: BatchPlan, seats: string): Promise<KeptSeats> {
  await forgetSeats(duckdb)
  await duckdb.run(
    `CREATE TEMP TABLE kept_seats AS
     SELECT h.profile_id, ${seatBits(plan)} FROM (
       SELECT m.profile_id, s.word, s.bit FROM membership m JOIN ${seats} s ON s.segment = m.segment WHERE m.exited_at IS NULL) h
     GROUP BY h.profile_id;
     ${stateSql};
     INSERT INTO kept_seats_state
     SELECT '${digestOf(plan)}', 0, (SELECT coalesce(epoch_ms(max(entered_at)), 0) FROM membership), ${mostUnsettled}, 0,
       (SELECT count(*) FROM kept_seats), 0, NULL`,
  )
  const made = await findKeptSeats(duckdb, plan)
  if (!made) throw new TypeError('what was just written is there')
  return made
}

/** SQL: the seat columns of a person from rows `h` of word and bit. */
export function seatBits({ seatColumns }: BatchPlan): string {
  return seatColumns
    .map((column, word) => `bit_or(CASE WHEN h.word = ${word} THEN h.bit ELSE 0 END) AS ${column}`)
    .join(', ')
}

/** A SELECT of the kept seats of the people in `evaluated`. */
export const keptSql = (plan: BatchPlan): string =>
  `SELECT k.profile_id, ${lastSeats(plan)} FROM kept_seats k JOIN ${evaluatedIds} e ON e.profile_id = k.profile_id GROUP BY k.profile_id`

const lastSeats = ({ seatColumns }: BatchPlan): string =>
  seatColumns.map((column) => `arg_max(k.${column}, k.rowid) AS ${column}`).join(', ')

interface Followed {
  /** The table that `makeDiffering` made. */
  readonly differing: string
  readonly asOf: number
  /** How many more exits wait to be settled. */
  readonly exits: number
}

/** Takes over what was just written at the moment: the people of `differing`. */
export async function followSeats(
  duckdb: DuckDb,
  plan: BatchPlan,
  { differing, asOf, exits }: Followed,
): Promise<void> {
  const columns = plan.seatColumns.map((column) => `now_${column}`).join(', ')
  const state = await duckdb.one<{ is_wide: boolean; portions: number | null }>(
    `INSERT INTO kept_seats SELECT profile_id, ${columns} FROM ${differing};
     UPDATE kept_seats_state SET exits = exits + ${exits}, latest = greatest(latest, ${asOf}),
       added = added + (SELECT count(*) FROM ${differing});
     SELECT added > people AS is_wide, portions FROM kept_seats_state`,
  )
  if (!state) return
  const { is_wide: isWide, portions: moved } = state
  if (moved !== null)
    await duckdb.run(`INSERT INTO kept_next SELECT profile_id, ${columns} FROM ${differing}`)
  else if (isWide) await duckdb.run(`CREATE TEMP TABLE kept_next AS FROM kept_seats LIMIT 0`)
  if (moved !== null || isWide) await moveOn(duckdb, plan, moved ?? 0)
}

/** Brings one more portion of the people into the table that takes the place of the wide one. What is added meanwhile is added to both. */
async function moveOn(duckdb: DuckDb, plan: BatchPlan, moved: number): Promise<void> {
  const isLast = moved + 1 === portions
  const ending = `
    DROP TABLE kept_seats;
    ALTER TABLE kept_next RENAME TO kept_seats;
    UPDATE kept_seats_state SET portions = NULL, added = 0, people = (SELECT count(*) FROM kept_seats)`
  await duckdb.run(
    `INSERT INTO kept_next SELECT k.profile_id, ${lastSeats(plan)} FROM kept_seats k WHERE k.profile_id % ${portions} = ${moved}
     GROUP BY k.profile_id;
     ${isLast ? ending : `UPDATE kept_seats_state SET portions = ${moved + 1}`}`,
  )
}

/** To be called where all exits were settled: the copy has them already. */
export async function noteSettled(duckdb: DuckDb): Promise<void> {
  await duckdb.run(
    `${stateSql}; UPDATE kept_seats_state SET exits = 0, settle_at = ${mostUnsettled}, settled_to = 0`,
  )
}

/** To be called where the exits of a stretch were settled. */
export async function noteStretch(
  duckdb: DuckDb,
  { exits, next }: { readonly exits: number; readonly next: number },
): Promise<void> {
  await duckdb.run(
    `UPDATE kept_seats_state SET exits = exits - ${exits}, settled_to = ${next},
       settle_at = greatest(exits - ${exits} + ${betweenStretches}, ${mostUnsettled})`,
  )
}

/** To be called where memberships are written, or taken away, in another way. */
export async function forgetSeats(duckdb: DuckDb): Promise<void> {
  await duckdb.run(
    ['kept_seats', 'kept_next', 'kept_seats_state']
      .map((table) => `DROP TABLE IF EXISTS temp.${table}`)
      .join(';'),
  )
}

const digestOf = ({ seats }: BatchPlan): string =>
  createHash('sha256')
    .update(JSON.stringify([...seats].map(([segment, { column, bit }]) => [segment, column, String(bit)])))
    .digest('hex')
