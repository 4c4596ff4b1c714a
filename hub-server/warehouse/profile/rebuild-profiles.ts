import type { ProfileSchema } from '../../../core/profile/profile-schema.ts'
import { decideContested } from '../consent/decide-consents.ts'
import type { DuckDb } from '../duckdb.ts'
import { applyRectifications } from '../erasure/rectification.ts'
import { fewAmongMany } from '../few-among-many.ts'
import type { IdentityRules } from '../identity/identity-rules.ts'
import { survivingSql } from '../identity/surviving-sql.ts'
import { consentColumn, identifierColumn, toldIdentifier, traitColumn } from '../tables.ts'
import { consentNames } from './block-layout.ts'
import { contentHash } from './content-hash.ts'
import { createSourceRank, survivorshipJoins, survivorshipOrder } from './survivorship.ts'

export interface ProfileCounts {
  readonly created: number
  readonly updated: number
  readonly removed: number
}

/**
 * Builds the profiles of new people, and those in `dirty_profile` again from their living records; those without any vanish. A profile whose values come out
 * the same is left alone, so `updated_at` tells a real change.
 */
export async function rebuildProfiles(
  duckdb: DuckDb,
  { schema, rules }: { readonly schema: ProfileSchema; readonly rules: IdentityRules },
  now: number,
): Promise<ProfileCounts> {
  const alone = await duckdb.run(aloneSql(schema), { now: BigInt(now) })
  await createSourceRank(duckdb, schema.source_priority)
  await duckdb.run(livingSql([...rules.survivorship.values()].includes('most_recent')))
  await duckdb.run(rebuiltSql(schema, rules, await readClearable(duckdb)))
  if (consentColumns(schema).length > 0) {
    await duckdb.run(refusedSql(schema))
    await decideContested(duckdb, schema)
  }
  await applyRectifications(duckdb, schema, 'rebuilt')
  await duckdb.run(verdictSql(schema))
  const { created, ...counts } = await replaceProfiles(duckdb, schema, now)
  return { created: alone + created, ...counts }
}

/** Changed records that nobody else is involved with make a new profile each, as they are. */
const aloneSql = (schema: ProfileSchema): string => `
  INSERT INTO profile BY NAME
  SELECT record_id AS profile_id, epoch_ms($now::BIGINT) AS created_at, epoch_ms($now::BIGINT) AS updated_at
    ${listed(profileColumns(schema), (column) => `s.${column}`)}, ${contentHash(profileColumns(schema))} AS content_hash
  FROM staged_record s ANTI JOIN involved USING (record_id)
  ANTI JOIN (SELECT record_id FROM source_record WHERE deleted) gone USING (record_id) WHERE s.is_person`

/** Nine people in ten have one record: for them there is nothing to rank (`position` 0). `recency` ranks by time. */
const livingSql = (isRecencyAsked: boolean): string => `
  CREATE OR REPLACE TEMP TABLE living AS
  WITH record AS (
      SELECT record_id, profile_id, connection, version_at FROM dirty_record
      WHERE NOT deleted AND profile_id IN (SELECT profile_id FROM dirty_profile)),
    crowd AS (SELECT profile_id FROM record GROUP BY profile_id HAVING count(*) > 1)
  SELECT record_id, profile_id, 0 AS position, 0 AS recency FROM record ANTI JOIN crowd USING (profile_id)
  UNION ALL
  SELECT t.record_id, t.profile_id, row_number() OVER (ORDER BY ${survivorshipOrder}) AS position,
    ${isRecencyAsked ? `row_number() OVER (ORDER BY t.version_at DESC, ${survivorshipOrder})` : '0'} AS recency
  FROM (FROM record SEMI JOIN crowd USING (profile_id)) t ${survivorshipJoins}`

const survivingColumns = (schema: ProfileSchema): string[] => [
  ...Object.keys(schema.traits).map(traitColumn),
  ...Object.keys(schema.identifiers).map(identifierColumn),
]

/** True of a record that tells the trait, or says that it has no value. */
const isSaid = (column: string): string =>
  `(t.${column} IS NOT NULL OR list_contains(t.cleared, '${column.slice(traitColumn('').length)}'))`

const consentColumns = (schema: ProfileSchema): string[] =>
  consentNames(schema).map(({ purpose, channel }) => consentColumn(purpose, channel))

/** Columns that a record and a profile have in common, by the profile schema. */
export const profileColumns = (schema: ProfileSchema): string[] => [
  ...survivingColumns(schema),
  ...consentColumns(schema),
]

const listed = (columns: readonly string[], sql: (column: string) => string): string =>
  columns.map((column) => `, ${sql(column)} AS ${column}`).join('')

