import { selectNextChanges } from '../../../core/segment/next-change/select-next-changes.ts'
import type { Rule } from '../../../core/segment/rule.ts'
import type { CompileContext } from '../../../core/segment/to-formula.ts'
import type { DuckDb } from '../duckdb.ts'
import { toDuckDb } from './bound-values.ts'

/**
 * Of several instants of a person the one that was noted last is true. Those before it are left in place until there are so many for each
 * profile: taking them away reads all of them.
 */
const mostEach = 2

/** So many rows are then looked at, at each evaluation until there are fewer: all of 2,000,000 at once took more than a second. */
const stretchRows = 100_000

/** What is due before the end of such a time is in `next_change_soon`, in milliseconds. */
const soonMs = 16_000

/** Beyond so many rows, what is due later is taken out of `next_change_soon`: some twenty batches of a thousand events. */
const mostSoon = 25_000

/** When what is soon ends, seen from a moment. Both epoch milliseconds. */
const endOfSoon = (asOf: number): number => (Math.floor(asOf / soonMs) + 1) * soonMs

/** In their order: whoever looks for what is soon due passes over all but the first of them, and what was added since. */
const inOrder = 'ORDER BY due_at'

/** Notes for everybody when time alone may next change something. Must run inside the transaction of the evaluation. */
export async function writeAllNextChanges(
  duckdb: DuckDb,
  rules: readonly Rule[],
  context: CompileContext,
): Promise<void> {
  await forgetNextChanges(duckdb)
  await add(duckdb, rules, context, { table: 'next_change', order: inOrder })
  await duckdb.run(takeSoonSql(endOfSoon(context.asOf)))
}

/** To be called where it is not worked out when time changes something. */
export async function forgetNextChanges(duckdb: DuckDb): Promise<void> {
  await duckdb.run(`DELETE FROM next_change; DELETE FROM next_change_soon`)
}

/**
 * Brings what is soon due, seen from the moment of an evaluation, into `next_change_soon`: each evaluation reads and deletes what is due there, which
 * among all instants took three times as long after ten minutes of events. Must run inside the transaction of the evaluation, before its people
 * are chosen. `before`: the moment of the last evaluation.
 */
export async function bringSoon(
  duckdb: DuckDb,
  { before, asOf }: { readonly before: number; readonly asOf: number },
): Promise<void> {
  const end = endOfSoon(asOf)
  if (endOfSoon(before) < end) await duckdb.run(takeSoonSql(end))
}

const takeSoonSql = (end: number): string => `
  INSERT INTO next_change_soon SELECT profile_id, due_at FROM next_change WHERE due_at <= ${end};
  DELETE FROM next_change WHERE due_at <= ${end}`

/** The same for the people of the context's catalogue, who were just evaluated. */
export async function writeNextChanges(
  duckdb: DuckDb,
  rules: readonly Rule[],
  context: CompileContext,
): Promise<void> {
  await duckdb.run(`DELETE FROM next_change_soon WHERE due_at <= ${context.asOf}`)
  await add(duckdb, rules, context, { table: 'next_change_soon', order: '' })
  const row = await duckdb.one<{ is_wide: boolean; are_many: boolean }>(
    `SELECT (SELECT count(*) FROM next_change_soon) > ${mostSoon} AS is_wide,
       (SELECT count(*) FROM next_change) > ${mostEach} * (SELECT count(*) FROM profile) AS are_many`,
  )
  if (row?.is_wide === true) await putBack(duckdb, endOfSoon(context.asOf))
  if (row?.are_many === true) await narrowSome(duckdb)
}

/** Takes what is due later out of `next_change_soon`: of each person the instant that was noted last. */
async function putBack(duckdb: DuckDb, end: number): Promise<void> {
  await duckdb.run(
    `INSERT INTO next_change
     SELECT profile_id, arg_max(due_at, rowid) AS due_at FROM next_change_soon WHERE due_at > ${end} GROUP BY profile_id;
     DELETE FROM next_change_soon WHERE due_at > ${end}`,
  )
}

/**
 * Takes some of the rows away, and adds those that are the last ones of their people again: the next time others are looked at. Whoever is
 * gone was looked at then, and will not change.
 */
async function narrowSome(duckdb: DuckDb): Promise<void> {
  await duckdb.run(
    `CREATE OR REPLACE TEMP TABLE first_noted AS SELECT rowid AS row_id, profile_id, due_at FROM next_change LIMIT ${stretchRows};
     CREATE OR REPLACE TEMP TABLE noted_since AS
     SELECT f.row_id FROM next_change n JOIN first_noted f ON n.profile_id = f.profile_id AND n.rowid > f.row_id;
     DELETE FROM next_change USING first_noted f WHERE next_change.rowid = f.row_id;
     INSERT INTO next_change SELECT profile_id, due_at FROM first_noted ANTI JOIN noted_since USING (row_id) SEMI JOIN profile USING (profile_id);
     DROP TABLE first_noted;
     DROP TABLE noted_since`,
  )
}

async function add(
  duckdb: DuckDb,
  rules: readonly Rule[],
  context: CompileContext,
  { table, order }: { readonly table: string; readonly order: string },
): Promise<void> {
  const select = selectNextChanges(rules, context)
  if (!select) return
  const { text, params } = toDuckDb(select)
  await duckdb.run(
    `INSERT INTO ${table} SELECT profile_id, due_at::BIGINT AS due_at FROM (${text}) ${order}`,
    params,
  )
}

/** When time alone may next change something, by what is committed: at once, when that was not worked out at the last evaluation. */
export async function readNextChange(duckdb: DuckDb): Promise<number | undefined> {
  const [row] = await duckdb.read<{ due: number | null }>(
    `SELECT CASE WHEN knows_next
         THEN least((SELECT min(due_at) FROM next_change_soon), (SELECT due_at FROM next_change ORDER BY due_at LIMIT 1))
       ELSE epoch_ms(evaluated_at) + 1 END::DOUBLE AS due
     FROM evaluation_state`,
  )
  return row?.due ?? undefined
}
