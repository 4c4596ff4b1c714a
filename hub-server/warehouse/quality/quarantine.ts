import type { StreamRef } from '../../../core/port/profile-store.ts'
import type { DuckDb } from '../duckdb.ts'

/** Something that waits in quarantine, and where it is to be repaired. */
interface QuarantineEntry extends StreamRef {
  /** "row": it could not become a record. "record": a check holds it back. */
  readonly kind: 'row' | 'record'
  /** "line 1042", or the id that the source gave the record. */
  readonly place: string
  /** Why: the code, and for a record the trait and check. */
  readonly code: string
  readonly target: string | undefined
  /** Of a row: what its connector says is wrong with it, in English. */
  readonly message: string | undefined
  /** Epoch milliseconds. */
  readonly since: number
}

/** How many wait, by source and reason. */
interface QuarantineCount extends StreamRef {
  readonly kind: 'row' | 'record'
  readonly code: string
  readonly target: string | undefined
  readonly count: number
}

const entriesSql = `
  SELECT connection, stream, 'row' AS kind, place, code, NULL AS target, max(message) AS message, epoch_ms(max(received_at)) AS since
  FROM quarantine GROUP BY connection, stream, place, code
  UNION ALL
  SELECT f.connection, f.stream, 'record', s.external_id, code, target, NULL, epoch_ms(min(found_at))
  FROM quality_finding f JOIN source_record s USING (record_id)
  WHERE action = 'quarantine' GROUP BY f.connection, f.stream, s.external_id, code, target`

/**
 * What entries are in the order of, with the types: "line 2" comes before "line 10". A place may be as long as its source likes; of long
 * ones the beginning and a hash tell them apart.
 */
const orderKeys: readonly (readonly [sql: string, type: string])[] = [
  ['connection', 'VARCHAR'],
  ['stream', 'VARCHAR'],
  ['kind', 'VARCHAR'],
  ['since', 'BIGINT'],
  ['length(place)', 'BIGINT'],
  ['left(place, 60)', 'VARCHAR'],
  ['hash(place)', 'UBIGINT'],
  ['code', 'VARCHAR'],
  [`coalesce(target, '')`, 'VARCHAR'],
]
const orderSql = orderKeys.map(([sql]) => sql).join(', ')
/** SQL of the keys that `json_array` made a text of. */
const placeSql = (text: string): string =>
  orderKeys.map(([, type], index) => `(${text}::JSON ->> ${index})::${type}`).join(', ')

interface QuarantinePage {
  /** Everything that waits, counted. */
  readonly counts: readonly QuarantineCount[]
  readonly entries: readonly QuarantineEntry[]
  /** Where the next page begins; undefined after the last. */
  readonly next: string | undefined
}

interface QuarantineOrder {
  readonly source?: string | undefined
  readonly limit: number
  /** `next` of the page before. */
  readonly after?: string | undefined
}

/** What waits, in pages. */
export async function listQuarantine(
  duckdb: DuckDb,
  { source, limit, after }: QuarantineOrder,
): Promise<QuarantinePage> {
  // Mostly nothing waits, and to plan the questions after all that does takes longer than this look.
  const any = await duckdb.one(
    `SELECT 1 FROM quarantine UNION ALL SELECT 1 FROM quality_finding WHERE action = 'quarantine' LIMIT 1`,
  )
  if (!any) return { counts: [], entries: [], next: undefined }
  const named = `($1::VARCHAR IS NULL OR connection = $1 OR connection || '/' || stream = $1)`
  const found = await duckdb.all<StoredEntry>(
    `SELECT *, json_array(${orderSql})::VARCHAR AS position FROM (${entriesSql})
     WHERE ${named} AND ($2::VARCHAR IS NULL OR (${orderSql}) > (${placeSql('$2')})) ORDER BY ${orderSql} LIMIT ${limit + 1}`,
    [source ?? null, after ?? null],
  )
  const rows = found.slice(0, limit)
  const counted = await duckdb.all<StoredCount>(
    `SELECT connection, stream, kind, code, target, count(*) AS count FROM (${entriesSql}) WHERE ${named}
     GROUP BY connection, stream, kind, code, target ORDER BY ALL`,
    [source ?? null],
  )
  return {
    counts: counted.map(({ target, count, ...rest }) => ({
      ...rest,
      target: target ?? undefined,
      count: Number(count),
    })),
    entries: rows.map(({ target, message, since, position: _position, ...rest }) => ({
      ...rest,
      target: target ?? undefined,
      message: message ?? undefined,
      since: Number(since),
    })),
    next: found.length > limit ? rows.at(-1)?.position : undefined,
  }
}

interface StoredCount extends StreamRef {
  readonly kind: 'row' | 'record'
  readonly code: string
  readonly target: string | null
  readonly count: bigint
}

interface StoredEntry extends StreamRef {
  readonly kind: 'row' | 'record'
  readonly place: string
  readonly code: string
  readonly target: string | null
  readonly message: string | null
  readonly since: bigint
  readonly position: string
}

export interface Replay {
  /** Records that the next run judges again. */
  readonly records: number
  /** Streams with rows that could not be read: they are to be read again from their beginning. */
  readonly streams: readonly StreamRef[]
}

/**
 * Has everything in quarantine tried again at the next run: records are judged anew, by the checks as they are then, and the streams of
 * rows that could not become records are named, to be read again. With `accept`, records pass as they are until their content changes.
 */
export async function replayQuarantine(
  duckdb: DuckDb,
  {
    source,
    accept,
    now,
  }: { readonly source?: string | undefined; readonly accept: boolean; readonly now: number },
): Promise<Replay> {
  const named = `($1::VARCHAR IS NULL OR connection = $1 OR connection || '/' || stream = $1)`
  return duckdb.transaction(async () => {
    await duckdb.run(
      `CREATE OR REPLACE TEMP TABLE replayed AS SELECT DISTINCT record_id FROM quality_finding
       WHERE action = 'quarantine' AND ${named}`,
      [source ?? null],
    )
    if (accept) await release(duckdb, now)
    // "Changed since" is a range of change ids, so a new one is all it takes to be normalised again.
    const records = await duckdb.run(
      `UPDATE source_record SET change_id = nextval('change_id_sequence')
       WHERE record_id IN (SELECT record_id FROM replayed)`,
    )
    await duckdb.run(`DROP TABLE replayed`)
    const streams = await duckdb.all<StreamRef>(
      `SELECT DISTINCT connection, stream FROM quarantine WHERE ${named} ORDER BY ALL`,
      [source ?? null],
    )
    await duckdb.run(`DELETE FROM quarantine WHERE ${named}`, [source ?? null])
    return { records, streams }
  })
}

async function release(duckdb: DuckDb, now: number): Promise<void> {
  await duckdb.run(`DELETE FROM quality_release WHERE record_id IN (SELECT record_id FROM replayed)`)
  await duckdb.run(
    `INSERT INTO quality_release SELECT record_id, hash(fields), epoch_ms($1::BIGINT)
     FROM source_record SEMI JOIN replayed USING (record_id)`,
    [BigInt(now)],
  )
}
