import type { ReadRequest, SourcePage, SourceRecord } from '../../../core/connector/source.ts'
import { AffluentError, PlatformError } from '../../../core/errors/affluent-error.ts'
import type { SalesforceContext } from '../config.ts'
import { fieldOf, knownFields, type ObjectDescription } from '../describe.ts'
import { describeOrExplain } from '../individual.ts'
import { query, queryMore, textOf, type QueryPage, type Row } from '../query.ts'
import { encodedLength, longestQuery, soqlInstant, soqlText } from '../soql.ts'
import { awaitQueryJob, createQueryJob, isBulkReadable, readBulkPage } from './bulk-query.ts'
import { followMerges } from './follow-merges.ts'
import {
  end,
  parseStreamCursor,
  startChanges,
  startFull,
  type CursorIn,
  type StreamCursor,
} from './stream-cursor.ts'
import { consentFields, ownFields, type Stream } from './stream.ts'
import { isReadable, toInstant, toQuarantined, toSourceRecord, type AskedField } from './to-record.ts'
import { fillWideRows } from './wide-rows.ts'

/** One read under way. */
interface Reading {
  readonly context: SalesforceContext
  readonly stream: Stream
  readonly description: ObjectDescription
  readonly fields: readonly AskedField[]
  /** Fields that the reading itself needs, as far as the user sees them. */
  readonly own: readonly string[]
  /** All fields that are needed of a row. */
  readonly select: readonly string[]
  readonly act: string
  readonly signal: AbortSignal
}

/** Reads a stream: in full the first time, then what changed since, deletions and merges included. */
export async function* readStream(
  stream: Stream,
  context: SalesforceContext,
  request: ReadRequest,
): AsyncGenerator<SourcePage> {
  const { signal } = request
  signal.throwIfAborted()
  const act = `reading ${stream.name.replaceAll('_', ' ')}`
  const remedy =
    stream.remedy ?? `Grant read access to ${stream.object} in the permission set of the integration user.`
  const description = await describeOrExplain(context, stream.object, { act, fresh: true, remedy, signal })
  // A hidden one would turn every consent into none.
  if (stream.contactPoint) knownFields(description, consentFields, act)
  const names = knownFields(description, request.fields, act)
  const fields = request.fields.map((asked, index) => ({ asked, name: names[index] ?? asked }))
  const own = ownFields(stream).filter((name) => fieldOf(description, name) !== undefined)
  const select = [...new Set([...own, ...names])]
  const reading: Reading = { context, stream, description, fields, own, select, act, signal }
  const cursor = openCursor(reading, request)
  if (cursor.phase === 'bulk') yield* resumeBulk(reading, cursor)
  else yield* readFrom(reading, cursor)
}

async function* readFrom(reading: Reading, cursor: CursorIn<'rest'>): AsyncGenerator<SourcePage> {
  if (await isWorthBulk(reading, cursor)) yield* resumeBulk(reading, await startBulk(reading, cursor))
  else yield* readRest(reading, cursor)
}

/** Results are kept for seven days: after that the reading starts anew. */
async function* resumeBulk(reading: Reading, cursor: CursorIn<'bulk'>): AsyncGenerator<SourcePage> {
  if (await isJobThere(reading, cursor.job)) yield* readBulk(reading, cursor)
  else yield* readFrom(reading, startFull(reading.description.askedAt))
}

async function isJobThere({ context, act, signal }: Reading, job: string): Promise<boolean> {
  try {
    await awaitQueryJob(context, { act, id: job, signal })
    return true
  } catch (error) {
    if (error instanceof PlatformError && error.code === 'platform.not_found') return false
    throw error
  }
}

function openCursor(reading: Reading, request: ReadRequest): CursorIn<'rest' | 'bulk'> {
  const { context, description, stream } = reading
  const now = description.askedAt
  if (request.cursor === null) return startFull(now)
  const cursor = parseStreamCursor(request.cursor)
  if (!cursor) {
    context.logger.warn('cursor_discarded', { connection: context.connection, stream: stream.name })
    return startFull(now)
  }
  if (cursor.phase !== 'ended') return cursor
  return isFormulaDue(reading, cursor) ? startFull(now) : startChanges(cursor, now)
}

/** Formula and roll-up fields change without a new stamp, so only a full read finds their values (trap 24). */
function isFormulaDue({ context, description, fields }: Reading, { fullAt }: CursorIn<'ended'>): boolean {
  const everyMs = context.config.formula_refresh_hours * 3_600_000
  if (everyMs === 0 || description.askedAt - fullAt < everyMs) return false
  return fields.some(({ name }) => fieldOf(description, name)?.calculated === true)
}

async function isWorthBulk(reading: Reading, cursor: CursorIn<'rest'>): Promise<boolean> {
  const { context, stream, description, select, signal } = reading
  if (cursor.from !== null || cursor.after !== null || !isBulkReadable(description, select)) return false
  const act = `counting ${stream.name.replaceAll('_', ' ')}`
  const { totalSize } = await query(context, `SELECT COUNT() FROM ${stream.object}`, { act, signal })
  return totalSize > context.config.bulk_query_above
}

