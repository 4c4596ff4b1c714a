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
}

/** Beyond so many rows for each profile, only the last one of each person is kept. */
const mostEach = 2

const stateSql = `CREATE TEMP TABLE IF NOT EXISTS kept_seats_state (digest VARCHAR NOT NULL, exits BIGINT NOT NULL, latest BIGINT NOT NULL)`

/** The copy that is there; undefined where there is none of these seats. */
export async function findKeptSeats(duckdb: DuckDb, plan: BatchPlan): Promise<KeptSeats | undefined> {
  await duckdb.run(stateSql)
  const state = await duckdb.one<{ latest: bigint; exits: bigint }>(
    `SELECT latest, exits FROM kept_seats_state WHERE digest = $1`,
    [digestOf(plan)],
  )
  return state && { latest: Number(state.latest), exits: Number(state.exits) }
}

/** Makes the copy. `seats` names the table that `makeSeats` made; no exit may be unsettled. */
export async function keepSeats(duckdb: DuckDb, plan: BatchPlan, seats: string): Promise<KeptSeats> {
  await forgetSeats(duckdb)
  await duckdb.run(
    `CREATE TEMP TABLE kept_seats AS
     SELECT h.profile_id, ${seatBits(plan)} FROM (
       SELECT m.profile_id, s.word, s.bit FROM membership m JOIN ${seats} s ON s.segment = m.segment WHERE m.exited_at IS NULL) h
     GROUP BY h.profile_id`,
  )
  await duckdb.run(stateSql)
  await duckdb.run(
    `INSERT INTO kept_seats_state
     SELECT $1, 0, (SELECT coalesce(epoch_ms(max(entered_at)), 0) FROM membership)`,
    [digestOf(plan)],
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
  await duckdb.run(
    `INSERT INTO kept_seats SELECT profile_id, ${columns} FROM ${differing};
     UPDATE kept_seats_state SET exits = exits + ${exits}, latest = greatest(latest, ${asOf})`,
  )
  const row = await duckdb.one<{ are_many: boolean }>(
    `SELECT (SELECT count(*) FROM kept_seats) > ${mostEach} * (SELECT count(*) FROM profile) AS are_many`,
  )
  if (row?.are_many !== true) return
  await duckdb.run(
    `CREATE OR REPLACE TEMP TABLE kept_seats AS SELECT k.profile_id, ${lastSeats(plan)} FROM kept_seats k GROUP BY k.profile_id`,
  )
}

/** To be called where all exits were settled: the copy has them already. */
export async function noteSettled(duckdb: DuckDb): Promise<void> {
  await duckdb.run(stateSql)
  await duckdb.run(`UPDATE kept_seats_state SET exits = 0`)
}

/** To be called where memberships are written, or taken away, in another way. */
export async function forgetSeats(duckdb: DuckDb): Promise<void> {
  await duckdb.run(`DROP TABLE IF EXISTS temp.kept_seats; DROP TABLE IF EXISTS temp.kept_seats_state`)
}

const digestOf = ({ seats }: BatchPlan): string =>
  createHash('sha256')
    .update(JSON.stringify([...seats].map(([segment, { column, bit }]) => [segment, column, String(bit)])))
    .digest('hex')
