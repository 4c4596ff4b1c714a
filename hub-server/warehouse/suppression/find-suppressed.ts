import type { DuckDBValue } from '@duckdb/node-api'
import type { DeliverSyncManifest } from '../../../core/manifest/manifest.ts'
import type { ProfileSchema } from '../../../core/profile/profile-schema.ts'
import type { DuckDb } from '../duckdb.ts'
import type { IdentifierDigest } from './digest.ts'

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
 * tells a suppressed identifier. Digests are made only of the few values that share a bucket with a suppressed one.
 */
export async function findSuppressed(ground: SuppressionGround, sync: DeliverSyncManifest): Promise<void> {
  await matchSuppressed(
    ground,
    `SELECT profile_id FROM membership WHERE segment = $1 AND exited_at IS NULL
     UNION SELECT coalesce(t.profile_id, d.profile_id) FROM delivery d
     LEFT JOIN record_trait t ON t.record_id = d.profile_id WHERE d.sync = $2 AND d.held`,
    [sync.segment, sync.name],
  )
}

/** True when any identifier of the profile is suppressed. */
export async function isSuppressed(ground: SuppressionGround, profileId: bigint): Promise<boolean> {
  return ground.duckdb.transaction(async () => {
    await matchSuppressed(ground, `SELECT $1::BIGINT AS profile_id`, [profileId])
    const row = await ground.duckdb.one(`SELECT 1 FROM plan_suppressed LIMIT 1`)
    return row !== undefined
  })
}

/** `people` selects the profile ids that are looked at, with its own bound values. */
async function matchSuppressed(
  { duckdb, schema, digest }: SuppressionGround,
  people: string,
  values: readonly DuckDBValue[],
): Promise<void> {
  await duckdb.run(`CREATE OR REPLACE TEMP TABLE plan_suppressed (profile_id BIGINT)`)
  const any = await duckdb.one(`SELECT 1 FROM suppression LIMIT 1`)
  if (!any) return
  const params = [...values]
  const bind = (value: DuckDBValue): string => `$${params.push(value)}`
  const bucket = digest.bucketSql('kind', 'value', bind)
  const exact = digest.sql('kind', 'value', bind)
  await duckdb.run(
    `INSERT INTO plan_suppressed
    WITH told AS (
      SELECT t.profile_id, ${kindSql(schema)} AS kind, i.value FROM every_identifier i JOIN record_trait t USING (record_id)
      SEMI JOIN (${people}) who ON who.profile_id = t.profile_id),
    likely AS MATERIALIZED (FROM told WHERE ${bucket} IN (SELECT bucket FROM suppression))
    SELECT DISTINCT profile_id FROM likely WHERE ${exact} IN (SELECT digest FROM suppression)`,
    params,
  )
}

/** Kinds are names of the profile schema: lower-case letters, digits, underscores. */
function kindSql(schema: ProfileSchema): string {
  const cases = Object.keys(schema.identifiers)
    .filter((kind) => suppressionKind(schema, kind) !== kind)
    .map((kind) => `WHEN '${kind}' THEN '${suppressionKind(schema, kind)}'`)
  return cases.length === 0 ? 'i.kind' : `CASE i.kind ${cases.join(' ')} ELSE i.kind END`
}
