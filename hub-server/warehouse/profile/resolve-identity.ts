import type { ProfileSchema } from '../../../core/profile/profile-schema.ts'
import type { DuckDb } from '../duckdb.ts'
import { fewAmongMany } from '../few-among-many.ts'
import { deleteDeadValues, findTouchingHolders } from '../identity/dead-values.ts'
import { divideGroups } from '../identity/divide-groups.ts'
import { replaceIdentifierKeys } from '../identity/identifier-keys.ts'
import { hasDeadValues, type IdentityRules } from '../identity/identity-rules.ts'
import { inOrder } from '../in-order.ts'
import { consentColumn, identifierColumn } from '../tables.ts'
import { textSql } from '../text-sql.ts'
import { consentNames, decidedColumn } from './block-layout.ts'
import { joinComponents } from './join-components.ts'
import { profileColumns } from './rebuild-profiles.ts'

/**
 * Works out who is who for the changed records and everybody they touch, and leaves the answer in the temporary tables `label`
 * (record, profile; of those `involved`), `dirty_profile` (profiles to be built again, former ones included) and `involved`. A changed record that is not
 * `involved` shares nothing with anybody and stands for nobody who is stored: nine in ten on a first load.
 *
 * Only profiles that a changed record belonged to, that hold one of its identifiers now, that hang together with these, or that
 * `asked_profile` names can change: all others are complete components already. A full rebuild is the same work with all records changed.
 * Returns what `gatherDirtyRecords` needs to know.
 */
export async function resolveIdentity(
  duckdb: DuckDb,
  schema: ProfileSchema,
  rules: IdentityRules,
): Promise<readonly string[] | undefined> {
  await duckdb.run(toldSql(schema))
  const atHand = await findTouched(duckdb, schema, rules)
  for (const table of ['record_identifier', 'record_consent']) {
    await duckdb.run(`DELETE FROM ${table} WHERE record_id IN (SELECT record_id FROM changed_record)`)
  }
  await duckdb.run(`INSERT INTO record_identifier FROM staged_identifier`)
  await replaceIdentifierKeys(duckdb)
  if (consentNames(schema).length > 0) await duckdb.run(consentsSql(schema))
  await duckdb.run(joiningSql)
  if (hasDeadValues(rules)) await deleteDeadValues(duckdb, rules)
  await duckdb.run(edgeSql)
  await joinComponents(duckdb)
  await divideGroups(duckdb, rules)
  for (const statement of verdictStatements) await duckdb.run(statement)
  return atHand
}

/** All identifiers that the changed records tell. Kinds are names of the profile schema: lower-case letters, digits, underscores. */
function toldSql(schema: ProfileSchema): string {
  const first = Object.keys(schema.identifiers).map(
    (kind) => `SELECT record_id, '${kind}' AS kind, ${identifierColumn(kind)} AS value
      FROM staged_record WHERE is_person AND ${identifierColumn(kind)} IS NOT NULL`,
  )
  return `CREATE OR REPLACE TEMP VIEW told_identifier AS
    ${[...first, 'SELECT record_id, kind, value FROM staged_identifier'].join(' UNION ALL ')}`
}

/** Every consent that the changed records tell, in one statement: see `inOrder`. */
const consentsSql = (schema: ProfileSchema): string =>
  `INSERT INTO record_consent BY NAME ${consentNames(schema).map(toldConsent).join(' UNION ALL ')} ${inOrder('record_id')}`

function toldConsent({ purpose, channel }: ReturnType<typeof consentNames>[number]): string {
  const [purposeSql, channelSql] = [textSql(purpose), textSql(channel)]
  return `
  SELECT s.record_id, ${purposeSql} AS purpose, ${channelSql} AS channel, s.${consentColumn(purpose, channel)} AS status,
    s.${decidedColumn(purpose, channel)} AS decided_at, b.legal_basis, (SELECT noted_at FROM consent_instant) AS noted_at, b.wording
  FROM staged_record s LEFT JOIN (
    SELECT record_id, legal_basis, wording FROM source_record JOIN consent_basis USING (connection, stream)
    WHERE purpose = ${purposeSql} AND channel = ${channelSql}) b USING (record_id)
  WHERE s.is_person AND s.${consentColumn(purpose, channel)} IS NOT NULL`
}

/**
 * Lists the profiles whose records are resolved in `touched_profile`, their records that did not change in `neighbour`, and what these
 * hold in `neighbour_identifier`. Each stored column is read once at most: among ten million records that is what adding a few costs.
 */
async function findTouched(
  duckdb: DuckDb,
  schema: ProfileSchema,
  rules: IdentityRules,
): Promise<readonly string[] | undefined> {
  await findTouchingHolders(duckdb, rules)
  await duckdb.run(`CREATE OR REPLACE TEMP TABLE touched_profile AS
    SELECT profile_id FROM record_trait WHERE record_id IN (SELECT record_id FROM changed_record)
    UNION SELECT profile_id FROM touching_holder
    UNION FROM asked_profile`)
  await duckdb.run(`INSERT INTO touched_profile
    SELECT profile_id FROM identity_group
    WHERE group_id IN (SELECT group_id FROM identity_group SEMI JOIN touched_profile USING (profile_id))
      AND profile_id NOT IN (SELECT profile_id FROM touched_profile)`)
  return readNeighbours(duckdb, schema)
}

/** Where fewer profiles than this share of all records are touched, their records are read once, whole, and kept for the rebuild. */
const fewTouched = 0.1

