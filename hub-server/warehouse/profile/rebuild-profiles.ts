import type { ProfileSchema } from '../../../core/profile/profile-schema.ts'
import type { DuckDb } from '../duckdb.ts'
import { consentColumn, identifierColumn, traitColumn } from '../tables.ts'
import { createSourceRank, survivorshipOrder } from './survivorship.ts'

export interface ProfileCounts {
  readonly created: number
  readonly updated: number
  readonly removed: number
}

/**
 * Builds the profiles in `dirty_profile` again from their living records; those without any vanish. A profile whose values come out
 * the same is left alone, so `updated_at` tells a real change.
 */
export async function rebuildProfiles(
  duckdb: DuckDb,
  schema: ProfileSchema,
  now: number,
): Promise<ProfileCounts> {
  await createSourceRank(duckdb, schema.source_priority)
  await duckdb.run(livingSql)
  await duckdb.run(identifierSql(schema))
  await duckdb.run(consentSql(schema))
  await duckdb.run(rebuiltSql(schema))
  await duckdb.run(verdictSql(schema))
  return replaceProfiles(duckdb, now)
}

/** Nine people in ten have one record: for them there is nothing to rank (`position` 0). */
const livingSql = `
  CREATE OR REPLACE TEMP TABLE living AS
  WITH record AS (
      SELECT record_id, profile_id, connection, version_at FROM record_trait
      WHERE NOT deleted AND profile_id IN (SELECT profile_id FROM dirty_profile)),
    crowd AS (SELECT profile_id FROM record GROUP BY profile_id HAVING count(*) > 1)
  SELECT record_id, profile_id, 0 AS position FROM record ANTI JOIN crowd USING (profile_id)
  UNION ALL
  SELECT t.record_id, t.profile_id, row_number() OVER (ORDER BY ${survivorshipOrder}) AS position
  FROM record t SEMI JOIN crowd USING (profile_id) LEFT JOIN source_rank USING (connection)`

const columnsOf = (names: readonly string[], column: (name: string) => string): string =>
  names.map((name) => `, ${column(name)}`).join('')

/** Best-trusted value of each kind; of several in one record the first in the alphabet. Kinds are names of the schema, [a-z0-9_]. */
function identifierSql(schema: ProfileSchema): string {
  const kinds = Object.keys(schema.identifiers)
  const pick = (aggregate: string): string =>
    columnsOf(kinds, (kind) => `${aggregate} FILTER (kind = '${kind}') AS ${identifierColumn(kind)}`)
  return `
    CREATE OR REPLACE TEMP TABLE rebuilt_identifier AS
    SELECT profile_id${pick('min(value)')}
    FROM record_identifier JOIN living USING (record_id) WHERE position = 0 GROUP BY profile_id
    UNION ALL
    SELECT profile_id${pick('arg_min(value, position)')}
    FROM (SELECT profile_id, position, kind, min(value) AS value
      FROM record_identifier JOIN living USING (record_id) WHERE position > 0 GROUP BY ALL)
    GROUP BY profile_id`
}

interface ConsentName {
  readonly purpose: string
  readonly channel: string
  readonly column: string
}

const consentNames = (schema: ProfileSchema): ConsentName[] =>
  Object.entries(schema.consents).flatMap(([purpose, { channels }]) =>
    channels.map((channel) => ({ purpose, channel, column: consentColumn(purpose, channel) })),
  )

/** A person who said no anywhere has said no, whatever another source believes and when. */
function consentSql(schema: ProfileSchema): string {
  const states = consentNames(schema).map(({ purpose, channel, column }) => {
    const told = `FILTER (purpose = '${purpose}' AND channel = '${channel}')`
    return `, CASE WHEN bool_or(status = 'denied') ${told} THEN 'denied'
      WHEN bool_or(status = 'granted') ${told} THEN 'granted' END AS ${column}`
  })
  return `
    CREATE OR REPLACE TEMP TABLE rebuilt_consent AS
    SELECT profile_id${states.join('')} FROM record_consent JOIN living USING (record_id) GROUP BY profile_id`
}

function rebuiltSql(schema: ProfileSchema): string {
  const traits = Object.keys(schema.traits).map(traitColumn)
  const told = [
    ...Object.keys(schema.identifiers).map((kind) => `rebuilt_identifier.${identifierColumn(kind)}`),
    ...consentNames(schema).map(({ column }) => `rebuilt_consent.${column}`),
  ]
  return `
    CREATE OR REPLACE TEMP TABLE rebuilt AS
    WITH trait AS (
      SELECT living.profile_id${columnsOf(traits, (column) => `record_trait.${column}`)}
      FROM record_trait JOIN living USING (record_id) WHERE position = 0
      UNION ALL
      SELECT living.profile_id${columnsOf(traits, (column) => `arg_min(record_trait.${column}, position)`)}
      FROM record_trait JOIN living USING (record_id) WHERE position > 0 GROUP BY living.profile_id)
    SELECT trait.*${columnsOf(told, (column) => column)}
    FROM trait LEFT JOIN rebuilt_identifier USING (profile_id) LEFT JOIN rebuilt_consent USING (profile_id)`
}

function verdictSql(schema: ProfileSchema): string {
  const columns = [
    ...Object.keys(schema.traits).map(traitColumn),
    ...Object.keys(schema.identifiers).map(identifierColumn),
    ...consentNames(schema).map(({ column }) => column),
  ]
  const differs = columns.map((column) => ` OR r.${column} IS DISTINCT FROM p.${column}`).join('')
  return `
    CREATE OR REPLACE TEMP TABLE verdict AS
    SELECT coalesce(r.profile_id, p.profile_id) AS profile_id, p.created_at,
      CASE WHEN p.profile_id IS NULL THEN 'created' WHEN r.profile_id IS NULL THEN 'removed'
        WHEN false${differs} THEN 'updated' ELSE 'unchanged' END AS state
    FROM rebuilt r
    FULL JOIN (SELECT * FROM profile WHERE profile_id IN (SELECT profile_id FROM dirty_profile)) p
      ON p.profile_id = r.profile_id`
}

async function replaceProfiles(duckdb: DuckDb, now: number): Promise<ProfileCounts> {
  await duckdb.run(
    `DELETE FROM profile WHERE profile_id IN (SELECT profile_id FROM verdict WHERE state IN ('updated', 'removed'))`,
  )
  await duckdb.run(
    `INSERT INTO profile BY NAME
     SELECT rebuilt.*, coalesce(verdict.created_at, epoch_ms($now::BIGINT)) AS created_at,
       epoch_ms($now::BIGINT) AS updated_at
     FROM rebuilt JOIN verdict USING (profile_id) WHERE state IN ('created', 'updated')`,
    { now: BigInt(now) },
  )
  const row = await duckdb.one<{ created: bigint; updated: bigint; removed: bigint }>(
    `SELECT count(*) FILTER (state = 'created') AS created, count(*) FILTER (state = 'updated') AS updated,
       count(*) FILTER (state = 'removed') AS removed
     FROM verdict`,
  )
  return {
    created: Number(row?.created ?? 0),
    updated: Number(row?.updated ?? 0),
    removed: Number(row?.removed ?? 0),
  }
}
