import type { DuckDb } from '../duckdb.ts'
import { fewAmongMany } from '../few-among-many.ts'

/** The first of eight bytes. */
const firstByte = `18374686479671623680::UBIGINT`

/**
 * SQL of the number that an identifier is found by, from columns `kind` and `value`. Its first byte is that of the kind, so that looking for
 * values of one kind passes over the stretches of others.
 */
export const identifierKey = `((hash(kind) & ${firstByte}) | (hash(kind, value) >> 8))`

/** So many are looked for one by one: the engine passes over rows for a number that stands in the text, and not for a list of them. */
const mostApart = 24

/** Records that hold one of these identifiers, as far as their numbers tell: two identifiers may share one, so look at the texts as well. */
export async function likelyHolders(
  duckdb: DuckDb,
  identifiers: readonly { readonly kind: string; readonly value: string }[],
): Promise<readonly bigint[]> {
  if (identifiers.length === 0) return []
  const rows = identifiers.map((_, index) => `($${2 * index + 1}::VARCHAR, $${2 * index + 2}::VARCHAR)`)
  const keys = await duckdb.all<{ key: bigint }>(
    `SELECT DISTINCT ${identifierKey} AS key FROM (VALUES ${rows.join(', ')}) AS asked(kind, value)`,
    identifiers.flatMap(({ kind, value }) => [kind, value]),
  )
  const conditions =
    keys.length > mostApart
      ? [`key IN (${keys.map(({ key }) => key).join(', ')})`]
      : keys.map(({ key }) => `key = ${key}`)
  const parts = conditions.map((condition) => `SELECT record_id FROM identifier_key WHERE ${condition}`)
  const holders = await duckdb.all<{ record_id: bigint }>(parts.join(' UNION '))
  return holders.map(({ record_id: id }) => id)
}

/** No record has this number; its key tells by which function the keys were made. */
const witness = {
  record: -1,
  key: `(SELECT ${identifierKey} FROM (SELECT '@witness' AS kind, 'key' AS value))`,
}

/**
 * Makes `identifier_key` complete: it is derived, and made anew when it was never made or when DuckDB's `hash` is another one than
 * that it was made by. Returns whether it was made.
 */
export async function prepareIdentifierKeys(duckdb: DuckDb): Promise<boolean> {
  const found = await duckdb.one(
    `SELECT 1 FROM identifier_key WHERE record_id = ${witness.record} AND key = ${witness.key}`,
  )
  if (found) return false
  await duckdb.run(`DELETE FROM identifier_key`)
  await duckdb.run(`INSERT INTO identifier_key SELECT ${identifierKey}, record_id FROM every_identifier`)
  await duckdb.run(`INSERT INTO identifier_key SELECT ${witness.key}, ${witness.record}`)
  return true
}

/** Brings in the keys of what the changed records tell now (`told_identifier`), instead of what they told before. */
export async function replaceIdentifierKeys(duckdb: DuckDb): Promise<void> {
  await duckdb.run(`DELETE FROM identifier_key WHERE record_id IN (SELECT record_id FROM changed_record)`)
  await duckdb.run(`INSERT INTO identifier_key SELECT ${identifierKey}, record_id FROM told_identifier`)
}

/**
 * SQL of the stored holders (key, record_id, profile_id, deleted) of the keys that the table `asked` lists. Two narrow columns are read
 * whole, whatever the number of kinds; texts are not looked at: that two of them share a key costs some work and joins nobody.
 */
export const holdersSql = (asked: string): string => `
  SELECT DISTINCT h.key, h.record_id, t.profile_id, t.deleted
  FROM (SELECT key, record_id FROM identifier_key WHERE key IN ${fewAmongMany('key', asked)}) h
  JOIN record_trait t USING (record_id)`
