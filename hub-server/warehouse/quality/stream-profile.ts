import { z } from 'zod'
import type { StreamRef } from '../../../core/port/profile-store.ts'
import { populationStability } from '../../../core/quality/population-stability.ts'
import type { DuckDb } from '../duckdb.ts'
import { livingRecords } from './measure-targets.ts'
import type { MappedStream, StreamTarget } from './stream-targets.ts'

/** What is kept of a target after a pull: counts of crowds, nothing of single people. */
const targetProfile = z.object({
  records: z.number(),
  filled: z.number(),
  /** Of a number: how many values lie up to each edge, and beyond the last. */
  bins: z.object({ edges: z.array(z.number()), counts: z.array(z.number()) }).optional(),
  /** Of a text or boolean: values that many hold, with how many; all others are one bin. */
  values: z.record(z.string(), z.number()).optional(),
})
type TargetProfile = z.output<typeof targetProfile>

/** How a target differs from what it was after an earlier pull. */
export interface TargetDrift {
  /** Shares of the records that have a value. */
  readonly filledBefore: number
  readonly filledNow: number
  /** Population stability index of the values; undefined where they are not compared (dates, lists, identifiers). */
  readonly stability: number | undefined
}

/** Values held by fewer people are not written down: they may name somebody. */
const fewestHolders = 20
const mostValues = 50
/** Pulls that are remembered for each stream. */
const profilesKept = 10

/** The run that last changed a record of the stream; undefined when there is none. */
async function lastPull(duckdb: DuckDb, { connection, stream }: StreamRef): Promise<string | undefined> {
  const row = await duckdb.one<{ run_id: string | null }>(
    `SELECT arg_max(run_id, change_id) AS run_id FROM source_record WHERE connection = $1 AND stream = $2`,
    [connection, stream],
  )
  return row?.run_id ?? undefined
}

/** Keeps what the stream looks like now, as the profile of its last pull. */
export async function keepProfile(duckdb: DuckDb, stream: MappedStream, now: number): Promise<void> {
  const run = await lastPull(duckdb, stream)
  if (run === undefined) return
  const where = [stream.connection, stream.stream]
  await duckdb.run(`DELETE FROM quality_profile WHERE connection = $1 AND stream = $2 AND run_id = $3`, [
    ...where,
    run,
  ])
  for (const target of stream.targets) {
    const profile = await profileTarget(duckdb, stream, target)
    await duckdb.run(`INSERT INTO quality_profile VALUES ($1, $2, $3, epoch_ms($4::BIGINT), $5, $6)`, [
      ...where,
      run,
      BigInt(now),
      targetKey(target),
      JSON.stringify(profile),
    ])
  }
  await duckdb.run(
    `DELETE FROM quality_profile WHERE connection = $1 AND stream = $2 AND run_id NOT IN (
       SELECT run_id FROM quality_profile WHERE connection = $1 AND stream = $2
       GROUP BY run_id ORDER BY max(taken_at) DESC LIMIT ${profilesKept})`,
    where,
  )
}

const targetKey = ({ kind, name }: StreamTarget): string => `${kind} ${name}`

async function profileTarget(
  duckdb: DuckDb,
  stream: MappedStream,
  target: StreamTarget,
): Promise<TargetProfile> {
  const params = [stream.connection, stream.stream]
  const row = await duckdb.one<{ records: bigint; filled: bigint }>(
    `SELECT count(*) AS records, count(${target.column}) AS filled ${livingRecords}`,
    params,
  )
  const counts = { records: Number(row?.records ?? 0), filled: Number(row?.filled ?? 0) }
  if (target.type === 'number') {
    const edges = await readEdges(duckdb, stream, target)
    return { ...counts, bins: { edges, counts: await countBins(duckdb, stream, target, edges) } }
  }
  return isCategory(target) ? { ...counts, values: await countValues(duckdb, stream, target) } : counts
}

const isCategory = ({ kind, type }: StreamTarget): boolean =>
  kind === 'trait' && (type === 'text' || type === 'boolean')

/** Deciles, rounded to three digits so that none is somebody's own number. */
async function readEdges(duckdb: DuckDb, stream: MappedStream, { column }: StreamTarget): Promise<number[]> {
  const row = await duckdb.one<{ edges: string | null }>(
    `SELECT to_json(quantile_cont(${column}, [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]))::VARCHAR AS edges
     ${livingRecords} AND isfinite(${column})`,
    [stream.connection, stream.stream],
  )
  const deciles =
    z
      .array(z.number())
      .nullable()
      .parse(JSON.parse(row?.edges ?? 'null')) ?? []
  return [...new Set(deciles.map((edge) => Number(edge.toPrecision(3))))]
}

