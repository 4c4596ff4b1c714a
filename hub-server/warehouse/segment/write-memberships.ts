import { DuckDBTimestampValue, listValue } from '@duckdb/node-api'
import type { SegmentReport } from '../../../core/port/segment-store.ts'
import type { DuckDb } from '../duckdb.ts'
import { countMembers } from './count-members.ts'
import type { EvaluationTables } from './evaluation-tables.ts'

/** Names of the temporary tables of one comparison. */
interface MoveTables {
  /** ordinal, segment, word (number of the seat's column), bit. */
  readonly seats: string
  /** profile_id, then for each seat column now_<column> and then_<column>: people whose memberships changed. */
  readonly differing: string
  /** ordinal, profile_id, entered (true) or exited (false). */
  readonly moved: string
}

/**
 * Compares an evaluation with the stored memberships as bit sets, one row a person, and writes only what differs: who is new enters
 * and who is gone, or whose profile is gone, exits, both at `asOf` (epoch milliseconds). Must run inside a transaction.
 */
export async function writeMemberships(
  duckdb: DuckDb,
  evaluation: EvaluationTables,
  asOf: number,
): Promise<readonly SegmentReport[]> {
  if (evaluation.plan.seats.size === 0) return []
  const tables: MoveTables = {
    seats: evaluation.reserve('seats'),
    differing: evaluation.reserve('differing'),
    moved: evaluation.reserve('moved'),
  }
  await makeSeats(duckdb, evaluation, tables)
  await findDiffering(duckdb, evaluation, tables)
  await findMoves(duckdb, evaluation, tables)
  await storeMoves(duckdb, tables, asOf)
  return report(duckdb, evaluation, tables)
}

async function makeSeats(duckdb: DuckDb, { plan }: EvaluationTables, { seats }: MoveTables): Promise<void> {
  const rows = [...plan.seats.values()].map(
    ({ column, bit }, ordinal) => `(${ordinal}, ${plan.seatColumns.indexOf(column)}, ${bit}::BIGINT)`,
  )
  await duckdb.run(
    `CREATE TEMP TABLE ${seats} AS
     SELECT v.ordinal, ($1)[v.ordinal + 1] AS segment, v.word, v.bit FROM (VALUES ${rows.join(', ')}) v(ordinal, word, bit)`,
    [listValue([...plan.seats.keys()])],
  )
}

async function findDiffering(
  duckdb: DuckDb,
  { plan, bits, patterns }: EvaluationTables,
  { seats, differing }: MoveTables,
): Promise<void> {
  const samePattern = plan.words.map((word) => `p.${word} = b.${word}`).join(' AND ')
  const seated = plan.seatColumns.map((column) => `p.${column}`).join(', ')
  const stored = plan.seatColumns.map(
    (column, word) => `bit_or(CASE WHEN s.word = ${word} THEN s.bit ELSE 0 END) AS ${column}`,
  )
  const both = plan.seatColumns.map(
    (column) => `COALESCE(n.${column}, 0) AS now_${column}, COALESCE(t.${column}, 0) AS then_${column}`,
  )
  const differ = plan.seatColumns.map((column) => `COALESCE(n.${column}, 0) <> COALESCE(t.${column}, 0)`)
  await duckdb.run(
    `CREATE TEMP TABLE ${differing} AS
     SELECT COALESCE(n.profile_id, t.profile_id) AS profile_id, ${both.join(', ')}
     FROM (SELECT b.profile_id, ${seated} FROM ${bits} b JOIN ${patterns} p ON ${samePattern}) n
     FULL JOIN (
       SELECT m.profile_id, ${stored.join(', ')} FROM membership m JOIN ${seats} s ON s.segment = m.segment
       WHERE m.exited_at IS NULL GROUP BY m.profile_id
     ) t ON t.profile_id = n.profile_id
     WHERE ${differ.join(' OR ')}`,
  )
}

async function findMoves(
  duckdb: DuckDb,
  { plan }: EvaluationTables,
  { seats, differing, moved }: MoveTables,
): Promise<void> {
  await duckdb.run(`CREATE TEMP TABLE ${moved} (ordinal INTEGER, profile_id BIGINT, entered BOOLEAN)`)
  for (const [word, column] of plan.seatColumns.entries())
    await duckdb.run(
      `INSERT INTO ${moved}
       SELECT s.ordinal, d.profile_id, (d.now_${column} & s.bit) <> 0
       FROM ${differing} d JOIN ${seats} s ON (xor(d.now_${column}, d.then_${column}) & s.bit) <> 0
       WHERE s.word = ${word}`,
    )
}

async function storeMoves(duckdb: DuckDb, { seats, moved }: MoveTables, asOf: number): Promise<void> {
  const at = new DuckDBTimestampValue(BigInt(asOf) * 1000n)
  // A membership that began later than this moment (an evaluation of the past) ends where it began.
  await duckdb.run(
    `UPDATE membership SET exited_at = greatest(membership.entered_at, $1)
     FROM ${moved} m JOIN ${seats} s ON s.ordinal = m.ordinal
     WHERE NOT m.entered AND membership.segment = s.segment AND membership.profile_id = m.profile_id
       AND membership.exited_at IS NULL`,
    [at],
  )
  await duckdb.run(
    `INSERT INTO membership (segment, profile_id, entered_at)
     SELECT s.segment, m.profile_id, $1 FROM ${moved} m JOIN ${seats} s ON s.ordinal = m.ordinal WHERE m.entered`,
    [at],
  )
}

async function report(
  duckdb: DuckDb,
  evaluation: EvaluationTables,
  { moved }: MoveTables,
): Promise<readonly SegmentReport[]> {
  const moves = await duckdb.all<{ ordinal: number; entered: bigint; exited: bigint }>(
    `SELECT ordinal, count(*) FILTER (WHERE entered) AS entered, count(*) FILTER (WHERE NOT entered) AS exited
     FROM ${moved} GROUP BY ordinal`,
  )
  const moveOf = new Map(moves.map((move) => [move.ordinal, move]))
  const members = await countMembers(duckdb, evaluation)
  return [...evaluation.plan.seats.keys()].map((segment, ordinal) => ({
    segment,
    members: members.get(segment) ?? 0,
    entered: Number(moveOf.get(ordinal)?.entered ?? 0n),
    exited: Number(moveOf.get(ordinal)?.exited ?? 0n),
  }))
}
