import { VARCHAR } from '@duckdb/node-api'
import type { QualityCheck } from '../../../core/manifest/quality.ts'
import { createIsolationScore } from '../../../core/quality/isolation-forest.ts'
import type { ValueCheck } from '../../../core/quality/value-check.ts'
import type { DuckDb } from '../duckdb.ts'
import { valuesSql, type CheckTarget } from './check-target.ts'
import { createValueJudge, type ValueJudge } from './judge-value.ts'
import { learnFences, learnForest, type LearnedStream } from './learned-models.ts'

/** One check over the records in `quality_scope`. */
export interface CheckRun extends LearnedStream {
  readonly check: QualityCheck
  readonly targets: readonly CheckTarget[]
  /** Epoch milliseconds. */
  readonly now: number
}

/**
 * Fills the temporary table `quality_fault` (record_id, value, code, normal, suggestion) with what the check has to say. `code` null:
 * the value is right, and `normal` is how it is written. `value` is the text of an identifier, to tell it from others of its kind.
 */
export async function findFaults(duckdb: DuckDb, run: CheckRun): Promise<void> {
  await duckdb.run(
    `CREATE OR REPLACE TEMP TABLE quality_fault (record_id BIGINT, value VARCHAR, code VARCHAR, normal VARCHAR, suggestion VARCHAR)`,
  )
  const [target] = run.targets
  if (!target) return
  const { check } = run.check
  if (typeof check === 'object' && 'isolation_forest' in check) return findStrangers(duckdb, run)
  const judge = target.isText ? createValueJudge(check, dayOf(run.now)) : undefined
  if (judge) return judgeValues(duckdb, run, target, judge)
  const condition = await conditionOf(duckdb, run, target)
  if (!condition) return
  const { from = valuesSql(target), where, code, params = [] } = condition
  await duckdb.run(
    `INSERT INTO quality_fault SELECT record_id, value::VARCHAR, ${code}, NULL, NULL FROM (${from}) WHERE ${where}`,
    [...params],
  )
}

const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10)

const missingSql = ({ column }: CheckTarget): string =>
  `SELECT record_id, NULL AS value FROM staged_record SEMI JOIN quality_scope USING (record_id) WHERE ${column} IS NULL`

/** The values that fail: SQL over `value`, with its bound texts. */
interface Condition {
  /** Default: the target's values. */
  readonly from?: string
  readonly where: string
  /** SQL of the code. */
  readonly code: string
  readonly params?: readonly (string | number)[]
}

async function conditionOf(
  duckdb: DuckDb,
  run: CheckRun,
  target: CheckTarget,
): Promise<Condition | undefined> {
  const { check } = run.check
  if (check === 'filled') return { from: missingSql(target), where: 'true', code: `'empty'` }
  if (typeof check === 'string') return undefined
  if ('outlier' in check) {
    const fences = await learnFences(duckdb, run, target, check.outlier)
    return (
      fences && { where: 'value < $1 OR value > $2', code: `'outlier'`, params: [fences.low, fences.high] }
    )
  }
  return plainCondition(check, run.now)
}

function plainCondition(check: Exclude<ValueCheck, string>, now: number): Condition | undefined {
  if ('between' in check)
    return {
      where: 'value < $1 OR value > $2 OR isnan(value)',
      code: `'out_of_range'`,
      params: check.between,
    }
  if ('pattern' in check)
    return { where: 'NOT regexp_full_match(value, $1)', code: `'no_match'`, params: [check.pattern] }
  if ('one_of' in check) {
    const params = [JSON.stringify(check.one_of)]
    return {
      where: `NOT list_contains(from_json($1::JSON, '["VARCHAR"]'), value)`,
      code: `'not_listed'`,
      params,
    }
  }
  if (!('date' in check)) return undefined
  const { not_before: first = '0001-01-01', not_after: last = '9999-12-31' } = check.date
  return {
    where: 'value::DATE < $1::DATE OR value::DATE > $2::DATE',
    code: `CASE WHEN value::DATE < $1::DATE THEN 'too_early' ELSE 'too_late' END`,
    params: [first, last === 'today' ? dayOf(now) : last],
  }
}

