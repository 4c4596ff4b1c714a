import type { DuckDb } from '../duckdb.ts'

/** Present members of every segment that was ever evaluated, by what is committed. */
export async function readSizes(duckdb: DuckDb): Promise<ReadonlyMap<string, number>> {
  const rows = await duckdb.read<{ segment: string; members: bigint }>(
    `SELECT segment, count(*) FILTER (WHERE exited_at IS NULL) AS members FROM every_membership GROUP BY segment`,
  )
  return new Map(rows.map(({ segment, members }) => [segment, Number(members)]))
}
