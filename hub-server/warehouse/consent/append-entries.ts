import type { NewConsentEntry } from '../../../core/port/consent-store.ts'
import type { ProfileSchema } from '../../../core/profile/profile-schema.ts'
import type { DuckDb } from '../duckdb.ts'
import { decideNoted } from './decide-consents.ts'
import { toProfileNumber } from './profile-number.ts'

interface LedgerGround {
  readonly duckdb: DuckDb
  readonly schema: ProfileSchema
  /** When the entries are noted, epoch milliseconds. */
  readonly now: number
}

/** Adds entries to the ledger and brings the profiles they are about to their state. Runs inside the caller's transaction. */
export async function appendEntries(
  { duckdb, schema, now }: LedgerGround,
  entries: readonly NewConsentEntry[],
): Promise<{ readonly noted: number; readonly profilesChanged: number }> {
  const last = await duckdb.one<{ last: bigint | null }>(`SELECT max(entry_id) AS last FROM consent_entry`)
  const noted = await duckdb.run(appendSql, [JSON.stringify(entries.map(toRow)), BigInt(now)])
  if (noted === 0) return { noted, profilesChanged: 0 }
  const firstEntry = (last?.last ?? -1n) + 1n
  return { noted, profilesChanged: await decideNoted(duckdb, schema, { firstEntry, now }) }
}

function toRow({ subject, ...entry }: NewConsentEntry): Record<string, unknown> {
  const who =
    'profileId' in subject ? { record_id: toProfileNumber(subject.profileId)?.toString() ?? null } : subject
  return { ...entry, ...who }
}

/** Objects are found by their stream and id; those that were never pulled are nobody. */
const appendSql = `
  INSERT INTO consent_entry BY NAME
  WITH told AS (
    SELECT row.* FROM (SELECT unnest(from_json($1::JSON, '[{"record_id":"BIGINT","connection":"VARCHAR","stream":"VARCHAR",
      "externalId":"VARCHAR","kind":"VARCHAR","value":"VARCHAR","purpose":"VARCHAR","channel":"VARCHAR","status":"VARCHAR",
      "origin":"VARCHAR","source":"VARCHAR","decidedAt":"BIGINT","legalBasis":"VARCHAR","wording":"VARCHAR","note":"VARCHAR",
      "key":"VARCHAR"}]')) AS row)),
  found AS (
    SELECT told.*, coalesce(told.record_id, s.record_id) AS about FROM told LEFT JOIN source_record s
      ON s.connection = told.connection AND s.stream = told.stream AND s.external_id = told.externalId)
  SELECT nextval('consent_entry_sequence') AS entry_id, about AS record_id, kind, value, purpose, channel, status, origin, source,
    epoch_ms(decidedAt) AS decided_at, epoch_ms($2::BIGINT) AS noted_at, legalBasis AS legal_basis, wording, note,
    false AS corrected, key
  FROM found
  WHERE (about IS NOT NULL OR kind IS NOT NULL) AND (key IS NULL OR key NOT IN (SELECT key FROM consent_entry WHERE key IS NOT NULL))
  QUALIFY key IS NULL OR row_number() OVER (PARTITION BY key) = 1`