/** Different values that are handed over at once. */
const keysAtOnce = 20_000

/** Judges each different value once, and notes the records that hold those there is something to say of. */
async function judgeValues(
  duckdb: DuckDb,
  { check: { check } }: CheckRun,
  target: CheckTarget,
  { key, judge }: ValueJudge,
): Promise<void> {
  const values = valuesSql(target, countryTraitOf(check))
  await duckdb.run(
    `CREATE OR REPLACE TEMP TABLE quality_key AS
     SELECT key, row_number() OVER () AS id FROM (SELECT DISTINCT ${key} AS key FROM (${values}))`,
  )
  await duckdb.run(
    `CREATE OR REPLACE TEMP TABLE quality_verdict (key VARCHAR, code VARCHAR, normal VARCHAR, suggestion VARCHAR)`,
  )
  for (let first = 1; ; first += keysAtOnce) {
    const keys = await duckdb.all<{ key: string }>(`SELECT key FROM quality_key WHERE id BETWEEN $1 AND $2`, [
      first,
      first + keysAtOnce - 1,
    ])
    if (keys.length === 0) break
    const verdicts = keys.flatMap(({ key: one }) => {
      const verdict = judge(one)
      return verdict ? [{ key: one, ...verdict }] : []
    })
    if (verdicts.length === 0) continue
    await duckdb.append('quality_verdict', {
      types: [VARCHAR, VARCHAR, VARCHAR, VARCHAR],
      columns: (['key', 'code', 'normal', 'suggestion'] as const).map((name) =>
        verdicts.map((verdict) => verdict[name] ?? null),
      ),
    })
  }
  await duckdb.run(
    `INSERT INTO quality_fault SELECT record_id, value, code, normal, suggestion
     FROM (SELECT record_id, value, ${key} AS key FROM (${values})) JOIN quality_verdict USING (key)`,
  )
}

function countryTraitOf(check: ValueCheck): string | undefined {
  if (typeof check === 'string') return undefined
  if ('phone' in check) return check.phone.country_from
  return 'postcode' in check ? check.postcode.country_from : undefined
}

const recordsAtOnce = 20_000

/** Records that the forest tells from all others; those without one of the numbers are not judged. */
async function findStrangers(duckdb: DuckDb, run: CheckRun): Promise<void> {
  const learned = await learnForest(duckdb, run)
  if (!learned) return
  const scoreOf = createIsolationScore(learned.forest)
  const columns = run.targets.map(({ column }) => column)
  await duckdb.run(
    `CREATE OR REPLACE TEMP TABLE quality_row AS
     SELECT record_id, [${columns.join(', ')}] AS numbers, row_number() OVER () AS id
     FROM staged_record SEMI JOIN quality_scope USING (record_id)
     WHERE ${columns.map((column) => `${column} IS NOT NULL`).join(' AND ')}`,
  )
  for (let first = 1; ; first += recordsAtOnce) {
    const rows = await duckdb.all<{ record_id: bigint; numbers: string }>(
      `SELECT record_id, to_json(numbers)::VARCHAR AS numbers FROM quality_row WHERE id BETWEEN $1 AND $2`,
      [first, first + recordsAtOnce - 1],
    )
    if (rows.length === 0) break
    const strangers = rows.filter(({ numbers }) => {
      const row: number[] = JSON.parse(numbers)
      return scoreOf(row) > learned.threshold
    })
    await duckdb.run(
      `INSERT INTO quality_fault SELECT unnest(from_json($1::JSON, '["BIGINT"]')), NULL, 'outlier', NULL, NULL`,
      [JSON.stringify(strangers.map(({ record_id: id }) => Number(id)))],
    )
  }
}
