import { protos as admin } from '@google-analytics/admin'
import { protos as data } from '@google-analytics/data'
import nock from 'nock'
import { beforeEach, describe, expect, it } from 'vitest'
import { nockNetwork } from '../../support/nocked-network.ts'
import { connectGa4, never, readAll } from './open-ga4.ts'

// What goes over the wire, as section 4 of the platform notes and Google's protos have it. Nothing answers but nock.
const dataHost = 'https://analyticsdata.googleapis.com:443'
const adminHost = 'https://analyticsadmin.googleapis.com:443'
const collectHost = 'https://www.google-analytics.com'
const bearer = { reqheaders: { authorization: 'Bearer sandbox-token' } }
const audience = { externalId: 'properties/123456789/userProperties/seg_vip', name: 'vip' }
const collectQuery = { measurement_id: 'G-SANDBOX1', api_secret: 'sandbox-secret' }

const { RunReportRequest, AudienceExport, QueryAudienceExportRequest } = data.google.analytics.data.v1beta
const { Audience, CustomDimension, SubmitUserDeletionRequest } = admin.google.analytics.admin.v1alpha

interface Message<Value> {
  fromObject(object: Record<string, unknown>): Value
  toObject(message: Value, options: object): Record<string, unknown>
  verify(message: Record<string, unknown>): string | null
}

/** A body that Google's own description of the message reads without leaving anything over. */
function expectMessage<Value>(message: Message<Value>, body: Record<string, unknown>): void {
  const read = message.fromObject(body)
  expect(message.verify(read as Record<string, unknown>)).toBeNull()
  expect(message.toObject(read, { longs: String, enums: Number })).toEqual(body)
}

let bodies: Record<string, unknown>[] = []
const keep = (body: unknown): boolean => {
  bodies.push(body as Record<string, unknown>)
  return true
}

nockNetwork()
beforeEach(() => {
  bodies = []
})

const record = (id: string) => ({ fields: { user_id: id } })

