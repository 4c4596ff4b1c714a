import { z } from 'zod'
import type { QualityCheck } from '../../../core/manifest/quality.ts'
import type { StreamRef } from '../../../core/port/profile-store.ts'
import {
  growIsolationForest,
  isolationForest,
  createIsolationScore,
} from '../../../core/quality/isolation-forest.ts'
import type { Fences } from '../../../core/quality/outlier-fences.ts'
import { quantile, toSorted } from '../../../core/quality/quantile.ts'
import { createSeededRandom } from '../../../core/quality/seeded-random.ts'
import type { DuckDb } from '../duckdb.ts'
import type { CheckTarget } from './check-target.ts'

/** A check whose stream it learns from; `position` among the checks of the manifest. */
export interface LearnedStream extends StreamRef {
  readonly check: QualityCheck
  readonly targets: readonly CheckTarget[]
  readonly position: number
}

/** Fewer values tell nothing of what is usual. */
const fewest = 20

const fencesModel = z.object({ low: z.number(), high: z.number() })
const forestModel = z.object({ forest: isolationForest, threshold: z.number() })

/**
 * The fences of an outlier check: learned once from all values of the stream and kept, so that a record is judged alike whether it comes
 * with the first pull or the last. Undefined while there are too few values, or all of them are alike.
 */
export async function learnFences(
  duckdb: DuckDb,
  stream: LearnedStream,
  target: CheckTarget,
  rule: { readonly by: 'z_score' | 'iqr' | 'mad'; readonly threshold?: number | undefined },
): Promise<Fences | undefined> {
  const stored = await readModel(duckdb, stream)
  if (stored !== undefined) return fencesModel.parse(stored)
  const { by, threshold = defaultThresholds[by] } = rule
  const row = await duckdb.one<{ n: bigint; low: number | null; high: number | null }>(
    fencesSql(by, populationSql([target])),
    [stream.connection, stream.stream, threshold],
  )
  if (!row || row.n < fewest || row.low === null || row.high === null || row.low >= row.high) return undefined
  const fences = { low: row.low, high: row.high }
  await keepModel(duckdb, stream, fences)
  return fences
}

const defaultThresholds = { z_score: 3, iqr: 1.5, mad: 3.5 }

/** As `core/quality/outlier-fences.ts`, over the column `v0` of the population. $3 is the threshold. */
function fencesSql(by: 'z_score' | 'iqr' | 'mad', population: string): string {
  const column = `SELECT v0 AS v FROM (${population}) WHERE isfinite(v0)`
  if (by === 'z_score') {
    return `SELECT count(*) AS n, avg(v) - $3 * stddev_samp(v) AS low, avg(v) + $3 * stddev_samp(v) AS high FROM (${column})`
  }
  if (by === 'iqr') {
    return `SELECT n, q[1] - $3 * (q[2] - q[1]) AS low, q[2] + $3 * (q[2] - q[1]) AS high
      FROM (SELECT count(*) AS n, quantile_cont(v, [0.25, 0.75]) AS q FROM (${column}))`
  }
  return `SELECT n, m - $3 * d / 0.6745 AS low, m + $3 * d / 0.6745 AS high
    FROM (SELECT count(*) AS n, median(v) AS m, mad(v) AS d FROM (${column}))`
}

/** All values of the stream: of the staged records, and of those that are stored and not staged. Columns `v0`, `v1` …, `record_id`. */
function populationSql(targets: readonly CheckTarget[]): string {
  const columns = targets.map(({ column }, index) => `${column} AS v${index}`).join(', ')
  const filled = targets.map(({ column }) => `${column} IS NOT NULL`).join(' AND ')
  return `SELECT record_id, ${columns} FROM staged_record SEMI JOIN quality_scope USING (record_id) WHERE ${filled}
    UNION ALL SELECT record_id, ${columns} FROM told_record ANTI JOIN staged_record USING (record_id)
    WHERE connection = $1 AND stream = $2 AND NOT deleted AND ${filled}`
}

/** Rows from which the forest grows, and by which its threshold is set. */
const sampledRows = 8192

/** A forest over the numbers of the check, and the score from which on the wanted share of records lies. */
export async function learnForest(
  duckdb: DuckDb,
  stream: LearnedStream,
): Promise<z.output<typeof forestModel> | undefined> {
  const { check } = stream.check
  if (typeof check === 'string' || !('isolation_forest' in check)) return undefined
  const stored = await readModel(duckdb, stream)
  if (stored !== undefined) return forestModel.parse(stored)
  const names = stream.targets.map((_, index) => `v${index}`)
  const sampled = await duckdb.all<{ numbers: string }>(
    // Ordered by a hash: a sample that is the same whenever the same records are there.
    `SELECT to_json([${names.join(', ')}])::VARCHAR AS numbers FROM (${populationSql(stream.targets)})
     ORDER BY hash(record_id), record_id LIMIT ${sampledRows}`,
    [stream.connection, stream.stream],
  )
  if (sampled.length < fewest) return undefined
  const rows = sampled.map(({ numbers }) => numberRow.parse(JSON.parse(numbers)))
  const forest = growIsolationForest(rows, { random: createSeededRandom(sampled.length) })
  const scores = toSorted(rows.map(createIsolationScore(forest)))
  const model = { forest, threshold: quantile(scores, 1 - check.isolation_forest.share) }
  await keepModel(duckdb, stream, model)
  return model
}

const numberRow = z.array(z.number())

async function readModel(duckdb: DuckDb, { connection, stream, position }: LearnedStream): Promise<unknown> {
  const row = await duckdb.one<{ model: string }>(
    `SELECT model FROM quality_model WHERE connection = $1 AND stream = $2 AND position = $3`,
    [connection, stream, position],
  )
  return row && JSON.parse(row.model)
}

async function keepModel(
  duckdb: DuckDb,
  { connection, stream, position }: LearnedStream,
  model: object,
): Promise<void> {
  await duckdb.run(`INSERT INTO quality_model VALUES ($1, $2, $3, $4)`, [
    connection,
    stream,
    position,
    JSON.stringify(model),
  ])
}
