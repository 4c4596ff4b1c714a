import { afterEach, describe, expect, it } from 'vitest'
import type { Cursor } from '../../../core/connector/source.ts'
import { PlatformError } from '../../../core/errors/affluent-error.ts'
import { connectGa4, openGa4, readAll } from './open-ga4.ts'

type Opened = Awaited<ReturnType<typeof openGa4>>
let opened: Opened | undefined
afterEach(() => opened?.sandbox.close())

const row = (date: string, sessionCampaignName: string, sessions: number) => ({
  date,
  sessionCampaignName,
  sessions,
})
const lastCursor = (pages: readonly { readonly cursor: Cursor }[]): Cursor => pages.at(-1)?.cursor ?? null
const byId = (pages: Awaited<ReturnType<typeof readAll>>) =>
  Object.fromEntries(
    pages.flatMap(({ records }) => records).map((each) => [each.externalId, each.fields['sessions']]),
  )

const names = (count: number, prefix: string) =>
  Array.from({ length: count }, (_, index) => `${prefix}${index}`)

describe('ga4: daily report', () => {
  it('reads the last three days again, because Google still changes them (trap 7)', async () => {
    const rows = [
      row('2026-11-17', 'a', 1),
      row('2026-11-19', 'a', 1),
      row('2026-11-20', 'a', 1),
      row('2026-11-22', 'a', 1),
    ]
    opened = await openGa4({}, { rows })
    const first = await readAll(opened.connection, 'daily_report')
    opened.sandbox.setRows(rows.map((each) => ({ ...each, sessions: 9 })))
    opened.clock.advance(24 * 3_600_000)
    opened.sandbox.setRows([...rows.map((each) => ({ ...each, sessions: 9 })), row('2026-11-23', 'late', 4)])
    const again = await readAll(opened.connection, 'daily_report', lastCursor(first))
    expect(byId(again)).toEqual({
      '["2026-11-19","a"]': 9,
      '["2026-11-20","a"]': 9,
      '["2026-11-22","a"]': 9,
      '["2026-11-23","late"]': 4,
    })
  })

  it('counts days in the time zone of the property, whatever ours is', async () => {
    opened = await openGa4(
      {},
      { timeZone: 'Pacific/Auckland', rows: [row('2026-11-23', 'a', 1), row('2026-11-24', 'a', 1)] },
    )
    // At noon UTC it is the 23rd there already.
    expect(byId(await readAll(opened.connection, 'daily_report'))).toEqual({ '["2026-11-23","a"]': 1 })
  })

  it('keeps its place when a read finds nothing new', async () => {
    opened = await openGa4({}, { rows: [] })
    const first = await readAll(opened.connection, 'daily_report')
    opened.sandbox.setRows([row('2026-11-02', 'late', 1)])
    expect(byId(await readAll(opened.connection, 'daily_report', lastCursor(first)))).toEqual({
      '["2026-11-02","late"]': 1,
    })
  })

  it('tells "(not set)" as no value, and marks the row that rolls up rare values (trap 5)', async () => {
    const rows = [row('2026-11-20', '(other)', 5), { date: '2026-11-21', sessions: 2 }]
    opened = await openGa4({}, { rows })
    opened.sandbox.setFlags({
      thresholded: true,
      otherRow: true,
      sampled: { read: 1, space: 4 },
      truncated: true,
    })
    const [page] = await readAll(opened.connection, 'daily_report')
    const weak = {
      report_is_thresholded: true,
      report_has_other_row_loss: true,
      report_sampled_share: 0.25,
      report_is_truncated: true,
      report_currency: 'EUR',
      report_time_zone: 'Etc/UTC',
    }
    expect(page?.records).toMatchObject([
      { fields: { sessionCampaignName: '(other)', is_other_row: true, ...weak } },
      { fields: { sessionCampaignName: null, is_other_row: false, ...weak } },
    ])
    expect(opened.logs).toMatchObject([
      { event: 'report_weakened', fields: { kind: 'thresholded, other_row, truncated, sampled' } },
    ])
  })

  it('asks only for the metrics that a mapping uses', async () => {
    const report = {
      dimensions: [],
      metrics: ['activeUsers', 'sessions', 'keyEvents'],
      start_date: '2026-11-01',
    }
    opened = await openGa4({ report }, { rows: [row('2026-11-20', 'a', 5)] })
    const [page] = await readAll(opened.connection, 'daily_report', null, ['sessions'])
    expect(page?.records).toMatchObject([{ externalId: '["2026-11-20"]', fields: { sessions: 5 } }])
  })

  it('asks for fewer rows when an answer is too large for the hub', async () => {
    const rows = Array.from({ length: 3000 }, (_, index) => row('2026-11-20', `c${index}`, 1))
    opened = await openGa4({}, { rows })
    const limits: number[] = []
    const narrow: typeof fetch = async (url, init) => {
      const { limit } = JSON.parse(init?.body as string) as { limit: string }
      limits.push(Number(limit))
      if (Number(limit) > 2000) throw new PlatformError('platform.answer_too_large', { act: 'reading' })
      return fetch(url, init)
    }
    const { connection } = connectGa4(
      { base_url: opened.sandbox.url, rows_per_request: 5000 },
      opened.clock,
      'sandbox-token',
      narrow,
    )
    expect(Object.keys(byId(await readAll(connection, 'daily_report')))).toHaveLength(3000)
    expect(limits).toEqual([5000, 1250, 1250, 1250])
  })

  it('hands the tokens that are left to the limiter, and pays what requests really cost', async () => {
    const rows = Array.from({ length: 5 }, (_, index) => row('2026-11-20', `c${index}`, 1))
    opened = await openGa4({ rows_per_request: 2 }, { rows })
    opened.sandbox.quota.spend(13_970, 'project')
    await readAll(opened.connection, 'daily_report')
    expect(opened.calls.map(({ budget, cost }) => [budget, cost])).toEqual([
      ['core_tokens_standard', 10],
      ['core_tokens_standard', 10],
      ['core_tokens_standard', 10],
    ])
    const error = readAll(opened.connection, 'daily_report')
    await expect(error).rejects.toMatchObject({
      code: 'platform.rate_limited',
      wait: { retryAfterMs: 3_600_000 },
    })
  })

  it('parks at the daily quota and goes on from its checkpoint', async () => {
    const rows = Array.from({ length: 4 }, (_, index) => row('2026-11-20', `c${index}`, 1))
    opened = await openGa4({ rows_per_request: 2 }, { rows })
    const { connection, sandbox, clock } = opened
    const pages: Awaited<ReturnType<typeof readAll>> = []
    const reading = async (): Promise<void> => {
      const request = { cursor: null, fields: [], signal: new AbortController().signal }
      for await (const page of connection.source('daily_report')?.read(request) ?? []) {
        pages.push(page)
        sandbox.quota.spend(200_000, 'property')
      }
    }
    await expect(reading()).rejects.toMatchObject({
      code: 'platform.quota_exhausted',
      wait: { until: Date.parse('2026-11-23T08:00:00Z') },
    })
    clock.advance(Date.parse('2026-11-23T08:00:00Z') - clock.now())
    const rest = await readAll(connection, 'daily_report', lastCursor(pages))
    expect(Object.keys(byId([...pages, ...rest]))).toHaveLength(4)
  })

  it('stops asking after five server errors in an hour: at ten Google locks the property', async () => {
    opened = await openGa4({}, { rows: [row('2026-11-20', 'a', 1)] })
    const { connection, sandbox, clock } = opened
    sandbox.quota.failNext(100)
    for (let attempt = 1; attempt <= 4; attempt += 1)
      await expect(readAll(connection, 'daily_report')).rejects.toMatchObject({ code: 'platform.transient' })
    await expect(readAll(connection, 'daily_report')).rejects.toMatchObject({
      code: 'platform.quota_exhausted',
    })
    const asked = sandbox.requests.length
    await expect(readAll(connection, 'daily_report')).rejects.toMatchObject({
      code: 'platform.quota_exhausted',
    })
    expect(sandbox.requests).toHaveLength(asked)
    sandbox.quota.failNext(0)
    clock.advance(3_600_000)
    await expect(readAll(connection, 'daily_report')).resolves.toHaveLength(1)
  })

  it('names what does not go together, in reads and in the connection test', async () => {
    const report = {
      dimensions: ['itemName'],
      metrics: ['sessions', 'advertiserAdCost'],
      start_date: '2026-11-01',
    }
    opened = await openGa4({ report }, { incompatible: [['itemName', 'advertiserAdCost']] })
    await expect(readAll(opened.connection, 'daily_report')).rejects.toMatchObject({
      code: 'platform.invalid_request',
      params: { names: 'advertiserAdCost' },
    })
    const lines = await opened.connection.test()
    expect(lines.find(({ name }) => name === 'the report can be made')).toMatchObject({ ok: false })
  })

  it('asks for key events by default, because "conversions" changed its meaning (trap 10)', async () => {
    opened = await openGa4({ report: {} }, { rows: [{ ...row('2026-11-20', 'a', 5), keyEvents: 2 }] })
    const [page] = await readAll(opened.connection, 'daily_report')
    expect(page?.records).toMatchObject([{ fields: { keyEvents: 2 } }])
    expect(Object.keys(page?.records[0]?.fields ?? {})).not.toContain('conversions')
  })

  it('is not configured with more than 9 dimensions and 10 metrics (trap 11)', async () => {
    await expect(openGa4({ report: { dimensions: names(9, 'd') } })).rejects.toThrow(/8/)
    await expect(openGa4({ report: { metrics: names(11, 'm') } })).rejects.toThrow(/10/)
  })
})
