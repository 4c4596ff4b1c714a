import { listValue, type DuckDBValue } from '@duckdb/node-api'
import type { DuckDb } from '../duckdb.ts'
import { fewAmongMany } from '../few-among-many.ts'
import { holdersSql, identifierKey } from './identifier-keys.ts'
import type { IdentityRules } from './identity-rules.ts'

/** Whether a changed record is deleted is told by its source record; records of people known from events alone never are. */
const changedGone = `SELECT record_id FROM source_record SEMI JOIN changed_record USING (record_id) WHERE deleted`

/**
 * Makes `touching_holder` (key, record_id, profile_id, deleted): the stored records that hold a value by which changed records may change
 * the place of others. Beside the values that they tell now, these are the shared ones that they told before: with one holder less, the
 * others may be one person again. A value that too many hold before and after touches nobody, so that one more visitor of a shared desk
 * does not cost the work over all the others.
 */
export async function findTouchingHolders(duckdb: DuckDb, rules: IdentityRules): Promise<void> {
  if (!(await isAnybodyStored(duckdb))) {
    await duckdb.run(`CREATE OR REPLACE TEMP TABLE touching_holder AS ${holdersSql('identifier_key')}`)
    return
  }
  const before = `UNION ALL SELECT kind, value FROM every_identifier SEMI JOIN changed_record USING (record_id)
    WHERE kind IN (${sharedKinds(rules)})`
  const blocked = blockedSql(rules)
  await duckdb.run(
    `CREATE OR REPLACE TEMP TABLE asked_key AS
     SELECT ${identifierKey} AS key, ${mostSql(rules)} AS most
     FROM (SELECT kind, value FROM told_identifier ${rules.sharedBy.size > 0 ? before : ''})
     WHERE NOT (${blocked.sql})`,
    blocked.params,
  )
  await duckdb.run(`CREATE OR REPLACE TEMP TABLE touching_holder AS ${holdersSql('asked_key')}`)
  if (rules.sharedBy.size > 0) await deleteCrowdedHolders(duckdb, rules)
}

/** No value that fewer hold is dead. */
const leastShared = ({ sharedBy }: IdentityRules): number => Math.min(...sharedBy.values())

async function deleteCrowdedHolders(duckdb: DuckDb, rules: IdentityRules): Promise<void> {
  const any = await duckdb.one(
    `SELECT 1 FROM touching_holder GROUP BY key HAVING count(*) > ${leastShared(rules)} LIMIT 1`,
  )
  if (!any) return
  await duckdb.run(`CREATE OR REPLACE TEMP TABLE crowded_value AS
    WITH limited AS (SELECT DISTINCT key, most FROM asked_key WHERE most IS NOT NULL),
      told AS (
        SELECT DISTINCT ${identifierKey} AS key, record_id FROM told_identifier
        WHERE kind IN (${sharedKinds(rules)}) AND record_id NOT IN (${changedGone})),
      counted AS (
        SELECT i.key, 1 AS before, (c.record_id IS NULL)::INTEGER AS after
        FROM touching_holder i LEFT JOIN changed_record c ON c.record_id = i.record_id WHERE NOT i.deleted
        UNION ALL SELECT key, 0, 1 FROM told)
    SELECT key FROM counted JOIN limited USING (key) GROUP BY key, most HAVING sum(before) > most AND sum(after) > most`)
  await duckdb.run(`DELETE FROM touching_holder WHERE key IN (FROM crowded_value)`)
}

/** Takes blocked values, and those that too many living records hold anywhere, out of `joining` (kind, value, holders). */
export async function deleteDeadValues(duckdb: DuckDb, rules: IdentityRules): Promise<void> {
  const blocked = blockedSql(rules)
  if (rules.blocked.size > 0) await duckdb.run(`DELETE FROM joining WHERE ${blocked.sql}`, blocked.params)
  if (rules.sharedBy.size === 0) return
  // On a first load all holders are in `joining` already.
  const isStored = await isAnybodyStored(duckdb)
  const isLikely = isStored
    ? `key IN (SELECT key FROM identifier_key WHERE key IN ${fewAmongMany('key', 'shared')} GROUP BY key HAVING count(*) > ${leastShared(rules)})`
    : `len(holders) > ${leastShared(rules)}`
  await duckdb.run(`CREATE OR REPLACE TEMP TABLE asked_key AS
    WITH shared AS (SELECT kind, value, ${identifierKey} AS key, holders FROM joining WHERE kind IN (${sharedKinds(rules)}))
    FROM shared WHERE ${isLikely}`)
  if (!(await duckdb.one(`SELECT 1 FROM asked_key LIMIT 1`))) return
  const asked = isStored ? 'asked_key' : '(FROM asked_key LIMIT 0)'
  await duckdb.run(`CREATE OR REPLACE TEMP TABLE asked_holder AS ${holdersSql(asked)}`)
  await duckdb.run(`CREATE OR REPLACE TEMP TABLE crowded_value AS
    WITH here AS (SELECT key, unnest(holders) AS record_id FROM asked_key),
      holder AS (
        SELECT key, record_id FROM asked_holder ANTI JOIN changed_record USING (record_id) WHERE NOT deleted
        UNION SELECT key, record_id FROM here SEMI JOIN changed_record USING (record_id) WHERE record_id NOT IN (${changedGone})),
      counted AS (SELECT key, count(*) AS holders FROM holder GROUP BY key)
    SELECT kind, value FROM asked_key JOIN counted USING (key) WHERE counted.holders > ${mostSql(rules)}`)
  await duckdb.run(
    `DELETE FROM joining USING crowded_value c WHERE c.kind = joining.kind AND c.value = joining.value`,
  )
}

/** False on a first load, when looking for what is stored would cost much and find nothing. */
const isAnybodyStored = async (duckdb: DuckDb): Promise<boolean> =>
  (await duckdb.one(`SELECT 1 FROM record_trait LIMIT 1`)) !== undefined

const sharedKinds = ({ sharedBy }: IdentityRules): string =>
  [...sharedBy.keys()].map((kind) => `'${kind}'`).join(', ')

/** Most holders by `kind`, else null. Kinds are names of the profile schema: lower-case letters, digits, underscores. */
function mostSql({ sharedBy }: IdentityRules): string {
  const cases = [...sharedBy].map(([kind, most]) => `WHEN '${kind}' THEN ${most}`)
  return cases.length === 0 ? 'NULL::INTEGER' : `CASE kind ${cases.join(' ')} END`
}

/** SQL that is true of the blocked among `kind`, `value`. */
function blockedSql({ blocked }: IdentityRules): { readonly sql: string; readonly params: DuckDBValue[] } {
  const params: DuckDBValue[] = []
  const bind = (value: DuckDBValue): string => `$${params.push(value)}`
  const conditions = [...blocked].flatMap(([kind, { values, patterns }]) => [
    ...(values.length > 0
      ? [`(kind = ${bind(kind)} AND list_contains(${bind(listValue([...values]))}::VARCHAR[], value))`]
      : []),
    ...(patterns.length > 0
      ? [`(kind = ${bind(kind)} AND regexp_full_match(value, ${bind(patterns.join('|'))}, 's'))`]
      : []),
  ])
  return { sql: [...conditions, 'false'].join(' OR '), params }
}
