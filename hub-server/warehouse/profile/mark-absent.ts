import type { StreamRef } from '../../../core/port/profile-store.ts'
import type { DuckDb } from '../duckdb.ts'

/** Marks the stream's records that run `runId` neither wrote nor saw unchanged as deleted. Returns their number. */
export async function markAbsent(duckdb: DuckDb, ref: StreamRef, runId: string): Promise<number> {
  const params = { connection: ref.connection, stream: ref.stream, run_id: runId }
  return duckdb.transaction(() =>
    duckdb.run(
      `UPDATE source_record SET deleted = true, run_id = $run_id, change_id = nextval('change_id_sequence')
       WHERE connection = $connection AND stream = $stream AND NOT deleted AND run_id <> $run_id
         AND record_id NOT IN (SELECT record_id FROM record_sighting
           WHERE connection = $connection AND stream = $stream AND run_id = $run_id)`,
      params,
    ),
  )
}
