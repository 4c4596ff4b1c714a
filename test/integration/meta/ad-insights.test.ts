import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startMetaSandbox, type MetaSandbox } from '../../../connectors/meta/sandbox/meta-sandbox.ts'
import type { BoundSource } from '../../../core/connector/connector.ts'
import type { Cursor, SourcePage } from '../../../core/connector/source.ts'
import type { JsonObject } from '../../../core/port/json.ts'
import { createFixedClock, type FixedClock } from '../../support/fixed-clock.ts'
import { connectMeta, graph, never } from './graph.ts'

// 02:00 UTC on the 22nd is still the 21st in the account's time zone.
const now = '2026-11-22T02:00:00Z'
const account = 'act_1234567890'

let clock: FixedClock
let sandbox: MetaSandbox
beforeEach(async () => {
  clock = createFixedClock(now, { autoAdvance: true })
  sandbox = await startMetaSandbox({ clock })
})
afterEach(() => sandbox.close())

const line = (day: string, ad: number, values: Record<string, unknown> = {}) => ({
  level: 'ad' as const,
  day,
  values: { ad_id: `${ad}`, campaign_id: '77', impressions: '1000', clicks: '20', ctr: '2', ...values },
})

const open = (config: JsonObject = {}): BoundSource => {
  const source = connectMeta(sandbox.url, config, clock).connection.source('ad_insights')
  if (!source) throw new Error('no stream ad_insights')
  return source
}

async function read(
  source: BoundSource,
  cursor: Cursor | null = null,
  fields: readonly string[] = ['clicks'],
): Promise<SourcePage[]> {
  const pages: SourcePage[] = []
  for await (const page of source.read({ cursor, fields, signal: never })) pages.push(page)
  return pages
}
const recordsOf = (pages: readonly SourcePage[]) => pages.flatMap(({ records }) => records)
const idsOf = (pages: readonly SourcePage[]): string[] => recordsOf(pages).map((each) => each.externalId)
const posts = (): number => sandbox.requests.filter(({ method }) => method === 'POST').length

describe('meta: ad insights (1.4)', () => {
  it('reads figures as numbers, actions by kind, and the return on ad spend', async () => {
    sandbox.putInsights([
      line('2026-11-20', 1, {
        cpc: '0.55',
        spend: '11',
        actions: [
          { action_type: 'link_click', value: '18' },
          { action_type: 'omni_purchase', value: '3', '7d_click': '2' },
          { action_type: 'purchase', value: '2' },
        ],
        conversions: [{ action_type: 'contact_total', value: '4' }],
        purchase_roas: [{ action_type: 'omni_purchase', value: '4.5' }],
      }),
      line('2026-11-20', 2, { ctr: undefined }),
    ])
    const fields = ['date', 'ad_id', 'clicks', 'ctr', 'cpc', 'purchases', 'actions', 'conversions', 'roas']
    const records = recordsOf(await read(open({ insights_history_days: 7 }), null, fields))
    expect(records).toEqual([
      {
        externalId: '1@2026-11-20',
        versionAt: null,
        deleted: false,
        fields: {
          date: '2026-11-20',
          ad_id: '1',
          clicks: 20,
          ctr: 2,
          cpc: 0.55,
          purchases: 3,
          actions: { link_click: 18, omni_purchase: 3, purchase: 2 },
          conversions: { contact_total: 4 },
          roas: 4.5,
        },
      },
      expect.objectContaining({
        externalId: '2@2026-11-20',
        fields: expect.objectContaining({ ctr: null, cpc: null, purchases: 0, roas: null }),
      }),
    ])
  })

  it('reports campaigns when asked to, without the fields of single ads', async () => {
    const day = '2026-11-19'
    sandbox.putInsights([
      line(day, 1),
      { level: 'campaign', day, values: { campaign_id: '77', clicks: '9' } },
    ])
    const source = open({ insights_level: 'campaign', insights_history_days: 7 })
    expect(recordsOf(await read(source, null, ['ad_id', 'clicks']))).toMatchObject([
      { externalId: '77@2026-11-19', fields: { ad_id: null, clicks: 9 } },
    ])
  })

  it('ends on the day of the account’s time zone and reads the look-back again next time', async () => {
    sandbox.putInsights(['2026-11-13', '2026-11-14', '2026-11-21', '2026-11-22'].map((day) => line(day, 1)))
    const source = open({ insights_history_days: 8, insights_look_back_days: 2 })
    const first = await read(source)
    expect(idsOf(first)).toEqual(['1@2026-11-14', '1@2026-11-21'])
    expect(first.at(-1)?.cursor).toEqual({ through: '2026-11-21' })
    clock.advance(24 * 3_600_000)
    expect(idsOf(await read(source, first.at(-1)?.cursor ?? null))).toEqual(['1@2026-11-21', '1@2026-11-22'])
  })

  it('pages by cursor and goes on from any page', async () => {
    sandbox.putInsights(Array.from({ length: 1_201 }, (_, ad) => line('2026-11-20', ad)))
    const source = open({ insights_history_days: 7 })
    const pages = await read(source)
    expect(pages.map(({ records }) => records.length)).toEqual([500, 500, 201])
    expect(idsOf(await read(source, pages[1]?.cursor ?? null))).toEqual(idsOf(pages.slice(2)))
  })

  it('stops on a page that comes twice', async () => {
    const paging = { cursors: { after: 'same' }, next: 'https://graph.facebook.com/next' }
    const reply = { status: 200, body: { data: [], paging } }
    sandbox.faults.add({ kind: 'reply', match: /insights/, times: 9, reply })
    await expect(read(open({ insights_history_days: 7 }))).rejects.toMatchObject({
      code: 'platform.unreadable_answer',
    })
  })

  it('takes an empty page with more to come for what it is', async () => {
    sandbox.putInsights([line('2026-11-20', 1)])
    const paging = { cursors: { after: 'cGxhY2U6MA' }, next: 'https://graph.facebook.com/next' }
    sandbox.faults.add({
      kind: 'reply',
      match: /insights/,
      reply: { status: 200, body: { data: [], paging } },
    })
    expect(idsOf(await read(open({ insights_history_days: 7 })))).toEqual(['1@2026-11-20'])
  })

  it('refuses a cursor of another stream', async () => {
    await expect(read(open(), { page: 3 })).rejects.toMatchObject({ code: 'platform.invalid_request' })
  })
})

