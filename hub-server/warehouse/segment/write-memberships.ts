import { DuckDBTimestampValue, listValue } from '@duckdb/node-api'
import type { MembershipMove } from '../../../core/port/segment-store.ts'
import type { DuckDb } from '../duckdb.ts'
import type { EvaluationTables } from './evaluation-tables.ts'

/** Names of the temporary tables of one comparison. */
interface MoveTables {
  /** ordinal, segment, word (number of the seat's column), bit, is_new: whether the rule is another one since. */
  readonly seats: string
  /** profile_id, then for each seat column now_<column> and then_<column>: people whose memberships changed. */
  readonly differing: string
  /** ordinal, profile_id: memberships that end; of a part of all people with row_id, where in the table they are. */
  readonly exited: string
  /** Of a part of all people: row_id, profile_id, ordinal, word, bit: the memberships that they have. */
  readonly held: string
}

/** How an evaluation is written. */
export interface WriteOrder {
  /** The moment, epoch milliseconds. */
  readonly asOf: number
  /** Whether the people of `evaluated` alone were looked at. */
  readonly isPart: boolean
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
const mostMoves = 10_000

/**
 * Compares an evaluation with the stored memberships as bit sets, one row a person, and writes only what differs: who is new enters
 * and who is gone, or whose profile is gone, exits, both at the moment. Must run inside a transaction.
 */
export async function writeMemberships(
  duckdb: DuckDb,
  evaluation: EvaluationTables,
  order: WriteOrder,
): Promise<WrittenMoves> {
  if (evaluation.plan.seats.size === 0) return { counts: new Map(), moves: [] }
  const tables: MoveTables = {
    seats: evaluation.reserve('seats'),
    differing: evaluation.reserve('differing'),
    exited: evaluation.reserve('exited'),
    held: evaluation.reserve('held'),
  }
  await makeSeats(duckdb, evaluation, { tables, order })
  await findDiffering(duckdb, evaluation, { tables, order })
  const counts = await countMoves(duckdb, evaluation, tables)
  const total = [...counts.values()].reduce((sum, { entered, exited }) => sum + entered + exited, 0)
  if (total === 0) return { counts, moves: [] }
  await findExits(duckdb, evaluation, { tables, order })
  const at = new DuckDBTimestampValue(BigInt(order.asOf) * 1000n)
  await storeExits(duckdb, { tables, order }, at)
  await storeEntries(duckdb, evaluation, { tables, order, at })
  return { counts, moves: await listMoves(duckdb, evaluation, tables) }
}

interface Writing {
  readonly tables: MoveTables
  readonly order: WriteOrder
}

async function makeSeats(
  duckdb: DuckDb,
  { plan }: EvaluationTables,
  { tables: { seats }, order }: Writing,
): Promise<void> {
  const rows = [...plan.seats].map(
    ([segment, { column, bit }], ordinal) =>
      `(${ordinal}, ${plan.seatColumns.indexOf(column)}, ${bit}::BIGINT, ${order.changedRules.has(segment)})`,
  )
  await duckdb.run(
    `CREATE TEMP TABLE ${seats} AS
     SELECT v.ordinal, ($1)[v.ordinal + 1] AS segment, v.word, v.bit, v.is_new
     FROM (VALUES ${rows.join(', ')}) v(ordinal, word, bit, is_new)`,
    [listValue([...plan.seats.keys()])],
  )
}

async function findDiffering(
  duckdb: DuckDb,
  { plan, bits, patterns }: EvaluationTables,
  { tables: { seats, differing, held }, order }: Writing,
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
  const presentSql = (columns: string): string =>
    `SELECT ${columns}, m.profile_id, s.ordinal, s.word, s.bit FROM membership m JOIN ${seats} s ON s.segment = m.segment`
  const present = order.isPart ? held : `(${presentSql('m.segment')} WHERE m.exited_at IS NULL)`
  if (order.isPart)
    await duckdb.run(
      `CREATE TEMP TABLE ${held} AS ${presentSql('m.rowid AS row_id')}
       JOIN evaluated e ON e.profile_id = m.profile_id WHERE m.exited_at IS NULL`,
    )
  await duckdb.run(
    `CREATE TEMP TABLE ${differing} AS
     SELECT COALESCE(n.profile_id, t.profile_id) AS profile_id, ${both.join(', ')}
     FROM (SELECT b.profile_id, ${seated} FROM ${bits} b JOIN ${patterns} p ON ${samePattern}) n
     FULL JOIN (
       SELECT s.profile_id, ${stored.join(', ')} FROM ${present} s GROUP BY s.profile_id
     ) t ON t.profile_id = n.profile_id
     WHERE ${differ.join(' OR ')}`,
  )
}

/** SQL: the bits of the memberships that end. */
const gone = (column: string): string => `(d.then_${column} & ~d.now_${column})`

async function findExits(
  duckdb: DuckDb,
  { plan }: EvaluationTables,
  { tables: { seats, differing, exited, held }, order }: Writing,
): Promise<void> {
  if (order.isPart) {
    const ends = plan.seatColumns.map(
      (column, word) => `(h.word = ${word} AND (${gone(column)} & h.bit) <> 0)`,
    )
    await duckdb.run(
      `CREATE TEMP TABLE ${exited} AS SELECT h.ordinal, h.profile_id, h.row_id
       FROM ${held} h JOIN ${differing} d ON d.profile_id = h.profile_id WHERE ${ends.join(' OR ')}`,
    )
    return
  }
  await duckdb.run(`CREATE TEMP TABLE ${exited} (ordinal INTEGER, profile_id BIGINT)`)
  for (const [word, column] of plan.seatColumns.entries())
    await duckdb.run(
      `INSERT INTO ${exited}
       SELECT s.ordinal, d.profile_id
       FROM ${differing} d JOIN ${seats} s ON (${gone(column)} & s.bit) <> 0
       WHERE s.word = ${word} AND ${gone(column)} <> 0`,
    )
}

/** What moved a person: the rule, their data, or time alone; null where that is not known. */
const causeSql = ({ knowsTouched }: WriteOrder, person: string): string => {
  const told = `CASE WHEN ${person} IN (SELECT profile_id FROM evaluation_touched) THEN 'data' ELSE 'time' END`
  return `CASE WHEN s.is_new THEN 'rule' ELSE ${knowsTouched ? told : 'NULL'} END`
}

/** A membership that began later than this moment, when the past is evaluated, ends where it began. */
async function storeExits(
  duckdb: DuckDb,
  { tables: { seats, exited }, order }: Writing,
  at: DuckDBTimestampValue,
): Promise<void> {
  const any = await duckdb.one(`SELECT 1 FROM ${exited} LIMIT 1`)
  if (!any) return
  // By its place a row is found at half the cost of finding it by its person.
  const [column, same] = order.isPart
    ? ['x.row_id', 'membership.rowid = e.row_id']
    : ['s.segment', 'membership.segment = e.segment AND membership.profile_id = e.profile_id']
  await duckdb.run(
    `UPDATE membership SET exited_at = greatest(membership.entered_at, $1), exited_by = e.cause
     FROM (SELECT ${column}, x.profile_id, ${causeSql(order, 'x.profile_id')} AS cause
       FROM ${exited} x JOIN ${seats} s ON s.ordinal = x.ordinal) e
     WHERE ${same} AND membership.exited_at IS NULL`,
    [at],
  )
}

async function storeEntries(
  duckdb: DuckDb,
  { plan }: EvaluationTables,
  { tables, order, at }: Writing & { readonly at: DuckDBTimestampValue },
): Promise<void> {
  for (const [word, column] of plan.seatColumns.entries())
    await duckdb.run(
      `INSERT INTO membership (segment, profile_id, entered_at, entered_by)
       SELECT s.segment, d.profile_id, $1, ${causeSql(order, 'd.profile_id')}
       FROM (SELECT profile_id, now_${column} & ~then_${column} AS fresh FROM ${tables.differing} WHERE fresh <> 0) d
       JOIN ${tables.seats} s ON (d.fresh & s.bit) <> 0
       WHERE s.word = ${word}`,
      [at],
    )
}

async function listMoves(
  duckdb: DuckDb,
  { plan }: EvaluationTables,
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
