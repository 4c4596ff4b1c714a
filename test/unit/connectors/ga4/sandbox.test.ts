import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startGa4Sandbox, type Ga4Sandbox } from '../../../../connectors/ga4/sandbox/ga4-sandbox.ts'
import { createFixedClock, type FixedClock } from '../../../support/fixed-clock.ts'

// Each test names the line of section 4 of the platform notes that it checks. Spoken to as any client would, without the connector.
let clock: FixedClock
let sandbox: Ga4Sandbox
const members = Array.from({ length: 12 }, (_, index) => ({ userId: `u${index}`, deviceId: `d${index}` }))

beforeEach(async () => {
  clock = createFixedClock('2026-11-22T12:00:00Z')
  sandbox = await startGa4Sandbox({
    clock,
    rows: Array.from({ length: 30 }, (_, index) => ({
      date: '2026-11-20',
      sessionCampaignName: `c${String(index).padStart(2, '0')}`,
      sessions: index,
    })),
    audiences: [{ id: '11', name: 'Purchasers', members }],
  })
})
afterEach(() => sandbox.close())

interface Reply {
  readonly status: number
  readonly body: Record<string, never>
  readonly text: string
}

async function ask(method: string, path: string, body?: unknown, token = 'sandbox-token'): Promise<Reply> {
  const response = await fetch(`${sandbox.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, text, body: text.startsWith('{') ? JSON.parse(text) : {} }
}

const property = '/v1beta/properties/123456789'
const report = (own: object = {}) =>
  ask('POST', `${property}:runReport`, {
    dimensions: [{ name: 'sessionCampaignName' }],
    metrics: [{ name: 'sessions' }],
    dateRanges: [{ startDate: '7daysAgo', endDate: 'today' }],
    orderBys: [{ dimension: { dimensionName: 'sessionCampaignName' } }],
    ...own,
  })

const many = (count: number) => Array.from({ length: count }, () => ({ name: 'date' }))

describe('ga4 sandbox: reports (4.4, 4.8)', () => {
  it('"rowCount = total; page by offset", with int64 as strings', async () => {
    const { body } = await report({ limit: '4', offset: '28' })
    expect(body).toMatchObject({ rowCount: 30, kind: 'analyticsData#runReport' })
    expect(body['rows']).toHaveLength(2)
  })

  it('"returnPropertyQuota: true shows consumed and remaining"', async () => {
    expect((await report()).body['propertyQuota']).toBeUndefined()
    expect((await report({ returnPropertyQuota: true })).body['propertyQuota']).toMatchObject({
      tokensPerDay: { consumed: 10, remaining: 199_980 },
      tokensPerHour: { consumed: 10, remaining: 39_980 },
      tokensPerProjectPerHour: { consumed: 10, remaining: 13_980 },
    })
  })

  it('"More than 4 dateRanges, 9 dimensions or 10 metrics … are refused"', async () => {
    const ranges = Array.from({ length: 5 }, () => ({ startDate: 'today', endDate: 'today' }))
    for (const own of [{ dimensions: many(10) }, { metrics: many(11) }, { dateRanges: ranges }])
      expect(await report(own)).toMatchObject({
        status: 400,
        body: { error: { status: 'INVALID_ARGUMENT' } },
      })
  })

  it('refuses names that no message has', async () => {
    expect((await report({ dimension: [] })).body).toMatchObject({
      error: { message: expect.stringContaining('Unknown name "dimension"') },
    })
  })
})

describe('ga4 sandbox: quotas (4.6)', () => {
  const exhausted = { status: 429, body: { error: { status: 'RESOURCE_EXHAUSTED' } } }

  it('"tokens per project, property, hour 14,000", back at the full hour', async () => {
    sandbox.quota.spend(13_990, 'project')
    expect((await report()).status).toBe(200)
    expect(await report()).toMatchObject(exhausted)
    clock.advance(3_600_000)
    expect((await report()).status).toBe(200)
  })

  it('"tokens per day 200,000", back at midnight Pacific', async () => {
    sandbox.quota.spend(200_000, 'property')
    clock.advance(19 * 3_600_000)
    expect(await report()).toMatchObject(exhausted)
    clock.advance(3_600_000)
    expect((await report()).status).toBe(200)
  })

  it('"concurrent requests 10"', async () => {
    sandbox.quota.holdConcurrent(10)
    expect(await report()).toMatchObject(exhausted)
    sandbox.quota.holdConcurrent(9)
    expect((await report()).status).toBe(200)
  })

  it('"10 server errors per hour block the property"', async () => {
    sandbox.quota.failNext(10)
    for (let count = 0; count < 10; count += 1) expect((await report()).status).toBe(500)
    expect(await report()).toMatchObject(exhausted)
  })

  it('"potentially thresholded requests per hour 120"', async () => {
    const sensitive = { dimensions: [{ name: 'userAgeBracket' }], orderBys: [] }
    for (let count = 0; count < 120; count += 1) expect((await report(sensitive)).status).toBe(200)
    expect(await report(sensitive)).toMatchObject(exhausted)
  })
})

describe('ga4 sandbox: audience exports (4.4)', () => {
  const creation = {
    audience: 'properties/123456789/audiences/11',
    dimensions: [{ dimensionName: 'userId' }],
  }
  const create = async () =>
    String((await ask('POST', `${property}/audienceExports`, creation)).body['response']?.['name'])

  it('"state CREATING -> ACTIVE (about 15 min)", then rows by offset and limit', async () => {
    const name = await create()
    expect((await ask('GET', `/v1beta/${name}`)).body).toMatchObject({ state: 'CREATING' })
    expect((await ask('POST', `/v1beta/${name}:query`, {})).status).toBe(400)
    clock.advance(15 * 60_000)
    expect((await ask('GET', `/v1beta/${name}?$alt=json%3Benum-encoding=int`)).body).toMatchObject({
      state: 2,
    })
    const { body } = await ask('POST', `/v1beta/${name}:query`, { offset: '10', limit: '5' })
    expect(body).toMatchObject({ rowCount: 12, audienceRows: [{ dimensionValues: [{ value: 'u10' }] }, {}] })
  })

  it('"Export is a snapshot … expires after 72 h"', async () => {
    const name = await create()
    sandbox.setMembers('11', [])
    clock.advance(15 * 60_000)
    expect((await ask('POST', `/v1beta/${name}:query`, {})).body).toMatchObject({ rowCount: 12 })
    clock.advance(72 * 3_600_000)
    expect((await ask('GET', `/v1beta/${name}`)).status).toBe(404)
  })

  it('"wrapping the export body ({audienceExport:{...}}) in REST is wrong" (trap 2)', async () => {
    const { status, body } = await ask('POST', `${property}/audienceExports`, { audienceExport: creation })
    expect(status).toBe(400)
    expect(body['error']?.['message']).toContain('Unknown name "audienceExport"')
  })

  it('"audience export refused for too low a role" (trap 1)', async () => {
    sandbox.setRole('analyst')
    expect((await ask('POST', `${property}/audienceExports`, creation)).status).toBe(403)
    expect((await report()).status).toBe(200)
  })
})

const remove = (ids: object) => ask('POST', '/v1alpha/properties/123456789:submitUserDeletion', ids)

describe('ga4 sandbox: admin (4.2, 4.7)', () => {
  const audience = {
    displayName: 'VIP',
    description: 'd',
    membershipDurationDays: 30,
    filterClauses: [{ clauseType: 'INCLUDE', simpleFilter: { scope: 3, filterExpression: {} } }],
  }
  const create = (own: object, version = 'v1alpha') =>
    ask('POST', `/${version}/properties/123456789/audiences`, { ...audience, ...own })

  it('"Admin API v1alpha only"; "Admin v1beta lacks audiences and submitUserDeletion" (trap 8)', async () => {
    expect((await create({})).status).toBe(200)
    expect((await create({}, 'v1beta')).status).toBe(404)
    expect((await ask('POST', `${property}:submitUserDeletion`, { userId: 'u' })).status).toBe(404)
  })

  it('"description (required), membershipDurationDays (1-540), filterClauses[]"', async () => {
    for (const own of [{ description: '' }, { membershipDurationDays: 541 }, { filterClauses: [] }])
      expect((await create(own)).status).toBe(400)
  })

  it('"No delete: :archive"', async () => {
    const { name } = (await create({})).body as unknown as { name: string }
    expect((await ask('DELETE', `/v1alpha/${name}`)).status).toBe(404)
    expect((await ask('POST', `/v1alpha/${name}:archive`, {})).status).toBe(200)
  })

  it('"with exactly one of userId, clientId, appInstanceId, userProvidedData"', async () => {
    expect((await remove({ clientId: 'c' })).body).toEqual({
      deletionRequestTime: '2026-11-22T12:00:00.000Z',
    })
    expect((await remove({})).status).toBe(400)
    expect((await remove({ userId: 'u', clientId: 'c' })).status).toBe(400)
  })

  it('wants a token (401), the property and the role (403)', async () => {
    expect((await ask('POST', `${property}:runReport`, {}, 'other')).status).toBe(401)
    expect((await ask('GET', '/v1alpha/properties/5/audiences')).status).toBe(403)
    sandbox.setRole('viewer')
    expect((await create({})).status).toBe(403)
  })

  it('"Sheet export (sheetExport) was removed in April 2026" (trap 9)', async () => {
    expect((await ask('POST', '/v1alpha/properties/123456789/audienceLists/1:exportSheet', {})).status).toBe(
      404,
    )
  })
})

describe('ga4 sandbox: Measurement Protocol (4.2)', () => {
  const path = '/mp/collect?measurement_id=G-SANDBOX1&api_secret=sandbox-secret'
  const body = {
    client_id: 'c1',
    user_id: 'u1',
    events: [{ name: 'segment_entered', params: { segment: 'vip' } }],
  }
  const messages = async (own: object) =>
    (await ask('POST', '/debug/mp/collect', { ...body, ...own })).body['validationMessages'] as unknown as {
      validationCode: string
    }[]

  it('"Always 2xx, also for garbage"; "wrong secret also gives 204" (trap 4)', async () => {
    expect(await ask('POST', path, '{garbage')).toMatchObject({ status: 204, text: '' })
    expect(await ask('POST', path.replace('sandbox-secret', 'x'), body)).toMatchObject({
      status: 204,
      text: '',
    })
    expect(sandbox.users.size).toBe(0)
    expect(await ask('POST', path, body)).toMatchObject({ status: 204, text: '' })
    expect(sandbox.users.get('u1')?.events).toHaveLength(1)
  })

  it('"returns validationMessages[]; does not record; does not check the secret"', async () => {
    expect(await messages({})).toEqual([])
    expect(sandbox.users.size).toBe(0)
  })

  it.each([
    ['25 events per request', { events: Array.from({ length: 26 }, () => ({ name: 'a' })) }],
    [
      '25 parameters per event',
      {
        events: [
          { name: 'a', params: Object.fromEntries(Array.from({ length: 26 }, (_, i) => [`p${i}`, 1])) },
        ],
      },
    ],
    [
      '25 user properties',
      { user_properties: Object.fromEntries(Array.from({ length: 26 }, (_, i) => [`p${i}`, { value: 1 }])) },
    ],
    ['user-property name 24 chars', { user_properties: { ['a'.repeat(25)]: { value: 1 } } }],
    ['user-property value 36', { user_properties: { tier: { value: 'x'.repeat(37) } } }],
    ['event name 40', { events: [{ name: 'a'.repeat(41) }] }],
    ['letter first', { events: [{ name: '9a' }] }],
    ['parameter value 100', { events: [{ name: 'a', params: { p: 'x'.repeat(101) } }] }],
    ['body under 130 kB', { events: [{ name: 'a', params: { p: 'x'.repeat(130_000) } }] }],
    [
      'back-dating at most 72 h',
      { timestamp_micros: (Date.parse('2026-11-22T12:00:00Z') - 72 * 3_600_000 - 1) * 1000 },
    ],
    ['ga_, google_, firebase_ prefixes are reserved', { user_properties: { ga_tier: { value: 1 } } }],
    ['client_id (web) or app_instance_id', { client_id: undefined }],
  ])('"%s"', async (_line, own) => {
    expect(await messages(own)).toHaveLength(1)
    await ask('POST', path, { ...body, ...own })
    expect(sandbox.users.size).toBe(0)
  })
})
