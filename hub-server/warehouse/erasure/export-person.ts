import { z } from 'zod'
import { isDerived, withoutDerivedTraits } from '../../../core/computed/derived-traits.ts'
import type { ExportRow, PersonExport } from '../../../core/port/person-rights.ts'
import type { ProfileSchema } from '../../../core/profile/profile-schema.ts'
import { readLedger } from '../consent/read-ledger.ts'
import type { DuckDb } from '../duckdb.ts'
import { mergeLink } from '../profile/stage-people.ts'
import { traitColumn } from '../tables.ts'
import { dropScope, findPersonColumns, openScope } from './person-scope.ts'

const row = z.record(z.string(), z.json())

/** Tables that are told in words of their own, or that say nothing a person could read. */
const toldElsewhere: ReadonlySet<string> = new Set([
  'source_record',
  'record_trait',
  'record_identifier',
  'identifier_key',
  'record_consent',
  'consent_entry',
  'record_sighting',
  'event_person',
  'event',
  'membership',
  'membership_exit',
  'delivery',
  'former_delivery',
  'plan_row',
  'profile',
  'rectification',
  'restricted_record',
])

/** Reads everything that the hub holds of a person, every stored table included. Undefined: no such profile. */
export function exportPerson(
  duckdb: DuckDb,
  schema: ProfileSchema,
  profile: bigint,
): Promise<PersonExport | undefined> {
  return duckdb.dryRun(async () => {
    const known = await duckdb.one(`SELECT 1 FROM record_trait WHERE profile_id = $1 LIMIT 1`, [profile])
    if (!known) return undefined
    await openScope(duckdb, schema, profile)
    const tables: Record<string, readonly ExportRow[]> = {}
    for (const [name, query] of Object.entries(queries(schema))) tables[name] = await readRows(duckdb, query)
    tables['consents'] = await readConsents(duckdb, schema, profile)
    for (const { table, column } of await findPersonColumns(duckdb)) {
      if (toldElsewhere.has(table)) continue
      const rows = await readRows(duckdb, `SELECT * FROM "${table}" WHERE "${column}" IN (FROM scope_record)`)
      if (rows.length > 0) tables[table] = [...(tables[table] ?? []), ...rows]
    }
    await dropScope(duckdb)
    return { profileId: `p_${profile}`, tables }
  })
}

const at = (instant: number | null): string | null =>
  instant === null ? null : new Date(instant).toISOString()

/** Every line of the ledger about the person, what was said before included. */
async function readConsents(duckdb: DuckDb, schema: ProfileSchema, profile: bigint): Promise<ExportRow[]> {
  const ledger = await readLedger(duckdb, schema, `p_${profile}`)
  return ledger.map((entry) => ({
    purpose: entry.purpose,
    channel: entry.channel,
    status: entry.status,
    told_by: entry.source,
    origin: entry.origin,
    decided_at: at(entry.decidedAt),
    noted_at: at(entry.notedAt),
    legal_basis: entry.legalBasis,
    wording: entry.wording,
    note: entry.note,
    standing: entry.standing,
  }))
}

async function readRows(duckdb: DuckDb, query: string): Promise<ExportRow[]> {
  const rows = await duckdb.all<{ row: string }>(`SELECT to_json(q)::VARCHAR AS row FROM (${query}) q`)
  return rows.map((one) => row.parse(JSON.parse(one.row)))
}

const instant = (column: string): string => `strftime(${column}, '%Y-%m-%dT%H:%M:%S.%gZ')`

/** What a person is told under which name; every value with where it came from and when. */
function queries(schema: ProfileSchema): Readonly<Record<string, string>> {
  const traits = Object.keys(withoutDerivedTraits(schema).traits).map(
    (
      trait,
    ) => `SELECT record_id, '${trait}' AS trait, to_json(${traitColumn(trait)}) AS value FROM record_trait
      WHERE ${traitColumn(trait)} IS NOT NULL`,
  )
  const derived = Object.entries(schema.traits).flatMap(([trait, definition]) =>
    isDerived(definition)
      ? [
          `SELECT '${trait}' AS trait, to_json(${traitColumn(trait)}) AS value FROM profile
           WHERE profile_id IN (FROM scope_record) AND ${traitColumn(trait)} IS NOT NULL`,
        ]
      : [],
  )
  const origin = `t.connection, t.stream, coalesce(s.external_id, '') AS external_id`
  const records = `record_trait t SEMI JOIN scope_record USING (record_id)`
  return {
    values: `SELECT v.trait, v.value, ${origin}, ${instant('t.version_at')} AS at, t.deleted AS record_deleted
      FROM (${traits.length === 0 ? `SELECT NULL::BIGINT AS record_id, '' AS trait, NULL AS value WHERE false` : traits.join(' UNION ALL ')}) v
      JOIN (SELECT * FROM ${records}) t USING (record_id) LEFT JOIN source_record s USING (record_id)
      UNION ALL SELECT r.trait, coalesce(r.value, 'null')::JSON, 'rectified', 'rectified', '', ${instant('r.rectified_at')}, false
      FROM rectification r SEMI JOIN scope_record USING (record_id)`,
    ...(derived.length > 0 && { derived_values: derived.join(' UNION ALL ') }),
    identifiers: `SELECT DISTINCT i.kind, i.value, ${origin}, ${instant('t.version_at')} AS at
      FROM every_identifier i JOIN (SELECT * FROM ${records}) t USING (record_id) LEFT JOIN source_record s USING (record_id)
      WHERE i.kind <> '${mergeLink}' ORDER BY i.kind, i.value`,
    events: `SELECT e.* EXCLUDE (record_id, profile_id, source_record_id, time, received_at),
      ${instant('e.time')} AS time, ${instant('e.received_at')} AS received_at
      FROM event e SEMI JOIN scope_record USING (record_id) ORDER BY time`,
    segments: `SELECT segment, ${instant('entered_at')} AS entered_at, ${instant('exited_at')} AS exited_at
      FROM every_membership WHERE profile_id IN (FROM scope_record) ORDER BY segment, entered_at`,
    recipients: `SELECT coalesce(t.connection, '') AS connection, coalesce(t.kind, '') AS kind, coalesce(t.audience, d.sync) AS audience,
      d.status, ${instant('d.at')} AS at, d.held AS still_there, d.fields::JSON AS sent
      FROM (SELECT sync, profile_id, status, acknowledged_at AS at, held, fields FROM delivery
        UNION ALL SELECT sync, profile_id, 'replaced', sent_at, false, fields FROM former_delivery) d
      LEFT JOIN delivery_target t USING (sync) WHERE d.profile_id IN (FROM scope_record) ORDER BY ALL`,
    source_records: `SELECT connection, stream, external_id, ${instant('version_at')} AS version_at, ${instant('received_at')} AS received_at,
      deleted, fields::JSON AS fields FROM source_record SEMI JOIN scope_source USING (record_id) ORDER BY ALL`,
    restrictions: `SELECT DISTINCT ${instant('since')} AS since FROM restricted_record SEMI JOIN scope_record USING (record_id)`,
  }
}
