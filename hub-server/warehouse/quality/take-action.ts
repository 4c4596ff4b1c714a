import { checkName } from '../../../core/quality/value-check.ts'
import type { DuckDb } from '../duckdb.ts'
import type { CheckTarget } from './check-target.ts'
import type { CheckRun } from './find-faults.ts'

/** Does with the values in `quality_fault` what the check says, on the staged records, and notes each in `quality_finding`. */
export async function takeAction(duckdb: DuckDb, run: CheckRun): Promise<void> {
  const { action, otherwise = 'flag' } = run.check
  const failed = action === 'normalise' ? otherwise : action
  await noteFindings(duckdb, run, failed, 'code IS NOT NULL')
  const [target] = run.targets
  if (!target) return
  if (action === 'normalise') {
    await noteFindings(duckdb, run, 'normalise', 'code IS NULL')
    await duckdb.run(
      `UPDATE staged_record SET ${target.column} = f.normal FROM quality_fault f
       WHERE f.record_id = staged_record.record_id AND f.code IS NULL`,
    )
  }
  if (failed === 'drop') await dropValues(duckdb, target)
}

async function noteFindings(duckdb: DuckDb, run: CheckRun, action: string, which: string): Promise<void> {
  const { connection, stream, check, now } = run
  const target = [check.on].flat().join(' + ')
  await duckdb.run(
    `INSERT INTO quality_finding
     SELECT DISTINCT record_id, $1, $2, $3, $4, $5, coalesce(code, 'normalised'), suggestion, epoch_ms($6::BIGINT)
     FROM quality_fault WHERE ${which}`,
    [connection, stream, target, checkName(check.check), action, BigInt(now)],
  )
}

/** Takes the failing values out of the staged records. The first good one of an identifier's further values moves up. */
async function dropValues(duckdb: DuckDb, { column, kind }: CheckTarget): Promise<void> {
  if (kind === undefined) {
    await duckdb.run(
      `UPDATE staged_record SET ${column} = NULL
       WHERE record_id IN (SELECT record_id FROM quality_fault WHERE code IS NOT NULL)`,
    )
    return
  }
  const failing = `SELECT record_id, value FROM quality_fault WHERE code IS NOT NULL`
  await duckdb.run(
    `UPDATE staged_record SET ${column} = NULL FROM (${failing}) f
     WHERE f.record_id = staged_record.record_id AND f.value = staged_record.${column}`,
  )
  await duckdb.run(
    `DELETE FROM staged_identifier USING (${failing}) f
     WHERE f.record_id = staged_identifier.record_id AND kind = '${kind}' AND f.value = staged_identifier.value`,
  )
  await duckdb.run(
    `UPDATE staged_record SET ${column} = i.value
     FROM (SELECT record_id, min(value) AS value FROM staged_identifier WHERE kind = '${kind}' GROUP BY record_id) i
     WHERE i.record_id = staged_record.record_id AND ${column} IS NULL`,
  )
  await duckdb.run(
    `DELETE FROM staged_identifier USING staged_record s
     WHERE s.record_id = staged_identifier.record_id AND kind = '${kind}' AND s.${column} = staged_identifier.value`,
  )
}
