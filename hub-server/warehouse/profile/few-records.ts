import type { DuckDb } from '../duckdb.ts'

/** The records of a profile, those that came first first. */
export async function readRecordIds(duckdb: DuckDb, profileId: bigint): Promise<readonly bigint[]> {
  const rows = await duckdb.all<{ record_id: bigint }>(
    `SELECT record_id FROM record_trait WHERE profile_id = ${profileId} ORDER BY record_id`,
  )
  return rows.map(({ record_id: id }) => id)
}

const scoped = [
  'record_trait',
  'record_consent',
  'source_record',
  'event_person',
  'every_identifier',
] as const

/** So many are looked up one by one; of more, the texts of statements would cost more than they spare. */
const mostApart = 24

/**
 * SQL for after WITH: the tables of records under their own names, with these records alone. A person is read among millions without looking at
 * the others: the engine skips rows for one number that stands in the text, but reads whole stretches for a list of numbers.
 */
export function fewRecords(ids: readonly bigint[]): string {
  const conditions =
    ids.length === 0 || ids.length > mostApart
      ? [`record_id IN (${ids.join(', ') || 'NULL'})`]
      : ids.map((id) => `record_id = ${id}`)
  return scoped
    .map((table) => {
      const parts = conditions.map((condition) => `FROM main.${table} WHERE ${condition}`)
      return `${table} AS (${parts.join(' UNION ALL ')})`
    })
    .join(', ')
}
