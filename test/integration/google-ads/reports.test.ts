import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Cursor, SourceRecord } from '../../../core/connector/source.ts'
import { never, openGoogleAds, type OpenGoogleAds } from './open-google-ads.ts'

let ads: OpenGoogleAds
beforeEach(async () => {
  ads = await openGoogleAds({ pageSize: 2 })
})
afterEach(() => ads.sandbox.close())

const all = [
  'date',
  'impressions',
  'clicks',
  'ctr',
  'average_cpc',
  'cost',
  'conversions',
  'conversions_value',
  'all_conversions',
  'roas',
  'campaign_id',
  'campaign_name',
  'currency',
]

const row = (day: string, more: Record<string, string | number> = {}) => ({
  'campaign.resource_name': 'customers/1234567890/campaigns/9007199254740993',
  'campaign.id': '9007199254740993',
  'campaign.name': 'Autumn',
  'customer.currency_code': 'EUR',
  'segments.date': day,
  'metrics.impressions': '2000',
  'metrics.clicks': '50',
  'metrics.ctr': 0.025,
  'metrics.average_cpc': 250_000,
  'metrics.cost_micros': '12500000',
  'metrics.conversions': 4,
  'metrics.conversions_value': 50,
  'metrics.all_conversions': 5.5,
  ...more,
})

async function read(stream: string, cursor: Cursor | null = null, fields = all) {
  const source = ads.connection.source(stream)
  const records: SourceRecord[] = []
  let last: Cursor = null
  for await (const page of source?.read({ cursor, fields, signal: never }) ?? []) {
    records.push(...page.records)
    last = page.cursor
  }
  return { records, cursor: last }
}

describe('google-ads: reports', () => {
  it('reads a campaign and day: micros as money, ROAS, ids above 2^53 as texts (3.4, trap 13)', async () => {
    ads.sandbox.seedRows('campaign', [row('2026-11-20')])
    const { records } = await read('campaign_performance')
    expect(records).toEqual([
      {
        externalId: 'customers/1234567890/campaigns/9007199254740993@2026-11-20',
        versionAt: null,
        deleted: false,
        fields: {
          date: '2026-11-20',
          impressions: 2_000,
          clicks: 50,
          ctr: 0.025,
          average_cpc: 0.25,
          cost: 12.5,
          conversions: 4,
          conversions_value: 50,
          all_conversions: 5.5,
          roas: 4,
          campaign_id: '9007199254740993',
          campaign_name: 'Autumn',
          currency: 'EUR',
        },
      },
    ])
  })

  it('has no return on nothing spent', async () => {
    ads.sandbox.seedRows('campaign', [row('2026-11-20', { 'metrics.cost_micros': '0' })])
    const { records } = await read('campaign_performance', null, ['roas'])
    expect(records[0]?.fields).toEqual({ roas: null })
  })

  it('lives without rows that had no impression, which Google leaves out (3.4)', async () => {
    ads.sandbox.seedRows('campaign', [row('2026-11-20', { 'metrics.impressions': '0' })])
    expect((await read('campaign_performance')).records).toEqual([])
  })

  it('reads audiences of ad groups and of whole campaigns, and tells which', async () => {
    const audience = 'customers/1234567890/userLists/7'
    ads.sandbox.seedRows('ad_group_audience_view', [
      {
        ...row('2026-11-20'),
        'ad_group_audience_view.resource_name': 'customers/1/adGroupAudienceViews/21~5',
        'ad_group.id': '21',
        'ad_group_criterion.user_list.user_list': audience,
      },
    ])
    ads.sandbox.seedRows('campaign_audience_view', [
      {
        ...row('2026-11-20'),
        'campaign_audience_view.resource_name': 'customers/1/campaignAudienceViews/11~5',
        'campaign_criterion.user_list.user_list': audience,
      },
    ])
    const { records } = await read('audience_performance', null, ['level', 'ad_group_id', 'audience_id'])
    expect(records.map(({ fields }) => fields)).toEqual([
      { level: 'ad_group', ad_group_id: '21', audience_id: audience },
      { level: 'campaign', ad_group_id: null, audience_id: audience },
    ])
  })

  it('reads the history first, then only the days since, and a month before that again', async () => {
    ads.sandbox.seedRows(
      'campaign',
      ['2026-08-01', '2026-09-01', '2026-10-30'].map((day) => row(day)),
    )
    const first = await read('campaign_performance', null, ['date'])
    // 90 days back from 22 November.
    expect(first.records.map(({ fields }) => fields['date'])).toEqual(['2026-09-01', '2026-10-30'])
    expect(first.cursor).toEqual({ through: '2026-11-22' })
    ads.clock.advance(86_400_000)
    ads.sandbox.seedRows('campaign', [row('2026-11-23')])
    const second = await read('campaign_performance', first.cursor, ['date'])
    expect(second.records.map(({ fields }) => fields['date'])).toEqual(['2026-10-30', '2026-11-23'])
  })

  it("takes the account's own day, which may be tomorrow", async () => {
    const tokyo = await openGoogleAds({ timeZone: 'Asia/Tokyo' })
    tokyo.clock.advance(6 * 3_600_000)
    const source = tokyo.connection.source('campaign_performance')
    for await (const page of source?.read({ cursor: null, fields: ['date'], signal: never }) ?? [])
      expect(page.cursor).toEqual({ through: '2026-11-23' })
    await tokyo.sandbox.close()
  })

  it('starts a view again when Google has forgotten the page token, instead of failing', async () => {
    ads.sandbox.seedRows(
      'campaign',
      ['2026-11-18', '2026-11-19', '2026-11-20'].map((day) => row(day)),
    )
    const stale = { from: '2026-11-01', to: '2026-11-22', view: 0, page_token: 'page-of-yesterday' }
    const { records } = await read('campaign_performance', stale, ['date'])
    expect(records).toHaveLength(3)
  })

  it('stops at a page that comes twice', async () => {
    const body = { results: [], nextPageToken: 'page-2', fieldMask: 'x' }
    ads.sandbox.seedRows(
      'campaign',
      ['2026-11-18', '2026-11-19', '2026-11-20'].map((day) => row(day)),
    )
    ads.sandbox.faults.add({ kind: 'reply', match: /search/, skip: 2, reply: { status: 200, body } })
    await expect(read('campaign_performance')).rejects.toMatchObject({ code: 'platform.unreadable_answer' })
  })

  it('goes on after an empty page with more to come', async () => {
    const body = { nextPageToken: 'page-0', fieldMask: 'x' }
    ads.sandbox.seedRows('campaign', [row('2026-11-20')])
    ads.sandbox.faults.add({ kind: 'reply', match: /search/, skip: 1, reply: { status: 200, body } })
    expect((await read('campaign_performance')).records).toHaveLength(1)
  })

  it('takes a cursor of another stream for what it is', async () => {
    await expect(read('campaign_performance', { after: 7 })).rejects.toMatchObject({
      code: 'platform.invalid_request',
    })
  })
})
