import type { SourceRecord } from '../../../core/connector/source.ts'
import type { SalesforceContext } from '../config.ts'
import { queryAllPages, textOf, type Row } from '../query.ts'
import { chunkValues, encodedLength, soqlIn } from '../soql.ts'

/** A survivor may have been merged away itself since; longer chains than this end as deletions. */
const longestChain = 5

export interface MergeReading {
  readonly context: SalesforceContext
  readonly object: string
  /** The survivor's fields, read like those of the page. */
  readonly select: readonly string[]
  /** Completes rows whose fields do not fit into one query. */
  readonly widen: (rows: readonly Row[]) => Promise<readonly Row[]>
  readonly toRecord: (row: Row) => SourceRecord
  readonly signal: AbortSignal
}

/**
 * Turns the rows of a page into records. Losers of a merge are not deletions: their survivor is given with their ids, and read for
 * that where it is not on the page. A loser whose survivor is gone too is deleted.
 */
export async function followMerges(reading: MergeReading, rows: readonly Row[]): Promise<SourceRecord[]> {
  const losers = rows.filter(isLoser)
  if (losers.length === 0) return rows.map(reading.toRecord)
  const survivors = await findSurvivors(reading, rows, losers)
  const mergedIds = new Map<string, string[]>()
  for (const loser of losers) {
    const survivor = survivorOf(loser, survivors)
    const id = survivor && textOf(survivor, 'Id')
    if (id !== undefined) mergedIds.set(id, [...(mergedIds.get(id) ?? []), textOf(loser, 'Id') ?? ''])
  }
  const merged = new Set([...mergedIds.values()].flat())
  const onPage = new Set(rows.map((row) => textOf(row, 'Id')))
  const elsewhere = [...mergedIds.keys()]
    .filter((id) => !onPage.has(id))
    .map((id) => survivors.get(id))
    .filter((row) => row !== undefined)
  const kept = rows.filter((row) => !merged.has(textOf(row, 'Id') ?? ''))
  return [...kept, ...(await reading.widen(elsewhere))].map((row) => {
    const former = mergedIds.get(textOf(row, 'Id') ?? '')
    return { ...reading.toRecord(row), ...(former && { mergedIds: former }) }
  })
}

const isLoser = (row: Row): boolean =>
  row['IsDeleted'] === true && textOf(row, 'MasterRecordId') !== undefined

/** Rows by id: those of the page and, step by step, the survivors that they and each other name. */
async function findSurvivors(
  reading: MergeReading,
  rows: readonly Row[],
  losers: readonly Row[],
): Promise<ReadonlyMap<string, Row>> {
  const known = new Map(rows.flatMap((row): [string, Row][] => [[textOf(row, 'Id') ?? '', row]]))
  let open = losers
  for (let step = 0; step < longestChain && open.length > 0; step += 1) {
    const wanted = new Set(open.flatMap((row) => textOf(row, 'MasterRecordId') ?? []))
    const found = await readByIds(
      reading,
      [...wanted].filter((id) => !known.has(id)),
    )
    for (const row of found) known.set(textOf(row, 'Id') ?? '', row)
    open = found.filter(isLoser)
  }
  return known
}

function survivorOf(loser: Row, known: ReadonlyMap<string, Row>): Row | undefined {
  let row: Row | undefined = loser
  for (let step = 0; step <= longestChain && row && isLoser(row); step += 1)
    row = known.get(textOf(row, 'MasterRecordId') ?? '')
  return row && row['IsDeleted'] !== true ? row : undefined
}

async function readByIds(reading: MergeReading, ids: readonly string[]): Promise<Row[]> {
  const { context, object, select, signal } = reading
  const head = `SELECT ${select.join(', ')} FROM ${object} WHERE `
  const rows: Row[] = []
  for (const chunk of chunkValues(ids, encodedLength(head)))
    rows.push(
      ...(await queryAllPages(context, head + soqlIn('Id', chunk), {
        act: `following merges of ${object}`,
        all: true,
        signal,
      })),
    )
  return rows
}
