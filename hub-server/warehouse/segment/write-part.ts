import type { MembershipMove } from '../../../core/port/segment-store.ts'
import { compileBatch, type BatchPlan } from '../../../core/segment/compile-batch.ts'
import type { Rule } from '../../../core/segment/rule.ts'
import { orderSegments } from '../../../core/segment/segment-order.ts'
import type { CompileContext } from '../../../core/segment/to-formula.ts'
import { joinSql, sql, sqlText, type Sql } from '../../../core/sql/sql.ts'
import type { DuckDb } from '../duckdb.ts'
import { restrictedProfiles } from '../erasure/restriction.ts'
import { inOrder } from '../in-order.ts'
import { toDuckDb } from './bound-values.ts'
import { evaluatedIds } from './evaluated-people.ts'
import { findKeptSeats, followSeats, keepSeats, keptSql, seatBits, type KeptSeats } from './kept-seats.ts'
import { settleExits, settleSome } from './settle-exits.ts'
import {
  causeSql,
  makeDiffering,
  makeSeats,
  momentOf,
  mostMoves,
  sumMoves,
  type WriteOrder,
  type WrittenMoves,
} from './write-memberships.ts'

/** Temporary tables of one evaluation of a part of all people. */
const tables = {
  seats: 'part_seats',
  differing: 'part_differing',
  /** profile_id and the plan's seat columns. */
  now: 'part_now',
  /** segment, profile_id, entered (else exited), cause. */
  moves: 'part_move',
} as const

/** What is written, and how. */
export interface PartOrder extends WriteOrder {
  /** Whether more evaluations follow closely: then a copy of all memberships is kept for them, and exits wait to be settled. */
  readonly isLive: boolean
}

/**
 * Evaluates segments for the people of `evaluated`, whom the context's catalogue names, compares with the memberships that they have, and
 * writes what differs, as `writeMemberships` does for everybody. Must run inside a transaction.
 */
export async function writePart(
  duckdb: DuckDb,
  { segments, context }: { readonly segments: ReadonlyMap<string, Rule>; readonly context: CompileContext },
  order: PartOrder,
): Promise<WrittenMoves> {
  const plan = compileBatch(segments, orderSegments(segments), context)
  await makeSeats(duckdb, plan, tables.seats, order)
  const { text, params } = toDuckDb(selectSeats(plan))
  await duckdb.run(`CREATE TEMP TABLE ${tables.now} AS ${text}`, params)
  const { kept, waits } = await prepareHeld(duckdb, plan, order)
  await makeDiffering(duckdb, plan, {
    differing: tables.differing,
    now: `FROM ${tables.now}`,
    held: kept ? keptSql(plan) : storedSql(plan),
  })
  await duckdb.run(movesSql(plan, order))
  const moves = await listMoves(duckdb)
  const counts = moves.length < mostMoves ? countListed(moves) : await countMoves(duckdb)
  const { entered, exited } = sumMoves(counts)
  if (exited > 0) await storeExits(duckdb, order, waits)
  if (entered > 0) await duckdb.run(entriesSql, [momentOf(order)])
  const { differing } = tables
  if (kept) await followSeats(duckdb, plan, { differing, asOf: order.asOf, exits: waits ? exited : 0 })
  await duckdb.run(
    Object.values(tables)
      .map((table) => `DROP TABLE ${table}`)
      .join(';'),
  )
  return { counts, moves }
}

/**
 * Finds or makes the copy of all memberships, and tells whether exits may wait: an exit that waits ends what began no later than it, so
 * that moments must rise.
 */
async function prepareHeld(
  duckdb: DuckDb,
  plan: BatchPlan,
  { isLive, asOf }: PartOrder,
): Promise<{ readonly kept: KeptSeats | undefined; readonly waits: boolean }> {
  const found = await findKeptSeats(duckdb, plan)
  if (isLive && found && found.latest < asOf) {
    await settleSome(duckdb, found)
    return { kept: found, waits: true }
  }
  await settleExits(duckdb)
  const kept = found ?? (isLive ? await keepSeats(duckdb, plan, tables.seats) : undefined)
  return { kept, waits: isLive && kept !== undefined && kept.latest < asOf }
}