describe('meta: reports in the background (1.4, trap 9 and 10)', () => {
  const week = [
    '2026-11-15',
    '2026-11-16',
    '2026-11-17',
    '2026-11-18',
    '2026-11-19',
    '2026-11-20',
    '2026-11-21',
  ]
  const all = week.map((day) => `1@${day}`)
  beforeEach(() => sandbox.putInsights(week.map((day) => line(day, 1))))

  it('has long ranges prepared, and does not take 100 % with "Job Running" for done', async () => {
    expect(idsOf(await read(open({ insights_history_days: 90 })))).toEqual(all)
    expect(posts()).toBe(1)
    // Two looks before it runs, one at 55 %, one at 100 % and still running, one when it is completed.
    expect(sandbox.requests.filter(({ path }) => /\/60\d+$/.test(path))).toHaveLength(5)
    expect(clock.sleeps).toEqual([2_000, 4_000, 8_000, 16_000, 32_000])
  })

  it('asks for a run when Meta wants less data at once', async () => {
    sandbox.limitReports({ atOnce: 3 })
    expect(idsOf(await read(open({ insights_history_days: 7 })))).toEqual(all)
    expect(posts()).toBe(1)
  })

  it('starts failed runs again with half of the days', async () => {
    sandbox.limitReports({ atOnce: 3, inRun: 3 })
    const pages = await read(open({ insights_history_days: 7 }))
    expect(idsOf(pages)).toEqual(all)
    // Seven days fail, four fail; two and two and two and one do.
    expect(posts()).toBe(6)
  })

  it('gives up for now when one day is too much for a run, with Meta’s reason', async () => {
    sandbox.limitReports({ atOnce: 0, inRun: 0 })
    await expect(read(open({ insights_history_days: 7 }))).rejects.toMatchObject({
      code: 'platform.transient',
      params: { meta_subcode: 1_487_534, said: 'The report is too large.' },
    })
  })

  it('goes on with a run after a restart, and starts it again once Meta has forgotten it', async () => {
    sandbox.putInsights(Array.from({ length: 600 }, (_, ad) => line('2026-11-21', ad + 2)))
    const source = open({ insights_days_at_once: 0 })
    const [first, second] = await read(source)
    expect(idsOf(await read(source, first?.cursor ?? null))).toEqual(idsOf(second ? [second] : []))
    expect(posts()).toBe(1)
    sandbox.forgetReports()
    expect(idsOf(await read(source, first?.cursor ?? null))).toHaveLength(607)
    expect(posts()).toBe(2)
  })

  it('does not wait for ever', async () => {
    const running = { id: '6000000000001', async_status: 'Job Running', async_percent_completion: 100 }
    const reply = { status: 200, body: running }
    sandbox.faults.add({ kind: 'reply', match: /\/60\d+$/, times: 1_000, reply })
    await expect(read(open())).rejects.toMatchObject({ code: 'platform.timed_out' })
  })
})

describe('meta sandbox: insights (1.4, 1.6)', () => {
  const query = { level: 'ad', time_increment: 1, time_range: { since: '2026-11-01', until: '2026-11-02' } }

  it('refuses a field it does not know, and a run that is not done', async () => {
    const bad = await graph(sandbox, 'GET', `${account}/insights`, { ...query, fields: 'clickz' })
    expect(bad.body['error']).toMatchObject({ code: 100 })
    const run = await graph(sandbox, 'POST', `${account}/insights`, query)
    const early = await graph(sandbox, 'GET', `${String(run.body['report_run_id'])}/insights`)
    expect(early.status).toBe(400)
  })

  it('lets 600 calls an hour through at the limited tier, tells it by both headers, then answers 80000', async () => {
    for (let call = 1; call < 600; call += 1) await graph(sandbox, 'GET', `${account}/insights`, query)
    const last = await graph(sandbox, 'GET', `${account}/insights`, query)
    expect(last.status).toBe(200)
    expect(JSON.parse(last.headers.get('x-fb-ads-insights-throttle') ?? '')).toEqual({
      app_id_util_pct: 0,
      acc_id_util_pct: 100,
      ads_api_access_tier: 'limited',
    })
    const { body } = await graph(sandbox, 'GET', `${account}/insights`, query)
    expect(body['error']).toMatchObject({ code: 80_000, error_subcode: 2_446_079 })
  })
})
