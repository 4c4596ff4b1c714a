import { selectNextChanges } from '../../../core/segment/next-change/select-next-changes.ts'
import type { Rule } from '../../../core/segment/rule.ts'
import type { CompileContext } from '../../../core/segment/to-formula.ts'
import type { DuckDb } from '../duckdb.ts'
import { toDuckDb } from './bound-values.ts'

/** Instants that are not true any more are left in place until there are so many for each profile: taking them away reads all of them. */
const mostEach = 3

/** Notes for everybody when time alone may next change something. Must run inside the transaction of the evaluation. */
export async function writeAllNextChanges(
  duckdb: DuckDb,
  rules: readonly Rule[],
  context: CompileContext,
): Promise<void> {
  await duckdb.run(`DELETE FROM next_change`)
  await add(duckdb, rules, context)
}

/** The same for the people of the context's catalogue, who were just evaluated; `everybody` is the context of all people. */
export async function writeNextChanges(
  duckdb: DuckDb,
  rules: readonly Rule[],
  { context, everybody }: { readonly context: CompileContext; readonly everybody: CompileContext },
): Promise<void> {
  const row = await duckdb.one<{ noted: bigint; profiles: bigint }>(
    `SELECT (SELECT count(*) FROM next_change) AS noted, (SELECT count(*) FROM profile) AS profiles`,
  )
  if (row && row.noted > BigInt(mostEach) * row.profiles + 1000n)
    return writeAllNextChanges(duckdb, rules, everybody)
  await duckdb.run(`DELETE FROM next_change WHERE due_at <= $1`, [BigInt(context.asOf)])
  await add(duckdb, rules, context)
}

async function add(duckdb: DuckDb, rules: readonly Rule[], context: CompileContext): Promise<void> {
  const select = selectNextChanges(rules, context)
  if (!select) return
  const { text, params } = toDuckDb(select)
  await duckdb.run(`INSERT INTO next_change SELECT profile_id, due_at::BIGINT FROM (${text})`, params)
}

/** When time alone may next change something, by what is committed: at once, when that was not worked out at the last evaluation. */
export async function readNextChange(duckdb: DuckDb): Promise<number | undefined> {
  const [row] = await duckdb.read<{ due: number | null }>(
    `SELECT CASE WHEN knows_next THEN (SELECT min(due_at) FROM next_change) ELSE epoch_ms(evaluated_at) + 1 END::DOUBLE AS due
     FROM evaluation_state`,
  )
  return row?.due ?? undefined
}