/** A SELECT of the memberships of the people in `evaluated`. */
const storedSql = (plan: BatchPlan): string => `
  SELECT h.profile_id, ${seatBits(plan)} FROM (
    SELECT m.profile_id, s.word, s.bit
    FROM membership m JOIN ${evaluatedIds} e ON e.profile_id = m.profile_id JOIN ${tables.seats} s ON s.segment = m.segment
    WHERE m.exited_at IS NULL) h
  GROUP BY h.profile_id`

/** Who entered and exited what, each move a row. */
function movesSql({ seatColumns }: BatchPlan, order: PartOrder): string {
  const ofWord = (sql: (column: string) => string): string =>
    `CASE s.word ${seatColumns.map((column, word) => `WHEN ${word} THEN ${sql(column)}`).join(' ')} END`
  return `
    CREATE TEMP TABLE ${tables.moves} AS
    SELECT s.segment, d.profile_id, (${ofWord((column) => `d.now_${column}`)} & s.bit) <> 0 AS entered,
      ${causeSql(order, 'd.profile_id')} AS cause
    FROM ${tables.differing} d JOIN ${tables.seats} s
      ON (${ofWord((column) => `xor(d.now_${column}, d.then_${column})`)} & s.bit) <> 0`
}

function countListed(moves: readonly MembershipMove[]): WrittenMoves['counts'] {
  const counts = new Map<string, { entered: number; exited: number }>()
  for (const { segment, direction } of moves) {
    const count = counts.get(segment) ?? { entered: 0, exited: 0 }
    count[direction] += 1
    counts.set(segment, count)
  }
  return counts
}

async function countMoves(duckdb: DuckDb): Promise<WrittenMoves['counts']> {
  const rows = await duckdb.all<{ segment: string; entered: bigint; exited: bigint }>(
    `SELECT segment, count(*) FILTER (entered) AS entered, count(*) FILTER (NOT entered) AS exited FROM ${tables.moves} GROUP BY segment`,
  )
  return new Map(
    rows.map(({ segment, entered, exited }) => [
      segment,
      { entered: Number(entered), exited: Number(exited) },
    ]),
  )
}

const entriesSql = `
  INSERT INTO membership (segment, profile_id, entered_at, entered_by)
  SELECT segment, profile_id, $1, cause FROM ${tables.moves} WHERE entered ${inOrder('profile_id')}`

async function storeExits(duckdb: DuckDb, order: PartOrder, waits: boolean): Promise<void> {
  await duckdb.run(
    `INSERT INTO membership_exit SELECT segment, profile_id, $1, cause FROM ${tables.moves} WHERE NOT entered`,
    [momentOf(order)],
  )
  if (!waits) await settleExits(duckdb, true)
}

/** The first moves, by name. */
async function listMoves(duckdb: DuckDb): Promise<readonly MembershipMove[]> {
  const rows = await duckdb.all<{ segment: string; profile_id: bigint; entered: boolean }>(
    `SELECT segment, profile_id, entered FROM ${tables.moves} LIMIT ${mostMoves}`,
  )
  return rows.map(({ segment, profile_id: id, entered }) => ({
    segment,
    profileId: `p_${id}`,
    direction: entered ? 'entered' : 'exited',
  }))
}

/**
 * All steps in one statement: of few people nobody shares much with anybody, and each table between two steps costs as much as a step. What
 * is read by many expressions is held, so that it is not worked out for each of them.
 */
function selectSeats(plan: BatchPlan): Sql {
  const [facts, bits] = ['part_facts', 'part_bits']
  const kept = sqlText(restrictedProfiles)
  const told = plan.bits(plan.facts && facts)
  const steps = [
    ...(plan.facts ? [sql`part_facts AS MATERIALIZED (${plan.facts})`] : []),
    sql`part_bits AS MATERIALIZED (SELECT * FROM (${told}) AS t WHERE profile_id NOT IN (${kept}))`,
  ]
  let last = bits
  for (const [index, level] of plan.levels.entries()) {
    const select = level(last)
    last = `part_level_${index}`
    steps.push(sql`${sqlText(last)} AS MATERIALIZED (${select})`)
  }
  const columns = sqlText(['profile_id', ...plan.seatColumns].join(', '))
  return sql`WITH ${joinSql(steps, ', ')} SELECT ${columns} FROM ${sqlText(last)}`
}
