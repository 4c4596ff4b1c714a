import type { DuckDBValue } from '@duckdb/node-api'
import type { DeliverSyncManifest } from '../../../core/manifest/manifest.ts'
import type { ProfileSchema } from '../../../core/profile/profile-schema.ts'
import type { DuckDb } from '../duckdb.ts'
import { identifierColumn } from '../tables.ts'
import { coarseBuckets, type IdentifierDigest } from './digest.ts'

/** What looking for suppressed people needs. */
interface SuppressionGround {
  readonly duckdb: DuckDb
  readonly schema: ProfileSchema
  readonly digest: IdentifierDigest
}

/**
 * Under which kind an identifier is suppressed: an address or a number is the same person's in whatever kind it is told, so the form
 * counts; the ids of two platforms are different things.
 */
function suppressionKind(schema: ProfileSchema, kind: string): string {
  const form = schema.identifiers[kind]?.form ?? 'exact'
  return form === 'exact' ? kind : form
}

/**
 * Fills the temporary table `plan_suppressed` with members of the sync's segment and people delivered by it of whom any source record
 * tells a suppressed identifier. Digests are made only of the few values that share a bucket with a suppressed one; the first lists were
 * kept by fewer buckets. `among` selects the profile ids that alone are looked at.
 */
export async function findSuppressed(
  ground: SuppressionGround,
  sync: DeliverSyncManifest,
  among?: string,
): Promise<void> {
  const only = (people: string): string =>
    among === undefined ? people : `SELECT profile_id FROM (${people}) WHERE profile_id IN (${among})`
  await matchSuppressed(
    ground,
    // A person's id is that of one of their records, so only records that joined others can lead from a former person to this one.
    only(`SELECT profile_id FROM every_membership WHERE segment = $1 AND exited_at IS NULL
     UNION ALL SELECT profile_id FROM delivery WHERE sync = $2 AND held
     UNION ALL SELECT profile_id FROM record_trait WHERE profile_id <> record_id
       AND record_id IN (SELECT profile_id FROM delivery WHERE sync = $2 AND held)`),
    [sync.segment, sync.name],
  )
}

/** True when any identifier of the profile is suppressed. */
export async function isSuppressed(ground: SuppressionGround, profileId: bigint): Promise<boolean> {
  return ground.duckdb.snapshot(async () => {
    if (!(await isAnybodySuppressed(ground.duckdb))) return false
    await matchSuppressed(ground, `SELECT $1::BIGINT AS profile_id`, [profileId])
    const row = await ground.duckdb.one(`SELECT 1 FROM plan_suppressed LIMIT 1`)
    return row !== undefined
  })
}

const isAnybodySuppressed = async (duckdb: DuckDb): Promise<boolean> =>
  (await duckdb.one(`SELECT 1 FROM suppression LIMIT 1`)) !== undefined

/** `people` selects the profile ids that are looked at, with its own bound values. */
async function matchSuppressed(
  { duckdb, schema, digest }: SuppressionGround,
  people: string,
  values: readonly DuckDBValue[],
): Promise<void> {
  await duckdb.run(`CREATE OR REPLACE TEMP TABLE plan_suppressed (profile_id BIGINT)`)
  if (!(await isAnybodySuppressed(duckdb))) return
  const params = [...values]
  const bind = (value: DuckDBValue): string => `$${params.push(value)}`
  const bucket = digest.bucketSql('kind', 'value', bind)
  const exact = digest.sql('kind', 'value', bind)
  await duckdb.run(
    `INSERT INTO plan_suppressed
    WITH told AS (
      ${toldSql(schema)}),
    sorted AS MATERIALIZED (SELECT profile_id, kind, value, ${bucket} AS bucket
      FROM told SEMI JOIN (${people}) who USING (profile_id)),
    likely AS MATERIALIZED (
      FROM sorted WHERE bucket IN (SELECT bucket FROM suppression)
        OR bucket % ${coarseBuckets} IN (SELECT bucket FROM suppression WHERE bucket < ${coarseBuckets}))
    SELECT DISTINCT profile_id FROM likely WHERE ${exact} IN (SELECT digest FROM suppression)`,
    params,
  )
}

/** What every record tells, under the profile that it belongs to: most of it stands beside the profile already. */
function toldSql(schema: ProfileSchema): string {
  const first = Object.keys(schema.identifiers).map(
    (
      kind,
    ) => `SELECT profile_id, '${suppressionKind(schema, kind)}' AS kind, ${identifierColumn(kind)} AS value
      FROM record_trait WHERE ${identifierColumn(kind)} <> ''`,
  )
  const others = `SELECT t.profile_id, ${kindSql(schema)} AS kind, i.value
      FROM record_identifier i JOIN record_trait t USING (record_id)`
  return [...first, others].join(' UNION ALL ')
}

/** Kinds are names of the profile schema: lower-case letters, digits, underscores. */
function kindSql(schema: ProfileSchema): string {
  const cases = Object.keys(schema.identifiers)
    .filter((kind) => suppressionKind(schema, kind) !== kind)
    .map((kind) => `WHEN '${kind}' THEN '${suppressionKind(schema, kind)}'`)
  return cases.length === 0 ? 'i.kind' : `CASE i.kind ${cases.join(' ')} ELSE i.kind END`
}
