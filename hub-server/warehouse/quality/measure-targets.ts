import { fingerprint } from '../../../core/quality/fingerprint.ts'
import type { DuckDb, Row } from '../duckdb.ts'
import type { MappedStream, StreamTarget } from './stream-targets.ts'

/** What the values of one trait or identifier of a stream are like. */
export interface TargetMeasures {
  readonly filled: number
  readonly distinct: number
  /** Of an identifier: records that share their value with an earlier record of the stream. */
  readonly repeated: number
  /** Of a number: quartiles, mean, and values outside Tukey's fences. */
  readonly numbers?: NumberMeasures
  /** Of a text with few values: values that differ only in case, accents, spaces, punctuation or order of words. */
  readonly spellings?: number
}

interface NumberMeasures {
  readonly min: number
  readonly q1: number
  readonly median: number
  readonly q3: number
  readonly max: number
  readonly mean: number
  readonly outliers: number
}

/** The living records of the stream ($1, $2). */
export const livingRecords = `FROM told_record WHERE connection = $1 AND stream = $2 AND NOT deleted`

/** Measures all targets of a stream in one scan, and numbers and texts in one more each. */
export async function measureTargets(
  duckdb: DuckDb,
  stream: MappedStream,
): Promise<ReadonlyMap<StreamTarget, TargetMeasures>> {
  const params = [stream.connection, stream.stream]
  const counts = stream.targets.map(
    ({ column }, at) => `count(${column}) AS filled_${at}, count(DISTINCT ${column}) AS distinct_${at}`,
  )
  const row = await duckdb.one(`SELECT ${counts.join(', ')} ${livingRecords}`, params)
  const measured = new Map<StreamTarget, TargetMeasures>()
  for (const [at, target] of stream.targets.entries()) {
    const filled = numberOf(row, `filled_${at}`)
    const distinct = numberOf(row, `distinct_${at}`)
    const repeated = target.kind === 'identifier' ? filled - distinct : 0
    const numbers =
      target.type === 'number' && filled > 0 ? await measureNumbers(duckdb, target, params) : undefined
    const spellings =
      target.kind === 'trait' && target.type === 'text' && distinct <= mostSpelled
        ? await countSpellings(duckdb, target, params)
        : undefined
    measured.set(target, {
      filled,
      distinct,
      repeated,
      ...(numbers && { numbers }),
      ...(spellings !== undefined && { spellings }),
    })
  }
  return measured
}

const numberOf = (row: Row | undefined, name: string): number => Number(row?.[name] ?? 0)

async function measureNumbers(
  duckdb: DuckDb,
  { column }: StreamTarget,
  params: readonly string[],
): Promise<NumberMeasures> {
  const row = await duckdb.one(
    `WITH v AS (SELECT ${column} AS v ${livingRecords} AND isfinite(${column})),
       s AS (SELECT min(v) AS min, max(v) AS max, avg(v) AS mean, quantile_cont(v, [0.25, 0.5, 0.75]) AS q FROM v)
     SELECT min, max, mean, q[1] AS q1, q[2] AS median, q[3] AS q3, (SELECT count(*) FROM v, s
       WHERE q[3] > q[1] AND (v < q[1] - 1.5 * (q[3] - q[1]) OR v > q[3] + 1.5 * (q[3] - q[1]))) AS outliers FROM s`,
    [...params],
  )
  const [min, q1, median, q3, max, mean, outliers] = (
    ['min', 'q1', 'median', 'q3', 'max', 'mean', 'outliers'] as const
  ).map((name) => numberOf(row, name))
  return {
    min: min ?? 0,
    q1: q1 ?? 0,
    median: median ?? 0,
    q3: q3 ?? 0,
    max: max ?? 0,
    mean: mean ?? 0,
    outliers: outliers ?? 0,
  }
}

/** Names of people and streets are many, and meet by chance; towns, countries and professions are few. */
const mostSpelled = 5000

async function countSpellings(
  duckdb: DuckDb,
  { column }: StreamTarget,
  params: readonly string[],
): Promise<number> {
  const values = await duckdb.all<{ value: string }>(
    `SELECT DISTINCT ${column} AS value ${livingRecords} AND ${column} IS NOT NULL`,
    [...params],
  )
  return values.length - new Set(values.map(({ value }) => fingerprint(value) || value)).size
}
