import { createHash } from 'node:crypto'
import type { ProfileSchema } from '../../../core/profile/profile-schema.ts'
import { askedFacts } from '../../../core/segment/asked-facts.ts'
import type { Rule } from '../../../core/segment/rule.ts'
import type { DuckDb } from '../duckdb.ts'
import { learnImputations } from '../quality/impute-traits.ts'
import { everybody } from './note-touched.ts'
import { bringSoon } from './write-next-changes.ts'

/** Whom an evaluation looks at: everybody, or those that the temporary table `evaluated` names. */
export interface Scope {
  readonly kind: 'everybody' | 'touched'
  /** People in `evaluated`; of everybody, those whose data is known to have changed or whose instant came. */
  readonly people: number
  /** False when it is not known whose data changed since the last evaluation. */
  readonly knowsTouched: boolean
  /** Digest of what everybody's answers depend on. */
  readonly digest: string
}

interface Asked {
  readonly segments: ReadonlyMap<string, Rule>
  readonly schema: ProfileSchema
  readonly asOf: number
}

/** Beyond this share of all profiles, and so many, looking at everybody costs less. Measured: 1,000,000 profiles, 50 rules. */
const largeShare = 0.1
const largeNumber = 20_000

/** Finds out whom to look at, and fills `evaluated`. Must run inside the transaction of the evaluation. */
export async function chooseScope(duckdb: DuckDb, asked: Asked): Promise<Scope> {
  const digest = await digestGround(duckdb, asked)
  const last = await readLast(duckdb)
  if (last?.knows_next) await bringSoon(duckdb, { before: last.evaluated_at, asOf: asked.asOf })
  await duckdb.run(`CREATE OR REPLACE TEMP TABLE evaluated AS ${await evaluatedSql(duckdb, asked)}`, [
    BigInt(asked.asOf),
  ])
  const found = await duckdb.one<{ people: bigint; all_touched: boolean; profiles: bigint }>(
    `SELECT count(*) FILTER (profile_id <> ${everybody}) AS people, coalesce(bool_or(profile_id = ${everybody}), false) AS all_touched,
       (SELECT count(*) FROM profile) AS profiles FROM evaluated`,
  )
  const people = Number(found?.people ?? 0n)
  const knowsTouched = isContinued(last, digest, asked.asOf) && found?.all_touched === false
  const isLarge = people > Math.max(largeNumber, largeShare * Number(found?.profiles ?? 0n))
  const hasLearned = await learnImputations(duckdb, asked.schema)
  const kind = knowsTouched && !isLarge && !hasLearned ? 'touched' : 'everybody'
  return { kind, people, knowsTouched, digest }
}

async function evaluatedSql(duckdb: DuckDb, { segments, schema }: Asked): Promise<string> {
  const { audiences } = askedFacts([...segments.values()], schema)
  const moved = audiences.size === 0 ? '' : `UNION SELECT profile_id FROM (${movedSql})`
  return `SELECT profile_id FROM evaluation_touched UNION SELECT profile_id FROM next_change_soon WHERE due_at <= $1 ${moved}`
}

/** People whom a platform took or lost since the last evaluation. */
const movedSql = `
  (SELECT sync, profile_id FROM delivery WHERE held EXCEPT FROM evaluation_audience)
  UNION ALL (FROM evaluation_audience EXCEPT SELECT sync, profile_id FROM delivery WHERE held)`

/** What everybody's answers depend on but their own data: another digest makes everybody's answers unknown. */
async function digestGround(duckdb: DuckDb, { segments, schema }: Asked): Promise<string> {
  const tables = await duckdb.all(
    `SELECT name, table_name, digest, fingerprint FROM enrichment ORDER BY name`,
  )
  const rules = [...segments].sort(([a], [b]) => (a < b ? -1 : 1))
  const ground = JSON.stringify([rules, schema, tables.map((row) => Object.values(row).map(String))])
  return createHash('sha256').update(ground).digest('hex')
}

/** The last evaluation: its moment, epoch milliseconds, and whether it noted when time changes what. */
interface LastEvaluation {
  readonly digest: string
  readonly evaluated_at: number
  readonly knows_next: boolean
}

function readLast(duckdb: DuckDb): Promise<LastEvaluation | undefined> {
  return duckdb.one<LastEvaluation>(
    `SELECT digest, epoch_ms(evaluated_at)::DOUBLE AS evaluated_at, knows_next FROM evaluation_state`,
  )
}

/** True when the last evaluation was one of the same rules, not after this one, and noted when time changes what. */
const isContinued = (last: LastEvaluation | undefined, digest: string, asOf: number): boolean =>
  last !== undefined && last.digest === digest && last.evaluated_at <= asOf && last.knows_next

/** Notes an evaluation, in its transaction: what it looked at is settled. */
export async function noteEvaluation(
  duckdb: DuckDb,
  { segments, schema, asOf }: Asked,
  { digest, knowsNext }: { readonly digest: string; readonly knowsNext: boolean },
): Promise<void> {
  await duckdb.run(`DELETE FROM evaluation_state; DELETE FROM evaluation_touched; DROP TABLE evaluated`)
  await duckdb.run(`INSERT INTO evaluation_state VALUES ($1, make_timestamp($2::BIGINT * 1000), $3)`, [
    digest,
    BigInt(asOf),
    knowsNext,
  ])
  if (askedFacts([...segments.values()], schema).audiences.size === 0) return
  await duckdb.run(`DELETE FROM evaluation_audience`)
  await duckdb.run(
    `INSERT INTO evaluation_audience SELECT DISTINCT sync, profile_id FROM delivery WHERE held`,
  )
}
