import type { DuckDb } from '../duckdb.ts'

/** The records of a profile, those that came first first. */
export async function readRecordIds(duckdb: DuckDb, profileId: bigint): Promise<readonly bigint[]> {
  const rows = await duckdb.all<{ record_id: bigint }>(
    `SELECT record_id FROM record_trait WHERE profile_id = ${profileId} ORDER BY record_id`,
  )
  return rows.map(({ record_id: id }) => id)
}

/** What a record may be joined by. */
export interface HeldIdentifier {
  readonly kind: string
  readonly value: string
}

/** What each of these records holds, by kind and value. Asked for beside other tables of records, it would cost several times as much. */
export async function readHeld(
  duckdb: DuckDb,
  ids: readonly bigint[],
): Promise<ReadonlyMap<bigint, readonly HeldIdentifier[]>> {
  if (ids.length === 0) return new Map()
  const rows = await duckdb.all<HeldIdentifier & { readonly record_id: bigint }>(
    `SELECT record_id, kind, value FROM (${ofRecords('every_identifier', ids)}) ORDER BY record_id, kind, value`,
  )
  const told = rows.map(({ record_id: id, kind, value }) => ({ id, held: { kind, value } }))
  return new Map([...Map.groupBy(told, ({ id }) => id)].map(([id, own]) => [id, own.map(({ held }) => held)]))
}

const scoped = ['record_trait', 'record_consent', 'source_record', 'event_person'] as const

/** So many are looked up one by one; of more, the texts of statements would cost more than they spare. */
const mostApart = 24

/**
 * SQL for after WITH: the tables of records under their own names, with these records alone. A person is read among millions without looking at
 * the others: the engine skips rows for one number that stands in the text, but reads whole stretches for a list of numbers.
 */
export function fewRecords(ids: readonly bigint[]): string {
  return scoped.map((table) => `${table} AS (${ofRecords(table, ids)})`).join(', ')
}

/** SQL of the rows that a table has of these records. */
export function ofRecords(table: string, ids: readonly bigint[]): string {
  const conditions =
    ids.length === 0 || ids.length > mostApart
      ? [`record_id IN (${ids.join(', ') || 'NULL'})`]
      : ids.map((id) => `record_id = ${id}`)
  return conditions.map((condition) => `FROM main.${table} WHERE ${condition}`).join(' UNION ALL ')
}
