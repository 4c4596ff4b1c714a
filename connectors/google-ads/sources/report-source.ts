import { z } from 'zod'
import type { Cursor, ReadRequest, Source, SourcePage, SourceRecord } from '../../../core/connector/source.ts'
import { PlatformError } from '../../../core/errors/affluent-error.ts'
import type { JsonObject, JsonValue } from '../../../core/port/json.ts'
import { readAccount } from '../account.ts'
import type { GoogleAdsConfig } from '../config.ts'
import type { GoogleAdsContext } from '../data-manager.ts'
import { readText } from '../gaql-value.ts'
import { searchPage, type GaqlPage, type GaqlRow } from '../google-ads.ts'
import { daysBefore, dayIn } from './report-day.ts'
import { toGaql, type ReportView } from './report.ts'

const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/)
/** Under way: days, which view, which page of it. Ended: read through which day. */
const cursorShape = z.union([
  z.strictObject({ from: day, to: day, view: z.int().min(0), page_token: z.string() }),
  z.strictObject({ through: day }),
])
interface Position {
  readonly from: string
  readonly to: string
  readonly view: number
  readonly page_token: string
}

export interface ReportSource {
  readonly name: string
  readonly description: string
  readonly views: readonly [ReportView, ...ReportView[]]
}

/**
 * Makes a stream of a report: one record for each thing and day. Each read fetches the days since the last one, and some days before
 * that again, because conversions are credited to the day of the click for weeks.
 */
export function defineReportSource(report: ReportSource): Source<GoogleAdsConfig> {
  const [view] = report.views
  return {
    name: report.name,
    description: report.description,
    deletions: 'none',
    incremental: true,
    fields: Object.keys(view.fields),
    read: (context, request) => readReport(context, request, report),
  }
}

async function* readReport(
  context: GoogleAdsContext,
  request: ReadRequest,
  report: ReportSource,
): AsyncGenerator<SourcePage> {
  request.signal.throwIfAborted()
  let position = await startOf(context, request)
  for (;;) {
    request.signal.throwIfAborted()
    const view = report.views[position.view]
    if (!view) return
    const page = await readPage(context, request, view, position)
    const next = nextOf(position, page, report)
    yield {
      records: page.rows.map((row) => toRecord(row, view, request.fields)),
      quarantined: [],
      cursor: toCursor(next, position),
      progress: progressOf(next, report),
    }
    if (!next) return
    position = next
  }
}

async function startOf(context: GoogleAdsContext, request: ReadRequest): Promise<Position> {
  const cursor = parseCursor(request.cursor)
  if (cursor && 'page_token' in cursor) return cursor
  const { report_history_days: history, report_look_back_days: lookBack } = context.config
  const { timeZone } = await readAccount(context, request.signal)
  const to = dayIn(timeZone, context.clock.now())
  const from = cursor ? daysBefore(cursor.through, lookBack) : daysBefore(to, history - 1)
  return { from, to, view: 0, page_token: '' }
}

function parseCursor(cursor: Cursor | null): z.output<typeof cursorShape> | undefined {
  if (cursor === null) return undefined
  const parsed = cursorShape.safeParse(cursor)
  if (parsed.success) return parsed.data
  throw new PlatformError('platform.invalid_request', {
    act: 'resuming a report',
    said: 'the cursor is not one of this stream',
  })
}

/** A token that Google has forgotten (they last some hours) costs one more reading of the same view, not the run. */
async function readPage(
  context: GoogleAdsContext,
  request: ReadRequest,
  view: ReportView,
  position: Position,
): Promise<GaqlPage> {
  const query = {
    act: `reading ${view.resource.replaceAll('_', ' ')} reports`,
    gaql: toGaql(view, request.fields, position),
    signal: request.signal,
  }
  try {
    return await searchPage(context, { ...query, pageToken: position.page_token })
  } catch (error) {
    const code = error instanceof PlatformError ? error.params['google_code'] : undefined
    if (position.page_token === '' || !forgotten.some((known) => known === code)) throw error
    return searchPage(context, query)
  }
}

const forgotten = ['request_error.EXPIRED_PAGE_TOKEN', 'request_error.INVALID_PAGE_TOKEN']

function nextOf(position: Position, page: GaqlPage, report: ReportSource): Position | undefined {
  if (page.nextPageToken !== '') {
    if (page.nextPageToken === position.page_token)
      throw new PlatformError('platform.unreadable_answer', {
        act: 'paging a report',
        said: 'the same page came twice',
      })
    return { ...position, page_token: page.nextPageToken }
  }
  const view = position.view + 1
  return view < report.views.length ? { ...position, view, page_token: '' } : undefined
}

const toCursor = (next: Position | undefined, position: Position): Cursor =>
  next ? { ...next } : { through: position.to }

const progressOf = (next: Position | undefined, report: ReportSource): number =>
  next ? next.view / report.views.length : 1

function toRecord(row: GaqlRow, view: ReportView, wanted: readonly string[]): SourceRecord {
  const fields: Record<string, JsonValue> = {}
  for (const name of wanted) {
    const field = view.fields[name]
    if (field) fields[name] = field.read(row)
  }
  const record: JsonObject = fields
  return {
    externalId: `${readText(row, view.key)}@${readText(row, 'segments.date')}`,
    versionAt: null,
    deleted: false,
    fields: record,
  }
}
