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
 * Which source records of the streams have changed since these were last normalised: those with a higher change id, or all when the
 * mapping is another one. Derived from the tables alone, so that an interrupted refresh finds the same work again. Plans that `done` names
 * by their place have nothing to be looked for.
 */
export async function findChangedBlocks(
  duckdb: DuckDb,
  plans: readonly StreamPlan[],
  done: ReadonlySet<number>,
): Promise<ChangedBlock[]> {
  const since = await normalisedUntil(duckdb, plans)
  const asked = plans.flatMap(({ connection, stream }, plan) =>
    done.has(plan) ? [] : [{ plan, connection, stream, since: Number(since[plan]) }],
  )
  if (asked.length === 0) return []
  const buckets = await duckdb.all<Bucket>(
    `SELECT plan, min(change_id) AS first, max(change_id) AS last, count(*) AS records, sum(strlen(fields))::BIGINT AS characters
     FROM source_record JOIN (
       SELECT unnest(from_json($1::JSON, '[{"plan": "INTEGER", "connection": "VARCHAR", "stream": "VARCHAR", "since": "BIGINT"}]'), recursive := true)
     ) USING (connection, stream)
     WHERE change_id > $2 AND change_id > since GROUP BY plan, change_id // ${bucketSize} ORDER BY plan, first`,
    [JSON.stringify(asked), BigInt(Math.min(...asked.map((one) => one.since)))],
  )
  return toBlocks(buckets)
}

interface Bucket {
  readonly plan: number
  readonly first: bigint
  readonly last: bigint
  readonly records: bigint
  readonly characters: bigint
}

/** Joins neighbouring buckets of a stream as long as they fit into a block. */
function toBlocks(buckets: readonly Bucket[]): ChangedBlock[] {
  const blocks: (ChangedBlock & { readonly characters: number })[] = []
  for (const { plan, first, last, ...sizes } of buckets) {
    const [records, characters] = [Number(sizes.records), Number(sizes.characters)]
    const open = blocks.at(-1)
    const fits =
      open?.plan === plan &&
      open.records + records <= blockRecords &&
      open.characters + characters <= blockCharacters
    const bucket = { plan, firstChange: first, lastChange: last, records, characters }
    if (!fits) blocks.push(bucket)
    else
      blocks[blocks.length - 1] = {
        ...bucket,
        firstChange: open.firstChange,
        records: open.records + records,
        characters: open.characters + characters,
      }
  }
  return blocks
}

/** How many records `findChangedBlocks` would find; without a look at the raw ones. */
export async function countChanged(duckdb: DuckDb, plan: StreamPlan): Promise<number> {
  const [since = -1n] = await normalisedUntil(duckdb, [plan])
  const row = await duckdb.one<{ records: bigint }>(
    `SELECT count(*) AS records FROM source_record
     WHERE connection = $connection AND stream = $stream AND change_id > $since`,
    { connection: plan.connection, stream: plan.stream, since },
  )
  return Number(row?.records ?? 0)
}

/** The last change of each stream that was normalised by its plan; -1: none. */
async function normalisedUntil(duckdb: DuckDb, plans: readonly StreamPlan[]): Promise<bigint[]> {
  const rows = await duckdb.all<{
    connection: string
    stream: string
    mapping_digest: string
    change_id: bigint
  }>(`FROM normalised_stream`)
  return plans.map(
    ({ connection, stream, digest }) =>
      rows.find(
        (row) => row.connection === connection && row.stream === stream && row.mapping_digest === digest,
      )?.change_id ?? -1n,
  )
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