describe('ga4: requests on the wire', () => {
  it('runs the report with int64 as strings, at most 250,000 rows, sorted, with the quota asked for (trap 6)', async () => {
    nock(dataHost, bearer)
      .post('/v1beta/properties/123456789:runReport', keep)
      .query(true)
      .reply(200, {
        dimensionHeaders: [{ name: 'date' }, { name: 'sessionCampaignName' }],
        metricHeaders: [{ name: 'sessions', type: 1 }],
        rows: [
          { dimensionValues: [{ value: '20261121' }, { value: 'spring' }], metricValues: [{ value: '7' }] },
        ],
        rowCount: 1,
        metadata: { currencyCode: 'EUR', timeZone: 'Europe/Paris' },
        kind: 'analyticsData#runReport',
      })
    const [page] = await readAll(connectGa4({}).connection, 'daily_report', null, ['date', 'sessions'])
    expect(page?.records).toEqual([
      {
        externalId: '["2026-11-21","spring"]',
        versionAt: null,
        deleted: false,
        fields: { date: '2026-11-21', sessions: 7 },
      },
    ])
    expect(bodies).toEqual([
      {
        dimensions: [{ name: 'date' }, { name: 'sessionCampaignName' }],
        metrics: [{ name: 'sessions' }],
        dateRanges: [{ startDate: '2026-11-01', endDate: 'today' }],
        orderBys: [
          { dimension: { dimensionName: 'date' } },
          { dimension: { dimensionName: 'sessionCampaignName' } },
        ],
        limit: '250000',
        offset: '0',
        returnPropertyQuota: true,
      },
    ])
    for (const body of bodies) expectMessage(RunReportRequest, body)
  })

  it('sends the export itself as the body, not wrapped (trap 2), then asks for rows', async () => {
    const name = 'properties/123456789/audienceExports/5'
    const made = {
      name,
      audience: 'properties/123456789/audiences/11',
      audienceDisplayName: 'Purchasers',
      dimensions: [{ dimensionName: 'userId' }, { dimensionName: 'deviceId' }],
    }
    nock(dataHost, bearer)
      .get('/v1beta/properties/123456789/audienceExports')
      .query((query) => query['pageSize'] === '1000')
      .reply(200, {})
      .post('/v1beta/properties/123456789/audienceExports', keep)
      .query(true)
      .reply(200, { response: { '@type': 'x', ...made, state: 1 } })
      .get(`/v1beta/${name}`)
      .query(true)
      .reply(200, { ...made, state: 'CREATING' })
      .get(`/v1beta/${name}`)
      .query(true)
      .reply(200, { ...made, state: 2 })
      .post(`/v1beta/${name}:query`, keep)
      .query(true)
      .reply(200, {
        audienceExport: { ...made, state: 2 },
        audienceRows: [{ dimensionValues: [{ value: 'crm-1' }, { value: '1.2' }] }],
        rowCount: 1,
      })
    const { connection } = connectGa4({ audience_export: { audience_ids: ['11'] } })
    const [page] = await readAll(connection, 'audience_members', null, ['user_id', 'audience_name'])
    expect(page?.records).toMatchObject([
      { externalId: '["11","crm-1","1.2"]', fields: { user_id: 'crm-1', audience_name: 'Purchasers' } },
    ])
    expect(bodies[0]).toEqual({ audience: made.audience, dimensions: made.dimensions })
    expect(bodies[1]).toEqual({ offset: '0', limit: '250000' })
    expectMessage(AudienceExport, bodies[0] ?? {})
    expectMessage(QueryAudienceExportRequest, bodies[1] ?? {})
  })

  it('uses v1alpha of the Admin API for audiences and deletion (trap 8)', async () => {
    const made = { name: 'properties/123456789/audiences/9', displayName: 'VIP', membershipDurationDays: 540 }
    nock(adminHost, bearer)
      .post('/v1alpha/properties/123456789/audiences', keep)
      .query(true)
      .reply(200, made)
      .post('/v1alpha/properties/123456789:submitUserDeletion', keep)
      .query(true)
      .reply(200, { deletionRequestTime: '2026-11-22T12:00:00Z' })
    const { connection } = connectGa4({})
    const input = { name: 'VIP', segment: 'vip', membership_duration_days: 540 }
    expect(await connection.action('create_audience')?.run(input)).toMatchObject({ id: '9' })
    expect(await connection.action('delete_user')?.run({ user_id: 'crm-1' })).toEqual({
      deletion_requested_at: '2026-11-22T12:00:00Z',
    })
    expect(bodies).toMatchObject([
      { displayName: 'VIP', description: 'Made by Affluent.', membershipDurationDays: 540 },
      { userId: 'crm-1' },
    ])
    expect(JSON.stringify(bodies[0])).toContain('"fieldName":"customUser:seg_vip"')
    expectMessage(Audience, bodies[0] ?? {})
    expectMessage(SubmitUserDeletionRequest, bodies[1] ?? {})
  })

  it('registers the user property of a segment as a custom dimension', async () => {
    nock(adminHost, bearer)
      .post('/v1alpha/properties/123456789/customDimensions', keep)
      .query(true)
      .reply(200, {
        name: 'properties/123456789/customDimensions/3',
        parameterName: 'seg_vip',
        displayName: 'vip',
        scope: 2,
      })
    const { connection } = connectGa4({})
    const made = await connection.destination('segment_events')?.create?.({ name: 'vip' })
    expect(made).toMatchObject(audience)
    expect(bodies).toMatchObject([{ parameterName: 'seg_vip', displayName: 'vip', scope: 2 }])
    expectMessage(CustomDimension, bodies[0] ?? {})
  })

  it('validates through the debug endpoint once, then collects one event a person', async () => {
    nock(collectHost, { badheaders: ['authorization'] })
      .post('/debug/mp/collect', keep)
      .query(collectQuery)
      .reply(200, { validationMessages: [] })
      .post('/mp/collect', keep)
      .query(collectQuery)
      .times(3)
      .reply(204)
    const { connection } = connectGa4({})
    const destination = connection.destination('segment_events')
    await destination?.add({ audience, records: [record('a'), record('b')], signal: never })
    await destination?.add({ audience, records: [record('c')], signal: never })
    expect(bodies.map((body) => [body['user_id'], body['validation_behavior']])).toEqual([
      ['a', 'ENFORCE_RECOMMENDATIONS'],
      ['a', undefined],
      ['b', undefined],
      ['c', undefined],
    ])
  })

  it('collects in the European Union when the connection says so, and for app streams by firebase_app_id', async () => {
    nock('https://region1.google-analytics.com')
      .post('/debug/mp/collect')
      .query({ firebase_app_id: '1:1234:android:abcd', api_secret: 'sandbox-secret' })
      .reply(200, { validationMessages: [] })
      .post(
        '/mp/collect',
        (body) => body.app_instance_id === '0123456789abcdef0123456789abcdef' && !body.client_id,
      )
      .query({ firebase_app_id: '1:1234:android:abcd', api_secret: 'sandbox-secret' })
      .reply(204)
    const { connection } = connectGa4({
      measurement_id: undefined,
      firebase_app_id: '1:1234:android:abcd',
      measurement_region: 'eu',
    })
    const records = [{ fields: { app_instance_id: '0123456789abcdef0123456789abcdef' } }]
    expect(await connection.destination('segment_events')?.add({ audience, records, signal: never })).toEqual(
      [{ status: 'applied' }],
    )
  })

  it('asks nobody else: no metadata server, no credentials from the environment, no redirect followed', async () => {
    nock(dataHost, bearer)
      .post('/v1beta/properties/123456789:runReport')
      .query(true)
      .reply(307, '', { location: 'https://elsewhere.example/' })
    const asked: string[] = []
    nock.emitter.on('no match', (request: { host?: string; options?: { host?: string } }) =>
      asked.push(request.host ?? request.options?.host ?? 'unknown'),
    )
    await expect(readAll(connectGa4({}).connection, 'daily_report')).rejects.toMatchObject({
      code: 'platform.unreadable_answer',
    })
    nock.emitter.removeAllListeners('no match')
    expect(asked).toEqual([])
  })

  it('makes one attempt: what may be repeated is repeated by the hub alone', async () => {
    nock(dataHost, bearer)
      .get('/v1beta/properties/123456789/audienceExports')
      .query(true)
      .reply(503, { error: { code: 503, message: 'try later', status: 'UNAVAILABLE' } })
    const { connection, calls } = connectGa4({ audience_export: { audience_ids: ['11'] } })
    await expect(readAll(connection, 'audience_members')).rejects.toMatchObject({
      code: 'platform.transient',
    })
    expect(calls).toHaveLength(1)
  })
})
