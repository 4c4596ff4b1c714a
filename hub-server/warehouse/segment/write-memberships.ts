import { DuckDBTimestampValue, listValue } from '@duckdb/node-api'
import type { MembershipMove } from '../../../core/port/segment-store.ts'
import type { BatchPlan } from '../../../core/segment/compile-batch.ts'
import type { DuckDb } from '../duckdb.ts'
import { inOrder } from '../in-order.ts'
import type { EvaluationTables } from './evaluation-tables.ts'
import { forgetSeats, seatBits } from './kept-seats.ts'

/** Names of the temporary tables of one comparison. */
interface MoveTables {
  /** ordinal, segment, word (number of the seat's column), bit, is_new: whether the rule is another one since. */
  readonly seats: string
  /** profile_id, then for each seat column now_<column> and then_<column>: people whose memberships changed. */
  readonly differing: string
}

/** How an evaluation is written. */
export interface WriteOrder {
  /** The moment, epoch milliseconds. */
  readonly asOf: number
  /** Segments whose rule is another one since. */
  readonly changedRules: ReadonlySet<string>
  /** Whether everybody whose data changed is known, so that what moved a person can be told. */
  readonly knowsTouched: boolean
}

/** Who entered and exited. */
export interface WrittenMoves {
  readonly counts: ReadonlyMap<string, { readonly entered: number; readonly exited: number }>
  /** The first of them, at most `mostMoves`. */
  readonly moves: readonly MembershipMove[]
}

/** As many moves are listed by name; the history has all. */
export const mostMoves = 10_000

/**
 * Compares an evaluation of everybody with the stored memberships as bit sets, one row a person, and writes only what differs: who is
 * new enters and who is gone, or whose profile is gone, exits, both at the moment. Must run inside a transaction.
 */
export async function writeMemberships(
  duckdb: DuckDb,
  evaluation: EvaluationTables,
  order: WriteOrder,
): Promise<WrittenMoves> {
  const { plan } = evaluation
  if (plan.seats.size === 0) return { counts: new Map(), moves: [] }
  const tables: MoveTables = {
    seats: evaluation.reserve('seats'),
    differing: evaluation.reserve('differing'),
  }
  await makeSeats(duckdb, plan, tables.seats, order)
  await findDiffering(duckdb, evaluation, tables)
  const counts = await countMoves(duckdb, plan, tables)
  const { entered, exited } = sumMoves(counts)
  if (entered + exited > 0) await forgetSeats(duckdb)
  if (exited > 0) await storeExits(duckdb, plan, { tables, exits: evaluation.reserve('exited'), order })
  if (entered > 0) await storeEntries(duckdb, plan, tables, order)
  return { counts, moves: entered + exited === 0 ? [] : await listMoves(duckdb, plan, tables) }
}

/** Where the membership of each segment stands, as a table that others are joined with. */
export async function makeSeats(
  duckdb: DuckDb,
  plan: BatchPlan,
  table: string,
  { changedRules }: WriteOrder,
): Promise<void> {
  const seats = [...plan.seats]
  await duckdb.run(
    `CREATE TEMP TABLE ${table} AS
     SELECT unnest($1::INTEGER[]) AS ordinal, unnest($2::VARCHAR[]) AS segment, unnest($3::INTEGER[]) AS word,
       unnest($4::BIGINT[]) AS bit, unnest($5::BOOLEAN[]) AS is_new`,
    [
      listValue(seats.map((_, ordinal) => ordinal)),
      listValue(seats.map(([segment]) => segment)),
      listValue(seats.map(([, { column }]) => plan.seatColumns.indexOf(column))),
      listValue(seats.map(([, { bit }]) => bit)),
      listValue(seats.map(([segment]) => changedRules.has(segment))),
    ],
  )
}

/** How many entered and exited in all. */
export function sumMoves(counts: WrittenMoves['counts']): {
  readonly entered: number
  readonly exited: number
} {
  const all = [...counts.values()]
  return {
    entered: all.reduce((sum, { entered }) => sum + entered, 0),
    exited: all.reduce((sum, { exited }) => sum + exited, 0),
  }
}

async function findDiffering(
  duckdb: DuckDb,
  { plan, bits, patterns }: EvaluationTables,
  { seats, differing }: MoveTables,
): Promise<void> {
  const samePattern = plan.words.map((word) => `p.${word} = b.${word}`).join(' AND ')
  const seated = plan.seatColumns.map((column) => `p.${column}`).join(', ')
  const now = `SELECT b.profile_id, ${seated} FROM ${bits} b JOIN ${patterns} p ON ${samePattern}`
  const rows = `SELECT m.profile_id, s.word, s.bit FROM membership m JOIN ${seats} s ON s.segment = m.segment WHERE m.exited_at IS NULL`
  const held = `SELECT h.profile_id, ${seatBits(plan)} FROM (${rows}) h GROUP BY h.profile_id`
  await makeDiffering(duckdb, plan, { differing, now, held })
}

