import { AdAccount } from 'facebook-nodejs-business-sdk'
import { z } from 'zod'
import type { ReadRequest, Source, SourcePage, SourceRecord } from '../../../core/connector/source.ts'
import { PlatformError } from '../../../core/errors/affluent-error.ts'
import { readTimeZone } from '../ad-account.ts'
import { insightsBudgetOf } from '../budgets.ts'
import { callMeta, type MetaContext } from '../client.ts'
import type { MetaConfig } from '../config.ts'
import { idFieldOf, insightFields, readInsightRow, toMetaFields, type InsightRow } from './insight-fields.ts'
import {
  firstSlice,
  nextSlice,
  parseInsightCursor,
  smallerSlice,
  type InsightSlice,
} from './insight-slice.ts'
import { addDays, dayIn } from './report-day.ts'
import { runReport, type ReportQuery } from './report-run.ts'

/**
 * What each ad (or ad set, campaign, account) did on each day of the account's time zone. Each read fetches the days since the last
 * one, and some days before that again, because conversions are credited to the day of the click for weeks.
 */
export const adInsights: Source<MetaConfig> = {
  name: 'ad_insights',
  description: 'Impressions, clicks, CTR, CPC, spend, conversions and return on ad spend by day.',
  deletions: 'none',
  incremental: true,
  fields: Object.keys(insightFields),
  read: readInsights,
}

/** Lines of one page; Meta refuses large pages of wide reports. */
const pageSize = 500

async function* readInsights(context: MetaContext, request: ReadRequest): AsyncGenerator<SourcePage> {
  request.signal.throwIfAborted()
  const start = await startOf(context, request)
  let slice = start
  for (let seen = new Set<string>(); ;) {
    request.signal.throwIfAborted()
    const read = await readSlice(context, request, slice, slice === start)
    const next = nextSlice(read.slice, read.after)
    yield {
      records: read.rows.map((row) => toRecord(row, context.config, request.fields)),
      quarantined: [],
      cursor: next ?? { through: read.slice.to },
    }
    if (!next) return
    if (next.after === null) seen = new Set()
    else if (seen.has(next.after)) throw samePage()
    else seen.add(next.after)
    slice = next
  }
}

const samePage = (): PlatformError =>
  new PlatformError('platform.unreadable_answer', {
    act: 'reading ad insights',
    said: 'the same page came twice',
  })

async function startOf(context: MetaContext, request: ReadRequest): Promise<InsightSlice> {
  const cursor = parseInsightCursor(request.cursor)
  if (cursor && 'from' in cursor) return cursor
  const { config, clock } = context
  const to = dayIn(await readTimeZone(context, request.signal), clock.now())
  const from = cursor
    ? addDays(cursor.through, -config.insights_look_back_days)
    : addDays(to, 1 - config.insights_history_days)
  return firstSlice(from, to, config.insights_days_at_once)
}

interface ReadSlice {
  readonly slice: InsightSlice
  readonly rows: readonly InsightRow[]
  readonly after: string | null
}

/** Reads a page; where Meta calls it too much, asks for less until it answers. */
async function readSlice(
  context: MetaContext,
  request: ReadRequest,
  slice: InsightSlice,
  isResumed: boolean,
): Promise<ReadSlice> {
  let current = slice
  for (;;) {
    request.signal.throwIfAborted()
    try {
      return await trySlice(context, request, current)
    } catch (error) {
      current = insteadOf(current, error, isResumed && current === slice)
    }
  }
}

/** What to ask for instead, or the error itself. Lines that are read again keep their ids. */
function insteadOf(slice: InsightSlice, error: unknown, isResumed: boolean): InsightSlice {
  if (!(error instanceof PlatformError)) throw error
  // Meta keeps a run for some time only: a read that was parked for long starts its report again.
  if (error.code === 'platform.not_found' && isResumed && slice.run !== null)
    return { ...slice, run: null, after: null }
  if (error.code !== 'platform.request_too_large') throw error
  const smaller = smallerSlice(slice)
  if (smaller) return smaller
  throw new PlatformError('platform.transient', error.params, { cause: error })
}

async function trySlice(context: MetaContext, request: ReadRequest, slice: InsightSlice): Promise<ReadSlice> {
  const query = toQuery(context.config, request, slice)
  if (slice.mode === 'at_once') return { slice, ...(await readPage(context, query, slice)) }
  const done = { ...slice, run: slice.run ?? (await runReport(context, query)) }
  return { slice: done, ...(await readPage(context, query, done)) }
}

function toQuery(config: MetaConfig, request: ReadRequest, slice: InsightSlice): ReportQuery {
  return {
    fields: toMetaFields(config.insights_level, request.fields),
    params: {
      level: config.insights_level,
      time_range: { since: slice.from, until: slice.until },
      time_increment: 1,
    },
    signal: request.signal,
  }
}

const page = z.object({
  data: z.array(z.looseObject({ date_start: z.string() })),
  paging: z
    .object({ cursors: z.object({ after: z.string().optional() }).optional(), next: z.string().optional() })
    .optional(),
})

async function readPage(
  context: MetaContext,
  query: ReportQuery,
  { run, after }: InsightSlice,
): Promise<Omit<ReadSlice, 'slice'>> {
  const { config } = context
  const place = { limit: pageSize, ...(after !== null && { after }) }
  const answer = await callMeta(context, {
    act: 'reading ad insights',
    budget: insightsBudgetOf(config),
    signal: query.signal,
    timeoutMs: 120_000,
    answer: page.extend({
      data: z.array(page.shape.data.element.extend({ [idFieldOf(config.insights_level)]: z.string() })),
    }),
    send: (api) =>
      run === null
        ? new AdAccount(config.ad_account_id, {}, undefined, api).getInsights(query.fields, {
            ...query.params,
            ...place,
          })
        : api.call('GET', [run, 'insights'], { fields: query.fields.join(','), ...place }),
  })
  const next = answer.paging?.next === undefined ? undefined : answer.paging.cursors?.after
  return { rows: answer.data, after: next ?? null }
}

function toRecord(row: InsightRow, config: MetaConfig, wanted: readonly string[]): SourceRecord {
  const id = String(row[idFieldOf(config.insights_level)])
  return {
    externalId: `${id}@${String(row['date_start'])}`,
    versionAt: null,
    deleted: false,
    fields: readInsightRow(row, wanted),
  }
}
