import { compileBatch, type BatchPlan } from '../../../core/segment/compile-batch.ts'
import type { Rule } from '../../../core/segment/rule.ts'
import { orderSegments } from '../../../core/segment/segment-order.ts'
import type { CompileContext } from '../../../core/segment/to-formula.ts'
import { joinSql, sql, sqlText, type Sql } from '../../../core/sql/sql.ts'
import type { DuckDb } from '../duckdb.ts'
import { restrictedProfiles } from '../erasure/restriction.ts'
import { toDuckDb } from './bound-values.ts'
import { evaluatedIds } from './evaluated-people.ts'
import {
  causeSql,
  countMoves,
  gone,
  listMoves,
  makeDiffering,
  makeSeats,
  momentOf,
  storeEntries,
  sumMoves,
  type MoveTables,
  type WriteOrder,
  type WrittenMoves,
} from './write-memberships.ts'

/** Temporary tables of one evaluation of a part of all people. */
const tables: MoveTables & {
  /** profile_id and the plan's seat columns. */
  readonly now: string
  /** row_id, profile_id, ordinal, word, bit, entered_at, entered_by: the memberships that they have, and where in the table these are. */
  readonly held: string
} = { now: 'part_now', held: 'part_held', seats: 'part_seats', differing: 'part_differing' }

/**
 * Evaluates segments for the people of `evaluated`, whom the context's catalogue names, compares with the memberships that they have, and
 * writes what differs, as `writeMemberships` does for everybody. Must run inside a transaction.
 */
export async function writePart(
  duckdb: DuckDb,
  { segments, context }: { readonly segments: ReadonlyMap<string, Rule>; readonly context: CompileContext },
  order: WriteOrder,
): Promise<WrittenMoves> {
  const plan = compileBatch(segments, orderSegments(segments), context)
  await makeSeats(duckdb, plan, tables.seats, order)
  const { text, params } = toDuckDb(selectSeats(plan))
  await duckdb.run(`CREATE TEMP TABLE ${tables.now} AS ${text}`, params)
  await duckdb.run(
    `CREATE TEMP TABLE ${tables.held} AS
     SELECT m.rowid AS row_id, m.profile_id, s.ordinal, s.word, s.bit, m.entered_at, m.entered_by
     FROM membership m JOIN ${evaluatedIds} e ON e.profile_id = m.profile_id JOIN ${tables.seats} s ON s.segment = m.segment
     WHERE m.exited_at IS NULL`,
  )
  await makeDiffering(duckdb, plan, {
    differing: tables.differing,
    now: `FROM ${tables.now}`,
    held: `FROM ${tables.held}`,
  })
  const counts = await countMoves(duckdb, plan, tables)
  const { entered, exited } = sumMoves(counts)
  if (exited > 0) await storeExits(duckdb, plan, order)
  if (entered > 0) await storeEntries(duckdb, plan, tables, order)
  const moves = entered + exited === 0 ? [] : await listMoves(duckdb, plan, tables)
  for (const table of Object.values(tables)) await duckdb.run(`DROP TABLE ${table}`)
  return { counts, moves }
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

/**
 * Writes who exits, as new rows in place of the old ones: the log of an UPDATE has an entry for each column of each 2,048 rows that hold one
 * of them, which took five times as long to commit (5,000 people, 4,000 exits). By its place a row is found at half the cost of finding it
 * by its person.
 */
async function storeExits(duckdb: DuckDb, plan: BatchPlan, order: WriteOrder): Promise<void> {
  const ends = plan.seatColumns.map((column, word) => `(h.word = ${word} AND (${gone(column)} & h.bit) <> 0)`)
  const exits = `FROM ${tables.held} h JOIN ${tables.differing} d ON d.profile_id = h.profile_id AND (${ends.join(' OR ')})`
  await duckdb.run(
    `DELETE FROM membership USING (SELECT h.row_id ${exits}) x WHERE membership.rowid = x.row_id`,
  )
  await duckdb.run(
    `INSERT INTO membership (segment, profile_id, entered_at, entered_by, exited_at, exited_by)
     SELECT s.segment, h.profile_id, h.entered_at, h.entered_by, greatest(h.entered_at, $1), ${causeSql(order, 'h.profile_id')}
     ${exits} JOIN ${tables.seats} s ON s.ordinal = h.ordinal`,
    [momentOf(order)],
  )
}