async function countBins(
  duckdb: DuckDb,
  stream: MappedStream,
  { column }: StreamTarget,
  edges: readonly number[],
): Promise<number[]> {
  const rows = await duckdb.all<{ bin: number; count: bigint }>(
    `SELECT len(list_filter(from_json($3::JSON, '["DOUBLE"]'), lambda edge: edge < ${column}))::INTEGER AS bin, count(*) AS count
     ${livingRecords} AND ${column} IS NOT NULL GROUP BY bin`,
    [stream.connection, stream.stream, JSON.stringify(edges)],
  )
  const counts = new Map(rows.map(({ bin, count }) => [bin, Number(count)]))
  return Array.from({ length: edges.length + 1 }, (_, bin) => counts.get(bin) ?? 0)
}

async function countValues(
  duckdb: DuckDb,
  stream: MappedStream,
  { column }: StreamTarget,
): Promise<Record<string, number>> {
  const rows = await duckdb.all<{ value: string; count: bigint }>(
    `SELECT ${column}::VARCHAR AS value, count(*) AS count ${livingRecords} AND ${column} IS NOT NULL
     GROUP BY value HAVING count(*) >= ${fewestHolders} ORDER BY count DESC, value LIMIT ${mostValues}`,
    [stream.connection, stream.stream],
  )
  return Object.fromEntries(rows.map(({ value, count }) => [value, Number(count)]))
}

/** What the stream was like after the pull before the last. */
export interface EarlierProfile {
  /** Epoch milliseconds. */
  readonly takenAt: number
  readonly targets: ReadonlyMap<string, TargetProfile>
}

export async function readEarlierProfile(
  duckdb: DuckDb,
  stream: MappedStream,
): Promise<EarlierProfile | undefined> {
  const rows = await duckdb.all<{ target: string; profile: string; taken_at: bigint }>(
    `SELECT target, profile, epoch_ms(taken_at) AS taken_at FROM quality_profile
     WHERE connection = $1 AND stream = $2 AND run_id = (
       SELECT arg_max(run_id, taken_at) FROM quality_profile WHERE connection = $1 AND stream = $2 AND run_id <> $3)`,
    [stream.connection, stream.stream, (await lastPull(duckdb, stream)) ?? ''],
  )
  const [first] = rows
  if (!first) return undefined
  const targets = rows.map(
    ({ target, profile }) => [target, targetProfile.parse(JSON.parse(profile))] as const,
  )
  return { takenAt: Number(first.taken_at), targets: new Map(targets) }
}

/** Compares a target as it is now with an earlier profile; undefined where the target was not there. */
export async function measureDrift(
  duckdb: DuckDb,
  stream: MappedStream,
  target: StreamTarget,
  earlier: EarlierProfile,
): Promise<TargetDrift | undefined> {
  const before = earlier.targets.get(targetKey(target))
  if (!before || before.records === 0) return undefined
  const now = await profileTarget(duckdb, stream, target)
  const stability = await compareValues(duckdb, stream, target, { before, now })
  return {
    filledBefore: before.filled / before.records,
    filledNow: now.records === 0 ? 0 : now.filled / now.records,
    stability: stability === undefined || Number.isNaN(stability) ? undefined : stability,
  }
}

async function compareValues(
  duckdb: DuckDb,
  stream: MappedStream,
  target: StreamTarget,
  { before, now }: { readonly before: TargetProfile; readonly now: TargetProfile },
): Promise<number | undefined> {
  if (before.bins) {
    const counts = await countBins(duckdb, stream, target, before.bins.edges)
    return populationStability(before.bins.counts, counts)
  }
  if (!before.values || !now.values) return undefined
  // A value counts on its own where it was or is held by many; with few on both sides there is nothing to compare.
  const names = [...new Set([...Object.keys(before.values), ...Object.keys(now.values)])]
  return names.length === 0 ? undefined : populationStability(binsOf(before, names), binsOf(now, names))
}

function binsOf({ filled, values = {} }: TargetProfile, names: readonly string[]): number[] {
  const counts = names.map((name) => values[name] ?? 0)
  return [...counts, filled - counts.reduce((sum, count) => sum + count, 0)]
}
