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
  /** ordinal, profile_id: memberships that end. */
  readonly exited: string
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
    exited: evaluation.reserve('exited'),
  }
  await makeSeats(duckdb, evaluation, tables)
  await findDiffering(duckdb, evaluation, tables)
  await findExits(duckdb, evaluation, tables)
  const at = new DuckDBTimestampValue(BigInt(asOf) * 1000n)
  await storeExits(duckdb, tables, at)
  await storeEntries(duckdb, evaluation, { tables, at })
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

async function findExits(
  duckdb: DuckDb,
  { plan }: EvaluationTables,
  { seats, differing, exited }: MoveTables,
): Promise<void> {
  await duckdb.run(`CREATE TEMP TABLE ${exited} (ordinal INTEGER, profile_id BIGINT)`)
  for (const [word, column] of plan.seatColumns.entries())
    await duckdb.run(
      `INSERT INTO ${exited}
       SELECT s.ordinal, d.profile_id
       FROM (SELECT profile_id, then_${column} & ~now_${column} AS gone FROM ${differing} WHERE gone <> 0) d
       JOIN ${seats} s ON (d.gone & s.bit) <> 0
       WHERE s.word = ${word}`,
    )
}

/** A membership that began later than this moment, when the past is evaluated, ends where it began. */
async function storeExits(
  duckdb: DuckDb,
  { seats, exited }: MoveTables,
  at: DuckDBTimestampValue,
): Promise<void> {
  await duckdb.run(
    `UPDATE membership SET exited_at = greatest(membership.entered_at, $1)
     FROM ${exited} e JOIN ${seats} s ON s.ordinal = e.ordinal
     WHERE membership.segment = s.segment AND membership.profile_id = e.profile_id AND membership.exited_at IS NULL`,
    [at],
  )
}

async function storeEntries(
  duckdb: DuckDb,
  { plan }: EvaluationTables,
  { tables, at }: { readonly tables: MoveTables; readonly at: DuckDBTimestampValue },
): Promise<void> {
  for (const [word, column] of plan.seatColumns.entries())
    await duckdb.run(
      `INSERT INTO membership (segment, profile_id, entered_at)
       SELECT s.segment, d.profile_id, $1
       FROM (SELECT profile_id, now_${column} & ~then_${column} AS fresh FROM ${tables.differing} WHERE fresh <> 0) d
       JOIN ${tables.seats} s ON (d.fresh & s.bit) <> 0
       WHERE s.word = ${word}`,
      [at],
    )
}

async function report(
  duckdb: DuckDb,
  evaluation: EvaluationTables,
  tables: MoveTables,
): Promise<readonly SegmentReport[]> {
  const moves = await countMoves(duckdb, evaluation, tables)
  const members = await countMembers(duckdb, evaluation)
  return [...evaluation.plan.seats.keys()].map((segment) => ({
    segment,
    members: members.get(segment) ?? 0,
    entered: moves.get(segment)?.entered ?? 0,
    exited: moves.get(segment)?.exited ?? 0,
  }))
}

/** Many people change in the same way, so that ways are counted first and split into segments then. */
async function countMoves(
  duckdb: DuckDb,
  { plan }: EvaluationTables,
  { seats, differing }: MoveTables,
): Promise<ReadonlyMap<string, { readonly entered: number; readonly exited: number }>> {
  const moves = new Map<string, { entered: number; exited: number }>()
  for (const [word, column] of plan.seatColumns.entries()) {
    const rows = await duckdb.all<{ segment: string; entered: bigint; exited: bigint }>(
      `SELECT s.segment,
         COALESCE(sum(d.people) FILTER (WHERE (d.now & s.bit) <> 0), 0)::BIGINT AS entered,
         COALESCE(sum(d.people) FILTER (WHERE (d.before & s.bit) <> 0), 0)::BIGINT AS exited
       FROM (
         SELECT now_${column} AS now, then_${column} AS before, count(*) AS people FROM ${differing} GROUP BY ALL
       ) d JOIN ${seats} s ON (xor(d.now, d.before) & s.bit) <> 0
       WHERE s.word = ${word} GROUP BY s.segment`,
    )
    for (const { segment, entered, exited } of rows)
      moves.set(segment, { entered: Number(entered), exited: Number(exited) })
  }
  return moves
}
