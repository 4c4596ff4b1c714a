import type { ReadRequest, Source, SourcePage } from '../../../core/connector/source.ts'
import { AffluentError } from '../../../core/errors/affluent-error.ts'
import { coreBudgetOf, usualTokens } from '../budgets.ts'
import { callGoogle } from '../client.ts'
import type { Ga4Config, Ga4Context } from '../config.ts'
import { propertyOf } from '../endpoints.ts'
import { readQuota } from '../quota.ts'
import { qualityOf, reportAnswer, toReportRecords, weaknessesOf, type ReportAnswer } from './report-answer.ts'
import { continueReport, parseReportCursor, startReport, type ReportCursor } from './report-cursor.ts'

/** The configured report, one row a day and combination of dimensions. Rows of the last days are read again each time. */
export const dailyReport: Source<Ga4Config> = {
  name: 'daily_report',
  description: 'Report of the property by day and the configured dimensions, with the flags that weaken it.',
  // Rows of the last days that Google took back (a visit that got a campaign later) stay; figures of the others are replaced.
  deletions: 'none',
  incremental: true,
  fields: null,
  read: readReport,
}

/** Records of one page: a request may bring 250,000 rows, which would be much to write at once. */
const recordsPerPage = 10_000
/** Fewest rows that a request is cut down to when answers are too large for the hub. */
const fewestRows = 1_000

async function* readReport(context: Ga4Context, request: ReadRequest): AsyncGenerator<SourcePage> {
  let cursor = openCursor(context, request)
  let limit = context.config.rows_per_request
  let tokens = usualTokens
  let reported = false
  while (!cursor.ended) {
    request.signal.throwIfAborted()
    const asked = { request, cursor, limit, tokens }
    const answer = await askFor(context, asked)
    if (answer === 'too_large') {
      limit = Math.max(fewestRows, Math.ceil(limit / 4))
      continue
    }
    tokens = answer.tokens ?? tokens
    if (!reported) reported = reportWeakness(context, answer.report)
    yield* toPages(answer.report, cursor, request)
    cursor = after(cursor, answer.report)
  }
}

function openCursor(context: Ga4Context, request: ReadRequest): ReportCursor {
  const { report } = context.config
  const start = startReport(context.clock.now(), report.start_date)
  if (request.cursor === null) return start
  const cursor = parseReportCursor(request.cursor)
  if (cursor) return cursor.ended ? continueReport(cursor, report.look_back_days) : cursor
  context.logger.warn('cursor_discarded', { connection: context.connection, stream: dailyReport.name })
  return start
}

interface Asked {
  readonly request: ReadRequest
  readonly cursor: ReportCursor
  readonly limit: number
  readonly tokens: number
}

interface Answered {
  readonly report: ReportAnswer
  /** What the request cost, where Google told. */
  readonly tokens: number | undefined
}

async function askFor(context: Ga4Context, asked: Asked): Promise<Answered | 'too_large'> {
  try {
    return await runReport(context, asked)
  } catch (error) {
    const isTooLarge = error instanceof AffluentError && error.code === 'platform.answer_too_large'
    if (isTooLarge && asked.limit > fewestRows) return 'too_large'
    throw error
  }
}

function runReport(context: Ga4Context, { request, cursor, limit, tokens }: Asked): Promise<Answered> {
  const { config } = context
  const { report } = config
  return callGoogle(context, {
    act: 'reading the daily report',
    budget: coreBudgetOf(config),
    cost: tokens,
    signal: request.signal,
    timeoutMs: 120_000,
    answer: answerWithCost,
    send: ({ data, once }) =>
      data.runReport(
        {
          property: propertyOf(config),
          dimensions: ['date', ...report.dimensions].map((name) => ({ name })),
          metrics: metricsToAsk(report.metrics, request.fields).map((name) => ({ name })),
          dateRanges: [{ startDate: cursor.from, endDate: 'today' }],
          // Without an order that leaves nothing open, pages would overlap. By date first: only the newest days move.
          orderBys: ['date', ...report.dimensions].map((dimensionName) => ({ dimension: { dimensionName } })),
          limit,
          offset: cursor.offset,
          returnPropertyQuota: true,
          ...(report.currency_code !== undefined && { currencyCode: report.currency_code }),
        },
        once,
      ),
  })
}

const answerWithCost = reportAnswer
  .loose()
  .transform((body): Answered => ({ report: body, tokens: readQuota(body)?.tokensUsed }))

/** Dimensions make the row's key and are always asked for; metrics only where a mapping uses them. Google wants at least one. */
function metricsToAsk(metrics: readonly string[], fields: readonly string[]): readonly string[] {
  const wanted = metrics.filter((name) => fields.length === 0 || fields.includes(name))
  return wanted.length > 0 ? wanted : metrics.slice(0, 1)
}

/** Pages of an answer. Each cursor stands behind its own rows, so that a stop between two pages loses none. */
function* toPages(answer: ReportAnswer, cursor: ReportCursor, request: ReadRequest): Generator<SourcePage> {
  const records = toReportRecords(answer, request.fields)
  for (let start = 0; start < records.length; start += recordsPerPage) {
    if (start > 0) request.signal.throwIfAborted()
    const rows = answer.rows.slice(start, start + recordsPerPage)
    const position = after(cursor, { ...answer, rows: answer.rows.slice(0, start + rows.length) })
    yield {
      records: records.slice(start, start + recordsPerPage),
      quarantined: [],
      cursor: position,
      ...(answer.rowCount > 0 && { progress: Math.min(1, position.offset / answer.rowCount) }),
    }
  }
  // The hub must learn that the read ended, also when there was nothing to read.
  if (records.length === 0) yield { records: [], quarantined: [], cursor: after(cursor, answer) }
}

function after(cursor: ReportCursor, answer: ReportAnswer): ReportCursor {
  const offset = cursor.offset + answer.rows.length
  return {
    ...cursor,
    offset,
    through: newestDay(answer) ?? cursor.through,
    ended: answer.rows.length === 0 || offset >= answer.rowCount,
  }
}

/** The last row is of the newest day; "(other)" may stand in its place. */
function newestDay(answer: ReportAnswer): string | undefined {
  const column = answer.dimensionHeaders.findIndex(({ name }) => name === 'date')
  for (const row of answer.rows.toReversed()) {
    const day = /^(\d{4})(\d{2})(\d{2})$/.exec(row.dimensionValues[column]?.value ?? '')
    if (day) return day.slice(1).join('-')
  }
  return undefined
}

/** Says once a read that Google hid, sampled, cut off or rolled up something. */
function reportWeakness(context: Ga4Context, answer: ReportAnswer): boolean {
  const weaknesses = weaknessesOf(qualityOf(answer))
  if (weaknesses.length === 0) return false
  context.logger.warn('report_weakened', {
    connection: context.connection,
    stream: dailyReport.name,
    kind: weaknesses.join(', '),
  })
  return true
}
