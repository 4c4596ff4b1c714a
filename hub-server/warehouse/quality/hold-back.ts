import type { StreamRef } from '../../../core/port/profile-store.ts'
import type { ProfileSchema } from '../../../core/profile/profile-schema.ts'
import type { DuckDb } from '../duckdb.ts'
import { consentNames } from '../profile/block-layout.ts'
import { consentColumn, traitColumn } from '../tables.ts'

/**
 * Takes the staged records that a check sends to quarantine out of the refresh: nothing of them reaches a profile, and what they told
 * before is taken back. A record that a person let through stays while its content does. A record that tells a refusal keeps its
 * identifiers and the refusal, whatever else is wrong with it: who said no must never be written to because of a wrong postcode. Returns the number of records.
 */
export async function holdBack(duckdb: DuckDb, schema: ProfileSchema, stream: StreamRef): Promise<number> {
  await duckdb.run(heldSql(schema), [stream.connection, stream.stream])
  await duckdb.run(
    `UPDATE quality_finding SET action = 'release' FROM quality_held h
     WHERE h.record_id = quality_finding.record_id AND action = 'quarantine' AND h.is_released`,
  )
  await duckdb.run(`DELETE FROM quality_held WHERE is_released`)
  const held = await duckdb.one<{ records: bigint }>(`SELECT count(*) AS records FROM quality_held`)
  if (!held || held.records === 0n) return 0
  await duckdb.run(
    `UPDATE staged_record SET is_person = false
     WHERE record_id IN (SELECT record_id FROM quality_held WHERE NOT refuses)`,
  )
  await duckdb.run(
    `DELETE FROM staged_identifier WHERE record_id IN (SELECT record_id FROM quality_held WHERE NOT refuses)`,
  )
  await duckdb.run(`DELETE FROM staged_event WHERE record_id IN (SELECT record_id FROM quality_held)`)
  const emptied = [
    'cleared = NULL',
    ...Object.keys(schema.traits).map((trait) => `${traitColumn(trait)} = NULL`),
    ...consentColumns(schema).map((column) => `${column} = nullif(${column}, 'granted')`),
  ]
  await duckdb.run(
    `UPDATE staged_record SET ${emptied.join(', ')}
     WHERE record_id IN (SELECT record_id FROM quality_held WHERE refuses)`,
  )
  return Number(held.records)
}

const consentColumns = (schema: ProfileSchema): string[] =>
  consentNames(schema).map(({ purpose, channel }) => consentColumn(purpose, channel))

function heldSql(schema: ProfileSchema): string {
  const refusals = consentColumns(schema).map((column) => `${column} IS NOT DISTINCT FROM 'denied'`)
  return `
    CREATE OR REPLACE TEMP TABLE quality_held AS
    SELECT s.record_id, ${refusals.length === 0 ? 'false' : refusals.join(' OR ')} AS refuses,
      r.record_id IS NOT NULL AS is_released
    FROM staged_record s
    JOIN (SELECT DISTINCT record_id FROM quality_finding
      WHERE connection = $1 AND stream = $2 AND action = 'quarantine') f USING (record_id)
    JOIN quality_scope USING (record_id)
    JOIN source_record o USING (record_id)
    LEFT JOIN quality_release r ON r.record_id = s.record_id AND r.content = hash(o.fields)`
}
