import { VARCHAR, type DuckDBValue } from '@duckdb/node-api'
import type { QuarantinedRow, SourceRecord } from '../../../core/connector/source.ts'
import type { PageCounts, PageWrite, StreamRef } from '../../../core/port/profile-store.ts'
import type { ProfileSchema } from '../../../core/profile/profile-schema.ts'
import type { DuckDb } from '../duckdb.ts'
import type { Tombstones } from '../erasure/tombstones.ts'
import { fewAmongMany } from '../few-among-many.ts'
import { keyHash } from './key-hash.ts'
import { cellEnd, cellsSql, fromCell, RowText, toCell } from './row-text.ts'
import type { FreshPage } from './stage-ahead.ts'

/**
 * Longest record, in UTF-16 units of its JSON, that is taken for one; a contact with a thousand properties has a third of it. It
 * bounds the memory of every later stage, which works in blocks of records.
 */
const maxRecordLength = 262_144
const maxRawLength = 65_536

/** One row for the table `incoming`. Fields are null for an object that another one absorbed: it keeps those it has. */
interface IncomingRow {
  readonly externalId: string
  readonly versionAt: number | null
  readonly deleted: boolean
  readonly fields: string | null
  readonly mergedIds: readonly string[] | null
}

interface Incoming {
  readonly rows: readonly IncomingRow[]
  readonly absorbed: readonly IncomingRow[]
  readonly quarantined: readonly QuarantinedRow[]
}

/** What writing a page did. `fresh`: its records, when all of them were new. */
export interface WrittenPage {
  readonly counts: PageCounts
  readonly fresh: FreshPage | undefined
}

/** Recognises who was erased. */
export interface ErasedPeople {
  readonly tombstones: Tombstones
  readonly schema: ProfileSchema
}

/** Writes one page in one transaction. Rows that cannot be stored go to quarantine; the others of the page are not harmed. */
export async function writePage(
  duckdb: DuckDb,
  page: PageWrite,
  erased?: ErasedPeople,
): Promise<WrittenPage> {
  const incoming = toIncoming(page)
  const rows = toRowText(incoming.rows)
  return duckdb.transaction(async () => {
    const { written, ids } = await storeRows(duckdb, page, {
      text: rows,
      count: incoming.rows.length,
      erased,
    })
    const absorbed = { text: toRowText(incoming.absorbed), count: incoming.absorbed.length, erased }
    if (absorbed.count > 0) await storeRows(duckdb, page, absorbed)
    const refused =
      (await erased?.tombstones.keepUnknown(incoming.quarantined, erased.schema)) ?? incoming.quarantined
    if (refused.length > 0) await quarantine(duckdb, page, refused)
    return {
      counts: { written, unchanged: page.records.length - written - countRefused(page, incoming) },
      fresh: ids && { stream: page.stream, rows, count: written, ...ids },
    }
  })
}

const countRefused = (page: PageWrite, incoming: Incoming): number =>
  incoming.quarantined.length - page.quarantined.length

function toIncoming(page: PageWrite): Incoming {
  const latest = new Map<string, IncomingRow>()
  const absorbed = new Map<string, IncomingRow>()
  const quarantined = [...page.quarantined]
  for (const record of page.records) {
    const fields = toStoredJson(record)
    if (fields === undefined) quarantined.push(refuse(record))
    else keepLatest(latest, toRow(record, fields))
    for (const id of formerIds(record)) absorbed.set(id, absorbedRow(id, record))
  }
  return { rows: [...latest.values()], absorbed: [...absorbed.values()], quarantined }
}

/** One page may hold two versions of an object: the newer one counts, of two equally old ones the later. */
function keepLatest(latest: Map<string, IncomingRow>, row: IncomingRow): void {
  const other = latest.get(row.externalId)
  const older = other && (row.versionAt ?? Infinity) < (other.versionAt ?? Infinity)
  if (!older) latest.set(row.externalId, row)
}

const nobody: readonly string[] = []

const formerIds = ({ mergedIds, externalId }: SourceRecord): readonly string[] =>
  mergedIds ? mergedIds.filter((id) => id !== externalId) : nobody

function toRow(record: SourceRecord, fields: string): IncomingRow {
  const former = formerIds(record)
  return {
    externalId: record.externalId,
    versionAt: record.versionAt,
    deleted: record.deleted,
    fields,
    mergedIds: former.length === 0 ? null : [...former, record.externalId],
  }
}

const absorbedRow = (id: string, survivor: SourceRecord): IncomingRow => ({
  externalId: id,
  versionAt: survivor.versionAt,
  deleted: true,
  fields: null,
  mergedIds: [id],
})

