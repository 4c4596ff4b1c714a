import { z } from 'zod'
import type { ConsentEntry } from '../../../core/consent/decide-consent.ts'
import type { DuckDb } from '../duckdb.ts'
import { fewRecords, readHeld, readRecordIds, type HeldIdentifier } from '../profile/few-records.ts'
import { toProfileNumber } from './profile-number.ts'

const entryRow: z.ZodType<ConsentEntry> = z.object({
  purpose: z.string(),
  channel: z.string(),
  status: z.enum(['granted', 'denied']),
  origin: z.enum(['record', 'platform', 'person']),
  source: z.string(),
  decidedAt: z.number().nullable(),
  notedAt: z.number(),
  legalBasis: z.string().nullable(),
  wording: z.string().nullable(),
  note: z.string().nullable(),
  standing: z.enum(['current', 'former', 'corrected']),
})

/** All entries about a profile, in the order in which they were noted: what its records say, said before, and what was noted beside. */
export async function readLedger(duckdb: DuckDb, profileId: string): Promise<readonly ConsentEntry[]> {
  const number = toProfileNumber(profileId)
  if (number === undefined) return []
  const ids = await readRecordIds(duckdb, number)
  return readLedgerOf(duckdb, ids, await readHeld(duckdb, ids))
}

/** The same of the person who these records are, with what they hold. */
export async function readLedgerOf(
  duckdb: DuckDb,
  ids: readonly bigint[],
  held: ReadonlyMap<bigint, readonly HeldIdentifier[]>,
): Promise<readonly ConsentEntry[]> {
  const rows = await duckdb.all<{ row: string }>(`WITH ${fewRecords(ids)}, ${ledgerSql}`, [
    JSON.stringify([...held.values()].flat()),
  ])
  return rows.map(({ row }) => entryRow.parse(JSON.parse(row)))
}

const ledgerSql = `
  mine AS (SELECT record_id, connection, stream, version_at, deleted FROM record_trait),
  told AS (
    SELECT -1 AS entry_id, c.purpose, c.channel, c.status, 'record' AS origin, m.connection || '/' || m.stream AS source, c.decided_at,
      coalesce(c.noted_at, m.version_at) AS noted_at, c.legal_basis, c.wording, NULL AS note,
      CASE WHEN m.deleted THEN 'former' ELSE 'current' END AS standing
    FROM record_consent c JOIN mine m USING (record_id)
    UNION ALL
    SELECT e.entry_id, e.purpose, e.channel, e.status, e.origin, e.source, e.decided_at, e.noted_at, e.legal_basis, e.wording, e.note,
      CASE WHEN e.corrected THEN 'corrected' WHEN e.origin = 'record' THEN 'former' ELSE 'current' END
    FROM consent_entry e
    WHERE e.record_id IN (SELECT record_id FROM mine) OR (e.kind, e.value) IN (
      SELECT (kind, value) FROM (
        SELECT unnest(from_json($1::JSON, '[{"kind": "VARCHAR", "value": "VARCHAR"}]'), recursive := true))))
  SELECT to_json({purpose: purpose, channel: channel, status: status, origin: origin, source: source,
    decidedAt: epoch_ms(decided_at), notedAt: epoch_ms(noted_at), legalBasis: legal_basis, wording: wording, note: note,
    standing: standing}) AS row
  FROM told ORDER BY noted_at, entry_id, purpose, channel, status`