/** Makes `neighbour` and `neighbour_identifier`. Returns the columns of `neighbour_trait` where they are all that a profile is built from. */
async function readNeighbours(duckdb: DuckDb, schema: ProfileSchema): Promise<readonly string[] | undefined> {
  const count = await duckdb.one<{ few: boolean; none: boolean }>(
    `SELECT touched < ${fewTouched} * (SELECT count(*) FROM record_trait) AS few, touched = 0 AS none
     FROM (SELECT count(*) AS touched FROM touched_profile)`,
  )
  const { few = false, none = true } = count ?? {}
  const kinds = Object.keys(schema.identifiers)
  const columns = few ? dirtyColumns(schema) : ['record_id', 'profile_id', ...kinds.map(identifierColumn)]
  const cleared = few ? await clearedSql(duckdb) : ''
  await duckdb.run(`CREATE OR REPLACE TEMP TABLE neighbour_trait AS
    SELECT ${columns.join(', ')}${cleared}
    FROM record_trait ANTI JOIN changed_record USING (record_id)
    WHERE ${none ? 'false' : `profile_id IN ${fewAmongMany('profile_id', 'touched_profile')}`}`)
  await duckdb.run(`CREATE OR REPLACE TEMP TABLE neighbour AS SELECT record_id FROM neighbour_trait`)
  const held = kinds.map(
    (kind) => `SELECT record_id, '${kind}' AS kind, ${identifierColumn(kind)} AS value FROM neighbour_trait
      WHERE ${identifierColumn(kind)} <> ''`,
  )
  await duckdb.run(`CREATE OR REPLACE TEMP TABLE neighbour_identifier AS
    ${[...held, 'SELECT record_id, kind, value FROM record_identifier SEMI JOIN neighbour USING (record_id)'].join(' UNION ALL ')}`)
  return few ? [...columns, 'cleared'] : undefined
}

/** The columns of `record_trait` that profiles are built from, beside `cleared`. */
const dirtyColumns = (schema: ProfileSchema): string[] => [
  'record_id',
  'profile_id',
  'connection',
  'version_at',
  'deleted',
  ...profileColumns(schema),
]

/** A list is dear to read of a few among millions, and most workspaces never clear a trait. */
async function clearedSql(duckdb: DuckDb): Promise<string> {
  const any = await duckdb.one(`SELECT 1 FROM record_trait WHERE cleared IS NOT NULL LIMIT 1`)
  return any ? ', cleared' : ', NULL::VARCHAR[] AS cleared'
}

/**
 * Makes `dirty_record`, the records that the dirty profiles are built from, with the columns of `record_trait` that this takes: of
 * neighbours from what was read of them, if that was all (`atHand`, its columns). To be called when `label` and the changed records are written.
 */
export async function gatherDirtyRecords(duckdb: DuckDb, atHand?: readonly string[]): Promise<void> {
  if (atHand)
    await duckdb.run(`CREATE OR REPLACE TEMP TABLE dirty_trait AS
      SELECT n.* REPLACE (l.profile_id AS profile_id) FROM neighbour_trait n JOIN label l USING (record_id)
      UNION ALL SELECT ${atHand.join(', ')} FROM record_trait
        WHERE record_id IN (SELECT record_id FROM changed_record SEMI JOIN involved USING (record_id))`)
  const table = atHand ? 'dirty_trait' : 'record_trait'
  await duckdb.run(`CREATE OR REPLACE TEMP VIEW dirty_record AS FROM ${table}`)
}

/** Only values that several records hold join anybody; each with its holders. Grouping the hashes first leaves few texts to be compared. */
const joiningSql = `
  CREATE OR REPLACE TEMP TABLE joining AS
  WITH held AS (
      FROM told_identifier UNION ALL FROM neighbour_identifier),
    likely AS MATERIALIZED (
      FROM held WHERE hash(kind, value) IN (
        SELECT h FROM (SELECT hash(kind, value) AS h FROM held) GROUP BY h HAVING count(*) > 1))
  SELECT kind, value, list(record_id) AS holders FROM likely GROUP BY kind, value HAVING count(*) > 1`

/** Each shared value ties its holders to the smallest of them; beside values, what matching found and what a person said ties a pair. */
const edgeSql = `
  CREATE OR REPLACE TEMP TABLE edge AS
  WITH shared AS (SELECT unnest(holders) AS u, v FROM (SELECT holders, list_min(holders) AS v FROM joining)),
    node AS (SELECT record_id FROM changed_record WHERE stays UNION ALL FROM neighbour),
    told AS (
      SELECT left_record, right_record FROM identity_link
      UNION ALL SELECT left_record, right_record FROM identity_decision WHERE verdict = 'merge')
  FROM shared WHERE u <> v
  UNION
  SELECT greatest(left_record, right_record), least(left_record, right_record) FROM told
  WHERE left_record IN (SELECT record_id FROM node) AND right_record IN (SELECT record_id FROM node)`

const verdictStatements = [
  `CREATE OR REPLACE TEMP TABLE involved AS
   SELECT u AS record_id FROM edge UNION SELECT v FROM edge
   UNION FROM neighbour UNION SELECT record_id FROM staged_person WHERE is_new UNION FROM touched_profile`,

  `INSERT INTO label
   SELECT n.record_id, coalesce(e.v, n.record_id) AS profile_id
   FROM (SELECT record_id FROM changed_record SEMI JOIN involved USING (record_id) WHERE stays UNION ALL FROM neighbour) n
   LEFT JOIN edge e ON e.u = n.record_id`,

  `CREATE OR REPLACE TEMP TABLE dirty_profile AS
   FROM touched_profile UNION SELECT profile_id FROM label`,
]
