import type { DuckDb } from '../duckdb.ts'
import type { StreamPlan } from './stream-plan.ts'

/** A range of change ids of one stream that holds records to be normalised. */
export interface ChangedBlock {
  readonly plan: number
  readonly firstChange: bigint
  readonly lastChange: bigint
  readonly records: number
}

/** Records and characters of raw JSON per block: small enough to keep all threads busy, large enough to make messages cheap. */
const blockRecords = 8192
const blockCharacters = 4_194_304
const bucketSize = 1024

/**
 * Which source records of a stream have changed since it was last normalised: those with a higher change id, or all when its mapping
 * is another one. Derived from the tables alone, so that an interrupted refresh finds the same work again.
 */
export async function findChangedBlocks(
  duckdb: DuckDb,
  plan: StreamPlan,
  index: number,
): Promise<ChangedBlock[]> {
  const since = await normalisedUntil(duckdb, plan)
  const buckets = await duckdb.all<{ first: bigint; last: bigint; records: bigint; characters: bigint }>(
    `SELECT min(change_id) AS first, max(change_id) AS last, count(*) AS records,
       sum(strlen(fields))::BIGINT AS characters
     FROM source_record WHERE connection = $connection AND stream = $stream AND change_id > $since
     GROUP BY change_id // ${bucketSize} ORDER BY first`,
    { connection: plan.connection, stream: plan.stream, since },
  )
  const blocks: ChangedBlock[] = []
  let open: { firstChange: bigint; lastChange: bigint; records: number; characters: number } | undefined
  for (const bucket of buckets) {
    const records = Number(bucket.records)
    const characters = Number(bucket.characters)
    const fits =
      open && open.records + records <= blockRecords && open.characters + characters <= blockCharacters
    if (open && fits) {
      open = {
        ...open,
        lastChange: bucket.last,
        records: open.records + records,
        characters: open.characters + characters,
      }
    } else {
      if (open) blocks.push({ plan: index, ...open })
      open = { firstChange: bucket.first, lastChange: bucket.last, records, characters }
    }
  }
  if (open) blocks.push({ plan: index, ...open })
  return blocks
}

/** How many records `findChangedBlocks` would find; without a look at the raw ones. */
export async function countChanged(duckdb: DuckDb, plan: StreamPlan): Promise<number> {
  const row = await duckdb.one<{ records: bigint }>(
    `SELECT count(*) AS records FROM source_record
     WHERE connection = $connection AND stream = $stream AND change_id > $since`,
    { connection: plan.connection, stream: plan.stream, since: await normalisedUntil(duckdb, plan) },
  )
  return Number(row?.records ?? 0)
}

async function normalisedUntil(duckdb: DuckDb, plan: StreamPlan): Promise<bigint> {
  const row = await duckdb.one<{ change_id: bigint }>(
    `SELECT change_id FROM normalised_stream
     WHERE connection = $connection AND stream = $stream AND mapping_digest = $digest`,
    { connection: plan.connection, stream: plan.stream, digest: plan.digest },
  )
  return row?.change_id ?? -1n
}

/** The raw records of a block as one text (`row-text.ts`): record id, fields. DuckDB puts it together; nothing is parsed here. */
export async function readBlock(duckdb: DuckDb, plan: StreamPlan, block: ChangedBlock): Promise<string> {
  const row = await duckdb.one<{ text: string }>(
    `SELECT coalesce(string_agg(record_id || chr(31) || fields, chr(30)), '') AS text
     FROM source_record
     WHERE connection = $connection AND stream = $stream AND change_id BETWEEN $first AND $last`,
    { connection: plan.connection, stream: plan.stream, first: block.firstChange, last: block.lastChange },
  )
  return row?.text ?? ''
}
