import type { DuckDbSession } from '../duckdb.ts'
import type { EvaluationTables } from './evaluation-tables.ts'

/**
 * Members of each segment of an evaluation, from its patterns. Adding zeros took a sixth of the time of `FILTER`, which makes a selection of
 * the rows for each segment.
 */
export async function countMembers(
  duckdb: DuckDbSession,
  { plan, patterns }: Pick<EvaluationTables, 'plan' | 'patterns'>,
): Promise<ReadonlyMap<string, number>> {
  if (plan.seats.size === 0) return new Map()
  const seats = [...plan.seats]
  const counts = seats.map(
    ([, { column, bit }], ordinal) =>
      `COALESCE(sum(CASE WHEN (${column} & ${bit}::BIGINT) <> 0 THEN people ELSE 0 END), 0)::BIGINT AS c${ordinal}`,
  )
  const row = await duckdb.one<Record<string, bigint>>(`SELECT ${counts.join(', ')} FROM ${patterns}`)
  return new Map(seats.map(([name], ordinal) => [name, Number(row?.[`c${ordinal}`] ?? 0n)]))
}