async function startBulk(reading: Reading, cursor: CursorIn<'rest'>): Promise<CursorIn<'bulk'>> {
  const { context, stream, select, act, signal } = reading
  const job = await createQueryJob(context, `SELECT ${select.join(', ')} FROM ${stream.object}`, {
    act,
    signal,
  })
  const { version, startedAt, from, fullAt } = cursor
  return { version, startedAt, from, fullAt, phase: 'bulk', job, locator: null }
}

async function* readBulk(reading: Reading, start: CursorIn<'bulk'>): AsyncGenerator<SourcePage> {
  const { context, description, act, signal } = reading
  let cursor = start
  for (;;) {
    const page = await readBulkPage(context, description, {
      act,
      id: cursor.job,
      locator: cursor.locator,
      signal,
    })
    if (page.next !== null && page.next === cursor.locator)
      throw new AffluentError('connector.cursor_repeated', { act })
    const next: StreamCursor = page.next === null ? end(cursor) : { ...cursor, locator: page.next }
    yield await toPage(reading, page.rows, next)
    if (next.phase === 'ended') return
    cursor = next
  }
}

async function* readRest(reading: Reading, start: CursorIn<'rest'>): AsyncGenerator<SourcePage> {
  let cursor = start
  let next: string | undefined
  for (;;) {
    reading.signal.throwIfAborted()
    const page = await readRestPage(reading, cursor, next)
    const after = lastPosition(page.records) ?? cursor.after
    if (!page.done && (page.nextRecordsUrl === undefined || page.nextRecordsUrl === next))
      throw new AffluentError('connector.cursor_repeated', { act: reading.act })
    const moved: CursorIn<'rest'> = { ...cursor, after }
    yield await toPage(reading, await widen(reading, page.records), page.done ? end(moved) : moved)
    if (page.done) return
    next = page.nextRecordsUrl
    cursor = moved
  }
}

/** Salesforce's own cursor is the cheapest way on; where it has died, our position starts a new query behind the last row. */
async function readRestPage(
  reading: Reading,
  cursor: CursorIn<'rest'>,
  next: string | undefined,
): Promise<QueryPage> {
  const { context, act, signal } = reading
  if (next !== undefined) {
    try {
      return await queryMore(context, next, { act, signal })
    } catch (error) {
      if (!(error instanceof PlatformError) || error.code !== 'platform.not_found') throw error
    }
  }
  return query(context, toSoql(reading, cursor), { act, all: true, signal })
}

/**
 * By (SystemModstamp, Id): any number of rows may share a stamp, and no page is lost or doubled when rows change meanwhile. Deleted
 * rows come in the same query, in their order.
 */
function toSoql(reading: Reading, { from, after }: CursorIn<'rest'>): string {
  const { stream } = reading
  const where = [
    ...(from === null || after !== null ? [] : [`SystemModstamp >= ${soqlInstant(from)}`]),
    ...(after === null
      ? []
      : [
          `(SystemModstamp > ${soqlInstant(after.stamp)} OR (SystemModstamp = ${soqlInstant(after.stamp)} AND Id > ${soqlText(after.id)}))`,
        ]),
  ]
  const filter = where.length > 0 ? ` WHERE ${where.join(' AND ')}` : ''
  return `SELECT ${narrowed(reading).join(', ')} FROM ${stream.object}${filter} ORDER BY SystemModstamp, Id`
}

/** What a row is first read with. */
const narrowed = (reading: Reading): readonly string[] => (isWide(reading) ? reading.own : reading.select)

/** Room for the rest of the query beside its field list. */
const restOfQuery = 500

const isWide = ({ select }: Reading): boolean => encodedLength(select.join(', ')) + restOfQuery > longestQuery

async function widen(reading: Reading, rows: readonly Row[]): Promise<readonly Row[]> {
  const { context, stream, select, signal } = reading
  if (!isWide(reading) || rows.length === 0) return rows
  return fillWideRows(context, rows, { object: stream.object, fields: select, signal })
}

function lastPosition(rows: readonly Row[]): { stamp: number; id: string } | undefined {
  const last = rows.findLast(isReadable)
  const stamp = toInstant(last?.['SystemModstamp'])
  return last && stamp !== null ? { stamp, id: textOf(last, 'Id') ?? '' } : undefined
}

async function toPage(reading: Reading, rows: readonly Row[], cursor: StreamCursor): Promise<SourcePage> {
  const { context, stream, description, fields, signal } = reading
  const toRecord = (row: Row): SourceRecord => toSourceRecord(stream, row, fields, description.askedAt)
  const readable = rows.filter(isReadable)
  const records = stream.merges
    ? await followMerges(
        {
          context,
          object: stream.object,
          select: narrowed(reading),
          widen: (rows) => widen(reading, rows),
          toRecord,
          signal,
        },
        readable,
      )
    : readable.map(toRecord)
  return {
    records,
    quarantined: rows.flatMap((row, index) => (isReadable(row) ? [] : [toQuarantined(row, index + 1)])),
    cursor,
  }
}