/** Columns of the traits that a dirty record clears: none of them for most workspaces, and then nothing is asked of the records. */
async function readClearable(duckdb: DuckDb): Promise<ReadonlySet<string>> {
  const rows = await duckdb.all<{ trait: string }>(
    `SELECT DISTINCT unnest(cleared) AS trait FROM dirty_record WHERE cleared IS NOT NULL`,
  )
  return new Set(rows.map(({ trait }) => traitColumn(trait)))
}

/** SQL of what the record `t` tells for a column, null where it tells nothing. */
function told(schema: ProfileSchema): (column: string) => string {
  const kinds = Object.keys(schema.identifiers)
  const identifiers = new Map(kinds.map((kind) => [identifierColumn(kind), toldIdentifier(kind, 't')]))
  return (column) => identifiers.get(column) ?? `t.${column}`
}

/** Traits and identifiers survive by trust. A person who said no anywhere has said no, whatever another source believes and when. */
function rebuiltSql(
  schema: ProfileSchema,
  { survivorship }: IdentityRules,
  clearable: ReadonlySet<string>,
): string {
  const ruleOf = new Map([...survivorship].map(([trait, rule]) => [traitColumn(trait), rule]))
  const toldBy = told(schema)
  const survive = listed(survivingColumns(schema), (column) =>
    survivingSql(toldBy(column), ruleOf.get(column), clearable.has(column) ? isSaid(column) : undefined),
  )
  const consent = listed(
    consentColumns(schema),
    (column) => `CASE WHEN bool_or(t.${column} = 'denied') THEN 'denied' ELSE min(t.${column}) END`,
  )
  return `
    CREATE OR REPLACE TEMP TABLE rebuilt AS
    SELECT living.profile_id${listed(profileColumns(schema), toldBy)}
    FROM dirty_record t JOIN living USING (record_id) WHERE position = 0
    UNION ALL
    SELECT living.profile_id${survive}${consent}
    FROM dirty_record t JOIN living USING (record_id) WHERE position > 0 GROUP BY living.profile_id
    ORDER BY profile_id`
}

/** Whoever said no has said no, even where the record that told it is gone; a yes goes with its record. */
function refusedSql(schema: ProfileSchema): string {
  const columns = consentColumns(schema)
  const refused = columns.map((column) => `, bool_or(${column} = 'denied') AS ${column}`)
  const anyDenied = columns.map((column) => `${column} = 'denied'`).join(' OR ')
  const denied = columns.map(
    (column) => `${column} = CASE WHEN d.${column} THEN 'denied' ELSE rebuilt.${column} END`,
  )
  return `
    UPDATE rebuilt SET ${denied.join(', ')}
    FROM (SELECT profile_id${refused.join('')} FROM dirty_record
      WHERE deleted AND (${anyDenied}) AND profile_id IN (SELECT profile_id FROM dirty_profile) GROUP BY profile_id) d
    WHERE d.profile_id = rebuilt.profile_id`
}

/** What becomes of the profiles that are stored, which are among those touched (a profile bears the id of one of its records). */
const verdictSql = (schema: ProfileSchema): string => `
  CREATE OR REPLACE TEMP TABLE verdict AS
  SELECT p.profile_id, p.created_at,
    CASE WHEN r.profile_id IS NULL THEN 'removed' WHEN r.content_hash IS DISTINCT FROM p.content_hash THEN 'updated'
      ELSE 'unchanged' END AS state
  FROM (SELECT profile_id, created_at, content_hash FROM profile
    WHERE profile_id IN ${fewAmongMany('profile_id', 'touched_profile')}) p
  LEFT JOIN (SELECT profile_id, ${contentHash(profileColumns(schema))} AS content_hash FROM rebuilt) r USING (profile_id)`

async function replaceProfiles(duckdb: DuckDb, schema: ProfileSchema, now: number): Promise<ProfileCounts> {
  await duckdb.run(
    `DELETE FROM profile WHERE profile_id IN (SELECT profile_id FROM verdict WHERE state IN ('updated', 'removed'))`,
  )
  const written = await duckdb.run(
    `INSERT INTO profile BY NAME
     SELECT rebuilt.*, ${contentHash(profileColumns(schema))} AS content_hash, coalesce(verdict.created_at, epoch_ms($now::BIGINT)) AS created_at,
       epoch_ms($now::BIGINT) AS updated_at
     FROM rebuilt LEFT JOIN verdict USING (profile_id) WHERE state IS NULL OR state = 'updated'`,
    { now: BigInt(now) },
  )
  const row = await duckdb.one<{ updated: bigint; removed: bigint }>(
    `SELECT count(*) FILTER (state = 'updated') AS updated, count(*) FILTER (state = 'removed') AS removed FROM verdict`,
  )
  const updated = Number(row?.updated ?? 0)
  return {
    created: written - updated,
    updated,
    removed: Number(row?.removed ?? 0),
  }
}
