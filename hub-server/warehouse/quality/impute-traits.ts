import { createHash } from 'node:crypto'
import type { ProfileSchema } from '../../../core/profile/profile-schema.ts'
import type { Imputation } from '../../../core/quality/imputation.ts'
import type { DuckDb } from '../duckdb.ts'
import { columnTypes, traitColumn } from '../tables.ts'

/** Groups with fewer known values take what stands in for all. */
const fewestInGroup = 5

/**
 * Fills the imputed traits of all profiles, or of copies of some in another table: the value a source told, else what stands in for it.
 * Writes only what changed. Must run inside a transaction.
 */
export async function imputeTraits(duckdb: DuckDb, schema: ProfileSchema, table = 'profile'): Promise<void> {
  await learnImputations(duckdb, schema)
  for (const trait of imputedTraits(schema)) await fill(duckdb, trait, table)
}

/**
 * Learns what stands in for missing values. That is kept, so that nobody's value moves because somebody else was added; it is learned
 * again when its rule changes or the people have doubled. True when anything was learned: anybody's values may then be others.
 */
export async function learnImputations(duckdb: DuckDb, schema: ProfileSchema): Promise<boolean> {
  const learned: boolean[] = []
  for (const trait of imputedTraits(schema)) learned.push(await learn(duckdb, trait))
  return learned.includes(true)
}

function imputedTraits(schema: ProfileSchema): ImputedTrait[] {
  return Object.entries(schema.traits).flatMap(([name, { type, imputed: rule }]) =>
    rule ? [{ name, rule, sqlType: columnTypes[type] }] : [],
  )
}

interface ImputedTrait {
  readonly name: string
  readonly rule: Imputation
  readonly sqlType: string
}

async function learn(duckdb: DuckDb, { name, rule, sqlType }: ImputedTrait): Promise<boolean> {
  const digest = createHash('sha256')
    .update(JSON.stringify([rule, sqlType]))
    .digest('hex')
  const counted = await duckdb.one<{ profiles: bigint }>(`SELECT count(*) AS profiles FROM profile`)
  const profiles = counted?.profiles ?? 0n
  const known = await duckdb.one<{ digest: string; profiles: bigint }>(
    `SELECT digest, profiles FROM quality_imputation WHERE trait = $1 LIMIT 1`,
    [name],
  )
  if (known?.digest === digest && profiles < 2n * known.profiles) return false
  await duckdb.run(`DELETE FROM quality_imputation WHERE trait = $1`, [name])
  if (rule.by === 'constant') {
    await duckdb.run(`INSERT INTO quality_imputation VALUES ($1, $2, $3, NULL, $4)`, [
      name,
      digest,
      profiles,
      String(rule.value ?? ''),
    ])
    return true
  }
  await duckdb.run(learnSql(rule), [name, digest, profiles])
  return true
}

/** One row for all people (`per_value` null), and one for each group that is large enough. */
function learnSql({ from, by, per }: Imputation): string {
  const value = traitColumn(from)
  const statistic = {
    mean: `avg(v)`,
    median: `median(v)`,
    mode: `first(v ORDER BY n DESC, v)`,
    constant: '',
  }[by]
  const groupsOf = (column: string): string =>
    by === 'mode'
      ? `SELECT ${column} AS g, ${value} AS v, count(*) AS n FROM profile WHERE ${value} IS NOT NULL GROUP BY g, v`
      : `SELECT ${column} AS g, ${value} AS v, 1 AS n FROM profile WHERE ${value} IS NOT NULL`
  const rows = (column: string, having: string): string =>
    `SELECT $1, $2, $3, g, (${statistic})::VARCHAR FROM (${groupsOf(column)}) GROUP BY g HAVING ${having}`
  const all = rows('NULL::VARCHAR', 'true')
  if (per === undefined) return `INSERT INTO quality_imputation ${all}`
  return `INSERT INTO quality_imputation ${all}
    UNION ALL ${rows(traitColumn(per), `g IS NOT NULL AND sum(n) >= ${fewestInGroup}`)}`
}

async function fill(duckdb: DuckDb, { name, rule, sqlType }: ImputedTrait, table: string): Promise<void> {
  const column = traitColumn(name)
  const group = rule.per === undefined ? 'NULL::VARCHAR' : `p.${traitColumn(rule.per)}`
  await duckdb.run(
    `UPDATE ${table} SET ${column} = d.v FROM (
       SELECT p.profile_id, coalesce(p.${traitColumn(rule.from)}, g.value::${sqlType}, a.value::${sqlType}) AS v
       FROM ${table} p
       LEFT JOIN quality_imputation g ON g.trait = $1 AND g.per_value = ${group}
       LEFT JOIN quality_imputation a ON a.trait = $1 AND a.per_value IS NULL) d
     WHERE d.profile_id = ${table}.profile_id AND ${table}.${column} IS DISTINCT FROM d.v`,
    [name],
  )
}
