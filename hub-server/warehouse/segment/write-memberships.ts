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
  const exited = await storeExits(duckdb, tables, at)
  const entered = await storeEntries(duckdb, evaluation, { tables, at })
  const members = await countMembers(duckdb, evaluation)
  return [...evaluation.plan.seats.keys()].map((segment, ordinal) => ({
    segment,
    members: members.get(segment) ?? 0,
    entered: entered.get(segment) ?? 0,
    exited: exited.get(ordinal) ?? 0,
  }))
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

/** Returns the number of exits by ordinal. A membership that began later than this moment (of the past) ends where it began. */
async function storeExits(
  duckdb: DuckDb,
  { seats, exited }: MoveTables,
  at: DuckDBTimestampValue,
): Promise<ReadonlyMap<number, number>> {
  await duckdb.run(
    `UPDATE membership SET exited_at = greatest(membership.entered_at, $1)
     FROM ${exited} e JOIN ${seats} s ON s.ordinal = e.ordinal
     WHERE membership.segment = s.segment AND membership.profile_id = e.profile_id AND membership.exited_at IS NULL`,
    [at],
  )
  const counts = await duckdb.all<{ ordinal: number; people: bigint }>(
    `SELECT ordinal, count(*) AS people FROM ${exited} GROUP BY ordinal`,
  )
  return new Map(counts.map(({ ordinal, people }) => [ordinal, Number(people)]))
}

/**
 * Returns the number of entries by segment. One INSERT a segment: a name that is the same for all rows costs a third of one that is
 * joined to them, and the rows of a segment stay together, so that later readers of one segment skip the others.
 */
async function storeEntries(
  duckdb: DuckDb,
  { plan }: EvaluationTables,
  { tables, at }: { readonly tables: MoveTables; readonly at: DuckDBTimestampValue },
): Promise<ReadonlyMap<string, number>> {
  const entered = new Map<string, number>()
  for (const [segment, { column, bit }] of plan.seats) {
    const count = await duckdb.run(
      `INSERT INTO membership (segment, profile_id, entered_at)
       SELECT $1, profile_id, $2 FROM ${tables.differing}
       WHERE (now_${column} & ~then_${column} & ${bit}::BIGINT) <> 0`,
      [segment, at],
    )
    entered.set(segment, count)
  }
  return entered
}
