import { lookalikeSkeleton } from '../../../core/identity/lookalike-skeleton.ts'
import type { DuckDb } from '../duckdb.ts'
import { fewAmongMany } from '../few-among-many.ts'
import { inOrder } from '../in-order.ts'
import { textSql } from '../text-sql.ts'
import { isForeignSql, skeletonSql } from './lookalikes.ts'

/** The first of eight bytes. */
const firstByte = `18374686479671623680::UBIGINT`

/**
 * SQL of the number that an identifier is found by. Its first byte is that of the kind, so that looking for values of one kind passes over
 * the stretches of others.
 */
const keySql = (kind: string, value: string): string =>
  `((hash(${kind}) & ${firstByte}) | (hash(${kind}, ${value}) >> 8))`

/** The same, from columns `kind` and `value`. */
export const identifierKey = keySql('kind', 'value')

/** The kind under which records are found by what their e-mail addresses look like; no kind of a profile schema can have this name. */
const lookalikeKind = '@lookalike'

/**
 * SQL of the number by which what looks like the address `value` is found. Addresses in other scripts, which SQL cannot decode, share one:
 * they are few.
 */
const lookalikeKey = keySql(
  `'${lookalikeKind}'`,
  `CASE WHEN ${isForeignSql('value')} THEN '' ELSE ${skeletonSql('value')} END`,
)

/** Every key of the identifiers in a table or view (record_id, kind, value), in their order: then looking for one passes over the others. */
const keysSql = (identifiers: string): string => `
  SELECT ${identifierKey} AS key, record_id FROM ${identifiers}
  UNION ALL SELECT ${lookalikeKey}, record_id FROM ${identifiers} WHERE contains(value, '@')
  ${inOrder('key')}`

/** So many are looked for one by one: the engine passes over rows for one number that it knows when it plans, and not for several. */
const mostApart = 24

/** What a record may be found by. */
interface Asked {
  readonly kind: string
  readonly value: string
}

/**
 * For each of these identifiers the records that hold it, as far as their numbers tell: two identifiers may share one, so look at the texts
 * as well.
 */
export async function likelyHolders(
  duckdb: DuckDb,
  asked: readonly Asked[],
): Promise<readonly (readonly bigint[])[]> {
  if (asked.length === 0) return []
  const keys = asked.map(({ kind, value }) => keySql(textSql(kind), textSql(value)))
  const rows = await duckdb.all<{ asked: number; record_id: bigint }>(
    keys.length > mostApart ? togetherSql(keys) : keys.map(aloneSql).join(' UNION ALL '),
  )
  const found = asked.map(() => new Set<bigint>())
  for (const { asked: index, record_id: id } of rows) found[index]?.add(id)
  return found.map((ids) => [...ids])
}

const aloneSql = (key: string, index: number): string =>
  `SELECT ${index} AS asked, k.record_id FROM identifier_key k WHERE k.key = ${key}`

const togetherSql = (keys: readonly string[]): string =>
  `SELECT a.asked, k.record_id FROM identifier_key k
   JOIN (VALUES ${keys.map((key, index) => `(${index}, ${key})`).join(', ')}) a(asked, key) ON a.key = k.key`

/** What to look for to find the records with an address that may look like one of these; those that hold one of them are among them. */
export const askLookalikes = (addresses: readonly string[]): readonly Asked[] =>
  addresses.length === 0
    ? []
    : [...addresses.map(lookalikeSkeleton), ''].map((value) => ({ kind: lookalikeKind, value }))

/** No record has this number; its key tells by which function, and by which of our versions, these and all other numbers were made. */
const witness = {
  record: -1,
  key: `(SELECT ${identifierKey} FROM (SELECT '@witness' AS kind, '3' AS value))`,
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
  await duckdb.run(`INSERT INTO identifier_key ${keysSql('every_identifier')}`)
  await duckdb.run(`INSERT INTO identifier_key SELECT ${witness.key}, ${witness.record}`)
  return true
}

/** Brings in the keys of what the changed records tell now (`told_identifier`), instead of what they told before. */
export async function replaceIdentifierKeys(duckdb: DuckDb): Promise<void> {
  await duckdb.run(`DELETE FROM identifier_key WHERE record_id IN (SELECT record_id FROM changed_record)`)
  await duckdb.run(`INSERT INTO identifier_key ${keysSql('told_identifier')}`)
}

/**
 * SQL of the stored holders (key, record_id, profile_id, deleted) of the keys that the table `asked` lists. Two narrow columns are read
 * whole, whatever the number of kinds; texts are not looked at: that two of them share a key costs some work and joins nobody.
 */
export const holdersSql = (asked: string): string => `
  SELECT DISTINCT h.key, h.record_id, t.profile_id, t.deleted
  FROM (SELECT key, record_id FROM identifier_key WHERE key IN ${fewAmongMany('key', asked)}) h
  JOIN record_trait t USING (record_id)`
