import type { ProfileSchema } from '../../../core/profile/profile-schema.ts'
import type { DuckDb } from '../duckdb.ts'
import { consentNames } from '../profile/block-layout.ts'
import { noteTouched } from '../segment/note-touched.ts'
import { consentColumn } from '../tables.ts'

/**
 * The law of `core/consent/decide-consent.ts` over sets of people. Nearly everybody's state follows from their records alone; asked for
 * here are those with entries of the ledger beside them, or with a denial and a dated grant. Must run inside a transaction.
 */
export async function decideContested(duckdb: DuckDb, schema: ProfileSchema): Promise<void> {
  await ask(
    duckdb,
    `SELECT t.profile_id FROM record_consent c JOIN record_trait t USING (record_id) SEMI JOIN dirty_profile USING (profile_id)
       GROUP BY t.profile_id HAVING bool_or(c.status = 'denied') AND bool_or(c.status = 'granted' AND c.decided_at IS NOT NULL)
     UNION SELECT t.profile_id FROM consent_entry e JOIN record_trait t ON t.record_id = e.record_id
       SEMI JOIN dirty_profile USING (profile_id)
     UNION SELECT t.profile_id FROM (FROM consent_entry WHERE kind IS NOT NULL) e JOIN every_identifier i USING (kind, value)
       JOIN record_trait t ON t.record_id = i.record_id SEMI JOIN dirty_profile USING (profile_id)`,
  )
  await decideAsked(duckdb)
  await duckdb.run(writeSql(schema, 'rebuilt', ''))
}

/** People whom the staged records told of, where the ledger has an entry of one of their identifiers: it may have waited for them. */
export async function decideNewcomers(duckdb: DuckDb, schema: ProfileSchema, now: number): Promise<void> {
  const any = await duckdb.one(`SELECT 1 FROM consent_entry WHERE kind IS NOT NULL LIMIT 1`)
  if (!any || consentNames(schema).length === 0) return
  await ask(
    duckdb,
    `SELECT t.profile_id FROM (FROM consent_entry WHERE kind IS NOT NULL) e JOIN told_identifier i USING (kind, value)
     JOIN record_trait t ON t.record_id = i.record_id`,
  )
  await decideStored(duckdb, schema, now)
}

/** People of whom the ledger has entries from `firstEntry` on: they were noted just now, and profiles follow at once. */
export async function decideNoted(
  duckdb: DuckDb,
  schema: ProfileSchema,
  noted: { readonly firstEntry: bigint; readonly now: number },
): Promise<number> {
  await ask(
    duckdb,
    `SELECT t.profile_id FROM consent_entry e JOIN record_trait t ON t.record_id = e.record_id WHERE e.entry_id >= $1
     UNION SELECT t.profile_id FROM (FROM consent_entry WHERE entry_id >= $1 AND kind IS NOT NULL) e
       JOIN every_identifier i USING (kind, value) JOIN record_trait t ON t.record_id = i.record_id`,
    [noted.firstEntry],
  )
  return decideStored(duckdb, schema, noted.now)
}

async function ask(duckdb: DuckDb, people: string, params: bigint[] = []): Promise<void> {
  await duckdb.run(`CREATE OR REPLACE TEMP TABLE consent_asked (profile_id BIGINT)`)
  await duckdb.run(`INSERT INTO consent_asked SELECT DISTINCT profile_id FROM (${people})`, params)
}

async function decideStored(duckdb: DuckDb, schema: ProfileSchema, now: number): Promise<number> {
  await decideAsked(duckdb)
  await noteTouched(duckdb, 'SELECT profile_id FROM consent_asked')
  const differs = consentNames(schema)
    .map(({ purpose, channel }) => consentColumn(purpose, channel))
    .map((column) => `profile.${column} IS DISTINCT FROM d.${column}`)
  if (differs.length === 0) return 0
  return duckdb.run(
    `${writeSql(schema, 'profile', `, content_hash = NULL, updated_at = epoch_ms(${BigInt(now)}::BIGINT)`)} AND (${differs.join(' OR ')})`,
  )
}

/** No decision was made later than it was noted: a clock that runs ahead outranks nobody. */
const decidedSql = `least(coalesce(decided_at, noted_at), noted_at)`

/**
 * `weighs`: a grant of a source record goes with what the record says; every denial stays. An identifier of several records still tells
 * an entry once.
 */
const toldSql = `
  SELECT t.profile_id, c.purpose, c.channel, c.status, c.decided_at, coalesce(c.noted_at, t.version_at) AS noted_at,
    c.status = 'denied' OR NOT t.deleted AS weighs
  FROM record_consent c JOIN record_trait t USING (record_id) SEMI JOIN consent_asked USING (profile_id)
  UNION ALL
  SELECT t.profile_id, e.purpose, e.channel, e.status, e.decided_at, e.noted_at,
    NOT e.corrected AND (e.status = 'denied' OR e.origin <> 'record') AS weighs
  FROM consent_entry e JOIN record_trait t ON t.record_id = e.record_id SEMI JOIN consent_asked USING (profile_id)
  UNION
  SELECT t.profile_id, e.purpose, e.channel, e.status, e.decided_at, e.noted_at, NOT e.corrected AS weighs
  FROM (FROM record_trait SEMI JOIN consent_asked USING (profile_id)) t JOIN every_identifier i ON i.record_id = t.record_id
  JOIN (FROM consent_entry WHERE kind IS NOT NULL) e USING (kind, value)`

async function decideAsked(duckdb: DuckDb): Promise<void> {
  await duckdb.run(
    `CREATE OR REPLACE TEMP TABLE consent_decided AS
     SELECT profile_id, purpose, channel,
       CASE WHEN NOT bool_or(status = 'denied') THEN 'granted'
         WHEN max(${decidedSql}) FILTER (status = 'granted' AND decided_at IS NOT NULL) > max(${decidedSql}) FILTER (status = 'denied')
         THEN 'granted' ELSE 'denied' END AS status
     FROM (${toldSql}) WHERE weighs GROUP BY ALL`,
  )
}

function writeSql(schema: ProfileSchema, table: 'rebuilt' | 'profile', also: string): string {
  const columns = consentNames(schema).map(({ purpose, channel }) => ({
    column: consentColumn(purpose, channel),
    is: `purpose = '${purpose}' AND channel = '${channel}'`,
  }))
  const states = columns.map(({ column, is }) => `, max(status) FILTER (${is}) AS ${column}`)
  const sets = columns.map(({ column }) => `${column} = d.${column}`)
  return `UPDATE ${table} SET ${sets.join(', ')}${also}
    FROM (SELECT a.profile_id${states.join('')} FROM consent_asked a LEFT JOIN consent_decided USING (profile_id) GROUP BY a.profile_id) d
    WHERE d.profile_id = ${table}.profile_id`
}