/**
 * Makes the table of the people whose memberships changed. `now` and `held`: SELECTs of profile_id and the seat columns, by the rules and
 * as they are stored.
 */
export async function makeDiffering(
  duckdb: DuckDb,
  { seatColumns }: BatchPlan,
  { differing, now, held }: { readonly differing: string; readonly now: string; readonly held: string },
): Promise<void> {
  const both = seatColumns.map(
    (column) => `COALESCE(n.${column}, 0) AS now_${column}, COALESCE(t.${column}, 0) AS then_${column}`,
  )
  const differ = seatColumns.map((column) => `COALESCE(n.${column}, 0) <> COALESCE(t.${column}, 0)`)
  await duckdb.run(
    `CREATE TEMP TABLE ${differing} AS
     SELECT COALESCE(n.profile_id, t.profile_id) AS profile_id, ${both.join(', ')}
     FROM (${now}) n
     FULL JOIN (${held}) t ON t.profile_id = n.profile_id
     WHERE ${differ.join(' OR ')}`,
  )
}

/** SQL: the bits of the memberships that end. */
const gone = (column: string): string => `(d.then_${column} & ~d.now_${column})`

/** What moved a person: the rule, their data, or time alone; null where that is not known. */
export const causeSql = ({ knowsTouched }: WriteOrder, person: string): string => {
  const told = `CASE WHEN ${person} IN (SELECT profile_id FROM evaluation_touched) THEN 'data' ELSE 'time' END`
  return `CASE WHEN s.is_new THEN 'rule' ELSE ${knowsTouched ? told : 'NULL'} END`
}

/** A membership that began later than this moment, when the past is evaluated, ends where it began. */
async function storeExits(
  duckdb: DuckDb,
  plan: BatchPlan,
  {
    tables,
    exits,
    order,
  }: { readonly tables: MoveTables; readonly exits: string; readonly order: WriteOrder },
): Promise<void> {
  const { seats, differing } = tables
  await duckdb.run(`CREATE TEMP TABLE ${exits} (ordinal INTEGER, profile_id BIGINT)`)
  for (const [word, column] of plan.seatColumns.entries())
    await duckdb.run(
      `INSERT INTO ${exits}
       SELECT s.ordinal, d.profile_id
       FROM ${differing} d JOIN ${seats} s ON (${gone(column)} & s.bit) <> 0
       WHERE s.word = ${word} AND ${gone(column)} <> 0`,
    )
  await duckdb.run(
    `UPDATE membership SET exited_at = greatest(membership.entered_at, $1), exited_by = e.cause
     FROM (SELECT s.segment, x.profile_id, ${causeSql(order, 'x.profile_id')} AS cause
       FROM ${exits} x JOIN ${seats} s ON s.ordinal = x.ordinal) e
     WHERE membership.segment = e.segment AND membership.profile_id = e.profile_id AND membership.exited_at IS NULL`,
    [momentOf(order)],
  )
}

/** The moment, as membership holds it. */
export function momentOf({ asOf }: WriteOrder): DuckDBTimestampValue {
  return new DuckDBTimestampValue(BigInt(asOf) * 1000n)
}

/** Writes who enters: somebody does. */
async function storeEntries(
  duckdb: DuckDb,
  plan: BatchPlan,
  tables: MoveTables,
  order: WriteOrder,
): Promise<void> {
  const entries = plan.seatColumns.map(
    (column, word) => `
       SELECT s.segment, d.profile_id, $1 AS entered_at, ${causeSql(order, 'd.profile_id')} AS entered_by
       FROM (SELECT profile_id, now_${column} & ~then_${column} AS fresh FROM ${tables.differing} WHERE fresh <> 0) d
       JOIN ${tables.seats} s ON (d.fresh & s.bit) <> 0
       WHERE s.word = ${word}`,
  )
  await duckdb.run(`INSERT INTO membership BY NAME ${entries.join(' UNION ALL ')} ${inOrder('profile_id')}`, [
    momentOf(order),
  ])
}

/** The first moves, by name. */
async function listMoves(
  duckdb: DuckDb,
  plan: BatchPlan,
  { seats, differing }: MoveTables,
): Promise<readonly MembershipMove[]> {
  const moves: MembershipMove[] = []
  for (const [word, column] of plan.seatColumns.entries()) {
    const rows = await duckdb.all<{ segment: string; profile_id: bigint; entered: boolean }>(
      `SELECT s.segment, d.profile_id, (d.now_${column} & s.bit) <> 0 AS entered
       FROM ${differing} d JOIN ${seats} s ON (xor(d.now_${column}, d.then_${column}) & s.bit) <> 0
       WHERE s.word = ${word} LIMIT ${mostMoves - moves.length}`,
    )
    for (const { segment, profile_id: id, entered } of rows)
      moves.push({ segment, profileId: `p_${id}`, direction: entered ? 'entered' : 'exited' })
  }
  return moves
}

/** Many people change in the same way, so that ways are counted first and split into segments then. */
async function countMoves(
  duckdb: DuckDb,
  plan: BatchPlan,
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