/** JSON of the fields, or undefined when it is too long or nested deeper than the engine's stack. Escapes lone surrogates and NUL. */
function toStoredJson(record: SourceRecord): string | undefined {
  if (!record.externalId.isWellFormed() || record.externalId.includes('\0')) return undefined
  try {
    const text = JSON.stringify(record.fields)
    return text.length <= maxRecordLength ? text : undefined
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

const refuse = (record: SourceRecord): QuarantinedRow => ({
  place: `record ${record.externalId.slice(0, 100).replaceAll('\0', '').toWellFormed()}`,
  reason: {
    code: 'unreadable_row',
    message: `The record is longer than ${maxRecordLength} characters, nested too deeply, or its id is not a text.`,
  },
  raw: '',
})

/** The rows for `incomingSql`. The first cell is empty and the fields are the second, where `normalise-block.ts` looks for them. */
function toRowText(rows: readonly IncomingRow[]): string {
  const text = new RowText()
  const toTail = createTailWriter()
  for (const row of rows)
    text.push(`${cellEnd}${row.fields ?? ''}${cellEnd}${toCell(row.externalId)}${toTail(row)}`)
  return text.end()
}

/** Writes the last cells of a row. Those of one page are often all of one time, and are then one text. */
function createTailWriter(): (row: IncomingRow) => string {
  let last: IncomingRow | undefined
  let tail = ''
  return (row) => {
    const isSame = last?.versionAt === row.versionAt && last.deleted === row.deleted
    if (isSame && last?.mergedIds === row.mergedIds) return tail
    const version = row.versionAt === null ? '' : Math.trunc(row.versionAt)
    const merged = row.mergedIds === null ? '' : JSON.stringify(row.mergedIds)
    tail = `${cellEnd}${version}${cellEnd}${row.deleted ? 1 : 0}${cellEnd}${merged}`
    last = row
    return tail
  }
}

type FreshIds = Pick<FreshPage, 'firstRecord' | 'firstChange'>

interface StoredRows {
  readonly written: number
  /** Set when all rows were new. */
  readonly ids?: FreshIds
}

interface RowsToStore {
  readonly text: string
  readonly count: number
  readonly erased: ErasedPeople | undefined
}

async function storeRows(
  duckdb: DuckDb,
  page: PageWrite,
  { text, count, erased }: RowsToStore,
): Promise<StoredRows> {
  if (count === 0) return { written: 0 }
  await duckdb.run(incomingSql, [text, page.stream.connection, page.stream.stream])
  const dropped = (await erased?.tombstones.dropIncoming(page.stream)) ?? 0
  // What is staged ahead counts on all rows of the text.
  const ids = dropped > 0 ? undefined : await reserveIds(duckdb)
  return ids ? storeFresh(duckdb, page, { count, ids }) : storeCompared(duckdb, page, count - dropped)
}

const valuesOf = ({ stream, runId, receivedAt }: PageWrite) => ({
  ...stream,
  run_id: runId,
  received_at: BigInt(receivedAt),
})

async function storeFresh(
  duckdb: DuckDb,
  page: PageWrite,
  { count, ids }: { readonly count: number; readonly ids: FreshIds },
): Promise<StoredRows> {
  const params = { ...valuesOf(page), first_record: ids.firstRecord, first_change: ids.firstChange }
  await duckdb.run(insertSql(freshRows), params)
  return { written: count, ids }
}

/**
 * Takes numbers in a row from both sequences, one for each row of `incoming`; undefined when one of these may be stored already. That
 * is a scan of a column of numbers, so a page of new records never reads the raw ones.
 */
async function reserveIds(duckdb: DuckDb): Promise<FreshIds | undefined> {
  const row = await duckdb.one<{ record: bigint | null; change: bigint | null }>(
    `SELECT min(nextval('record_id_sequence')) AS record, min(nextval('change_id_sequence')) AS change
     FROM incoming
     WHERE (SELECT count(*) = 0 FROM source_record WHERE key_hash IN ${fewAmongMany('key_hash', 'incoming')})`,
  )
  if (!row || row.record === null || row.change === null) return undefined
  return { firstRecord: row.record, firstChange: row.change }
}

async function storeCompared(duckdb: DuckDb, page: PageWrite, rows: number): Promise<StoredRows> {
  const params = valuesOf(page)
  const { known, changes } = await compareWithStored(duckdb, params)
  if (changes > 0) await duckdb.run(removeReplacedSql)
  if (changes > 0) await duckdb.run(insertSql(changedRows), params)
  if (known < rows) await duckdb.run(insertSql(newRows), params)
  if (known > changes) await recordSightings(duckdb, page.stream, page.runId)
  return { written: rows - known + changes }
}

/** Fills `known`, and counts its rows and those among them that are to be stored. */
async function compareWithStored(
  duckdb: DuckDb,
  { connection, stream, received_at }: ReturnType<typeof valuesOf>,
): Promise<{ known: number; changes: number }> {
  await duckdb.run(knownSql, { connection, stream, received_at })
  const row = await duckdb.one<{ known: bigint; changes: bigint }>(
    `SELECT count(*) AS known, count(*) FILTER (state = 'changed') AS changes FROM known`,
  )
  return { known: Number(row?.known ?? 0), changes: Number(row?.changes ?? 0) }
}

const incomingSql = `
  CREATE OR REPLACE TEMP TABLE incoming AS
  SELECT *, ${keyHash('$2', '$3', 'external_id')} AS key_hash
  FROM (SELECT ordinal, nullif(cell[2], '') AS fields, ${fromCell('cell[3]')} AS external_id,
    nullif(cell[4], '')::BIGINT AS version_at, cell[5] = '1' AS deleted,
    from_json(nullif(cell[6], '')::JSON, '["VARCHAR"]') AS merged_ids
    FROM ${cellsSql})`

/**
 * The rows of which an earlier version is stored, compared with it. `stale`: an older version, never overwrites. A deletion keeps the
 * last known fields, so that its identifiers stay in the identity graph. Versions that the platform does not date count from when
 * they were received.
 */
const knownSql = `
  CREATE OR REPLACE TEMP TABLE known AS
  SELECT i.ordinal, i.external_id, i.version_at, i.deleted, s.record_id, i.key_hash,
    CASE WHEN i.deleted THEN s.fields ELSE i.fields END AS fields,
    CASE WHEN i.merged_ids IS NULL THEN s.merged_ids
      ELSE list_sort(list_distinct(list_concat(coalesce(s.merged_ids, []), i.merged_ids))) END AS merged_ids,
    CASE WHEN i.fields IS NULL THEN
        CASE WHEN s.deleted AND list_contains(s.merged_ids, i.external_id) THEN 'unchanged' ELSE 'changed' END
      WHEN coalesce(i.version_at, $received_at) < epoch_ms(coalesce(s.version_at, s.received_at)) THEN 'stale'
      WHEN i.version_at IS NOT DISTINCT FROM epoch_ms(s.version_at) AND i.deleted = s.deleted
        AND (i.deleted OR i.fields = s.fields)
        AND (i.merged_ids IS NULL OR list_has_all(coalesce(s.merged_ids, []), i.merged_ids)) THEN 'unchanged'
      ELSE 'changed' END AS state
  FROM incoming i JOIN source_record s USING (key_hash)
  WHERE s.external_id = i.external_id AND s.connection = $connection AND s.stream = $stream`

const removeReplacedSql = `
  DELETE FROM source_record WHERE record_id IN (SELECT record_id FROM known WHERE state = 'changed')`

const nextChange = `nextval('change_id_sequence') AS change_id`
const incomingColumns = `external_id, version_at, deleted, coalesce(fields, '{}') AS fields, merged_ids, key_hash`

const changedRows = `SELECT *, ${nextChange} FROM known WHERE state = 'changed' ORDER BY ordinal`
const newRows = `
  SELECT nextval('record_id_sequence') AS record_id, ${nextChange}, ${incomingColumns}
  FROM incoming ANTI JOIN known USING (ordinal) ORDER BY ordinal`
const freshRows = `
  SELECT $first_record::BIGINT + ordinal AS record_id, $first_change::BIGINT + ordinal AS change_id, ${incomingColumns}
  FROM incoming`

const insertSql = (rows: string): string => `
  INSERT INTO source_record BY NAME
  SELECT record_id, $connection AS connection, $stream AS stream, external_id, epoch_ms(version_at) AS version_at, deleted,
    fields, $run_id AS run_id, epoch_ms($received_at::BIGINT) AS received_at, merged_ids, key_hash, change_id
  FROM (${rows})`

/** Remembers what the run saw without changing it, for `markAbsent`. Only the latest run of a stream is remembered. */
async function recordSightings(duckdb: DuckDb, ref: StreamRef, runId: string): Promise<void> {
  const params = { connection: ref.connection, stream: ref.stream, run_id: runId }
  await duckdb.run(
    `DELETE FROM record_sighting WHERE connection = $connection AND stream = $stream AND run_id <> $run_id`,
    params,
  )
  await duckdb.run(
    `INSERT INTO record_sighting SELECT $connection, $stream, $run_id, record_id FROM known
     WHERE state IN ('unchanged', 'stale')`,
    params,
  )
}

async function quarantine(duckdb: DuckDb, page: PageWrite, rows: readonly QuarantinedRow[]): Promise<void> {
  const texts = (pick: (row: QuarantinedRow) => string): DuckDBValue[] =>
    rows.map((row) => pick(row).toWellFormed())
  await duckdb.run(
    `CREATE OR REPLACE TEMP TABLE refused (place VARCHAR, code VARCHAR, message VARCHAR, raw VARCHAR)`,
  )
  await duckdb.append('refused', {
    types: [VARCHAR, VARCHAR, VARCHAR, VARCHAR],
    columns: [
      texts((row) => row.place),
      texts((row) => row.reason.code),
      texts((row) => row.reason.message),
      texts((row) => row.raw.slice(0, maxRawLength)),
    ],
  })
  await duckdb.run(
    `INSERT INTO quarantine
     SELECT DISTINCT ON (place, raw) $connection, $stream, place, code, message, raw, $run_id, epoch_ms($received_at::BIGINT)
     FROM refused ANTI JOIN (
       SELECT place, raw FROM quarantine WHERE connection = $connection AND stream = $stream AND run_id = $run_id)
       USING (place, raw)`,
    {
      connection: page.stream.connection,
      stream: page.stream.stream,
      run_id: page.runId,
      received_at: BigInt(page.receivedAt),
    },
  )
}
