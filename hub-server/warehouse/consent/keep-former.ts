import type { DuckDb } from '../duckdb.ts'

/**
 * Keeps at hand what the changed records said of consents so far, before it is replaced, and in `consent_instant` when what they say
 * now is noted.
 */
export async function setAsideConsents(duckdb: DuckDb, now: number): Promise<void> {
  await duckdb.run(
    `CREATE OR REPLACE TEMP TABLE consent_instant AS SELECT epoch_ms($1::BIGINT) AS noted_at`,
    [BigInt(now)],
  )
  await duckdb.run(
    `CREATE OR REPLACE TEMP TABLE consent_before AS FROM record_consent SEMI JOIN changed_record USING (record_id)`,
  )
}

/**
 * Notes in the ledger what changed records no longer say. What they still say keeps the time at which it was first noted. A record that
 * granted after it had denied, without a time of its own, is dated by its platform's version time; where there is none, as in files, it
 * stays undated and outranks no denial: an old file read again must not bring a consent back.
 */
export async function keepFormerConsents(duckdb: DuckDb): Promise<void> {
  const any = await duckdb.one(`SELECT 1 FROM consent_before LIMIT 1`)
  if (!any) return
  for (const statement of [carrySql, dateSql, formerSql]) await duckdb.run(statement)
}

const samePlace = `b.record_id = record_consent.record_id AND b.purpose = record_consent.purpose AND b.channel = record_consent.channel`

const carrySql = `
  UPDATE record_consent SET noted_at = b.noted_at, decided_at = coalesce(record_consent.decided_at, b.decided_at)
  FROM consent_before b
  WHERE ${samePlace} AND b.status = record_consent.status
    AND (record_consent.decided_at IS NULL OR record_consent.decided_at = b.decided_at)`

/**
 * `reread`: the raw record is the one that was read before, only its mapping is another, so nobody decided anything. The stream's note of
 * how far it was normalised is still that of the last refresh.
 */
const readSql = `SELECT b.*, s.version_at, s.connection, s.stream, s.change_id <= coalesce(n.change_id, -1) AS reread
  FROM consent_before b JOIN source_record s ON s.record_id = b.record_id
  LEFT JOIN normalised_stream n ON n.connection = s.connection AND n.stream = s.stream`

const dateSql = `
  UPDATE record_consent SET decided_at = b.version_at FROM (${readSql}) b
  WHERE ${samePlace} AND record_consent.status = 'granted' AND b.status = 'denied'
    AND record_consent.decided_at IS NULL AND NOT b.reread`

const formerSql = `
  INSERT INTO consent_entry BY NAME
  SELECT nextval('consent_entry_sequence') AS entry_id, b.record_id, b.purpose, b.channel, b.status, 'record' AS origin,
    b.connection || '/' || b.stream AS source, b.decided_at, coalesce(b.noted_at, b.decided_at, TIMESTAMP '1970-01-01') AS noted_at,
    b.legal_basis, b.wording, b.reread AS corrected
  FROM (${readSql}) b
  LEFT JOIN record_consent c ON c.record_id = b.record_id AND c.purpose = b.purpose AND c.channel = b.channel
  WHERE c.status IS DISTINCT FROM b.status OR c.decided_at IS DISTINCT FROM b.decided_at`
