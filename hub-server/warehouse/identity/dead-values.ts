import { listValue } from '@duckdb/node-api'
import type { ProfileSchema } from '../../../core/profile/profile-schema.ts'
import type { DuckDb } from '../duckdb.ts'
import { identifierColumn } from '../tables.ts'
import type { IdentityRules } from './identity-rules.ts'

/** Whether a changed record is deleted is told by its source record; records of people known from events alone never are. */
const changedGone = `SELECT record_id FROM source_record SEMI JOIN changed_record USING (record_id) WHERE deleted`

/**
 * Makes `touching_holder` (kind, value, record_id, profile_id, deleted): the stored records that hold a value by which changed records may
 * change the place of others. Beside the values that they tell now, these are the shared ones that they told before: with one holder
 * less, the others may be one person again. A value that too many hold before and after touches nobody, so that one more visitor of a
 * shared desk does not cost the work over all the others.
 */
export async function findTouchingHolders(
  duckdb: DuckDb,
  schema: ProfileSchema,
  rules: IdentityRules,
): Promise<void> {
  const before = `UNION ALL SELECT kind, value FROM every_identifier SEMI JOIN changed_record USING (record_id)
    WHERE kind IN (${sharedKinds(rules)})`
  await duckdb.run(`CREATE OR REPLACE TEMP VIEW asked_value AS
    SELECT kind, value FROM told_identifier WHERE EXISTS (FROM record_trait)
    ${rules.sharedBy.size > 0 ? before : ''}`)
  await duckdb.run(
    `CREATE OR REPLACE TEMP TABLE touching_holder AS ${holdersSql(Object.keys(schema.identifiers))}`,
  )
  await duckdb.run(`DROP VIEW temp.asked_value`)
  await deleteBlocked(duckdb, rules, 'touching_holder')
  if (rules.sharedBy.size === 0) return
  await duckdb.run(`CREATE OR REPLACE TEMP TABLE crowded_value AS
    WITH holder AS (
        SELECT DISTINCT i.kind, i.value, i.record_id, c.record_id IS NOT NULL AS changed
        FROM touching_holder i LEFT JOIN changed_record c ON c.record_id = i.record_id
        WHERE i.kind IN (${sharedKinds(rules)}) AND NOT i.deleted),
      told AS (
        SELECT DISTINCT kind, value, record_id FROM told_identifier SEMI JOIN touching_holder USING (kind, value)
        WHERE kind IN (${sharedKinds(rules)}) AND record_id NOT IN (${changedGone})),
      counted AS (
        SELECT kind, value, 1 AS before, (NOT changed)::INTEGER AS after FROM holder
        UNION ALL SELECT kind, value, 0, 1 FROM told)
    SELECT kind, value FROM counted GROUP BY kind, value
    HAVING sum(before) > ${mostSql(rules)} AND sum(after) > ${mostSql(rules)}`)
  await deleteCrowded(duckdb, 'touching_holder')
}

/** The stored holders of the values in `asked_value`, kind by kind: one column is read for each, and few of its rows are. */
function holdersSql(kinds: readonly string[]): string {
  const first = kinds.map(
    (kind) => `SELECT '${kind}' AS kind, ${identifierColumn(kind)} AS value, record_id, profile_id, deleted
      FROM record_trait WHERE ${identifierColumn(kind)} IN (SELECT value FROM asked_value WHERE kind = '${kind}')`,
  )
  const further = `SELECT DISTINCT i.kind, i.value, i.record_id, t.profile_id, t.deleted
    FROM record_identifier i SEMI JOIN asked_value USING (kind, value) JOIN record_trait t USING (record_id)`
  return [...first, further].join(' UNION ALL ')
}

/** Takes blocked values, and those that too many living records hold anywhere, out of `joining` (kind, value, holders). */
export async function deleteDeadValues(
  duckdb: DuckDb,
  schema: ProfileSchema,
  rules: IdentityRules,
): Promise<void> {
  await deleteBlocked(duckdb, rules, 'joining')
  if (rules.sharedBy.size === 0) return
  await duckdb.run(
    `CREATE OR REPLACE TEMP VIEW asked_value AS SELECT kind, value FROM joining WHERE kind IN (${sharedKinds(rules)})`,
  )
  const kinds = Object.keys(schema.identifiers).filter((kind) => rules.sharedBy.has(kind))
  await duckdb.run(`CREATE OR REPLACE TEMP TABLE crowded_value AS
    WITH stored AS (${holdersSql(kinds)}),
      here AS (SELECT kind, value, unnest(holders) AS record_id FROM joining WHERE kind IN (${sharedKinds(rules)})),
      holder AS (
        SELECT kind, value, record_id FROM stored ANTI JOIN changed_record USING (record_id) WHERE NOT deleted
        UNION SELECT kind, value, record_id FROM here SEMI JOIN changed_record USING (record_id)
        WHERE record_id NOT IN (${changedGone}))
    SELECT kind, value FROM holder GROUP BY kind, value HAVING count(*) > ${mostSql(rules)}`)
  await duckdb.run(`DROP VIEW temp.asked_value`)
  await deleteCrowded(duckdb, 'joining')
}

const sharedKinds = ({ sharedBy }: IdentityRules): string =>
  [...sharedBy.keys()].map((kind) => `'${kind}'`).join(', ')

/** Kinds are names of the profile schema: lower-case letters, digits, underscores. */
const mostSql = ({ sharedBy }: IdentityRules): string =>
  `CASE kind ${[...sharedBy].map(([kind, most]) => `WHEN '${kind}' THEN ${most}`).join(' ')} END`

async function deleteCrowded(duckdb: DuckDb, table: string): Promise<void> {
  await duckdb.run(
    `DELETE FROM ${table} USING crowded_value c WHERE c.kind = ${table}.kind AND c.value = ${table}.value`,
  )
  await duckdb.run(`DROP TABLE temp.crowded_value`)
}

async function deleteBlocked(duckdb: DuckDb, { blocked }: IdentityRules, table: string): Promise<void> {
  for (const [kind, { values, patterns }] of blocked) {
    if (values.length > 0)
      await duckdb.run(`DELETE FROM ${table} WHERE kind = $1 AND value IN (SELECT unnest($2::VARCHAR[]))`, [
        kind,
        listValue([...values]),
      ])
    if (patterns.length > 0)
      await duckdb.run(`DELETE FROM ${table} WHERE kind = $1 AND regexp_full_match(value, $2, 's')`, [
        kind,
        patterns.join('|'),
      ])
  }
}
