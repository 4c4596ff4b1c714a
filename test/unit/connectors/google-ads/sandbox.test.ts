import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  startGoogleAdsSandbox,
  type GoogleAdsSandbox,
} from '../../../../connectors/google-ads/sandbox/google-ads-sandbox.ts'
import { createFixedClock, type FixedClock } from '../../../support/fixed-clock.ts'

// The sandbox by itself, spoken to by plain requests: each test names the section of the platform notes that it checks.
const account = '1234567890'
const hash = 'a'.repeat(64)

let clock: FixedClock
let sandbox: GoogleAdsSandbox
let token: string
beforeEach(async () => {
  clock = createFixedClock('2026-11-22T10:00:00Z')
  sandbox = await startGoogleAdsSandbox({ clock, customerId: account, pageSize: 2 })
  token = await obtainToken()
})
afterEach(() => sandbox.close())

async function obtainToken(): Promise<string> {
  const form = {
    grant_type: 'refresh_token',
    client_id: 'sandbox-client',
    client_secret: 'sandbox-secret',
    refresh_token: 'sandbox-refresh',
  }
  const response = await fetch(`${sandbox.url}/token`, { method: 'POST', body: new URLSearchParams(form) })
  return ((await response.json()) as { access_token: string }).access_token
}

interface Answer {
  readonly status: number
  readonly text: string
  readonly body: Record<string, never>
}

async function call(method: string, path: string, body?: object, bearer = token): Promise<Answer> {
  const response = await fetch(`${sandbox.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${bearer}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return {
    status: response.status,
    text,
    body: (text.startsWith('{') ? JSON.parse(text) : {}) as Answer['body'],
  }
}

const listsPath = `/v1/accountTypes/GOOGLE_ADS/accounts/${account}/userLists`
const contactList = { ingestedUserListInfo: { uploadKeyTypes: ['CONTACT_ID'] } }

async function createList(more: object = {}): Promise<string> {
  const { body } = await call('POST', listsPath, { displayName: 'VIP', ...contactList, ...more })
  return String(body['id'])
}

const upload = (list: string, more: object = {}): object => ({
  destinations: [
    {
      operatingAccount: { accountType: 'GOOGLE_ADS', accountId: account },
      productDestinationId: list,
    },
  ],
  audienceMembers: [{ userData: { userIdentifiers: [{ emailAddress: hash }] } }],
  encoding: 'HEX',
  ...more,
})
const terms = { termsOfService: { customerMatchTermsOfServiceStatus: 'ACCEPTED' } }
const member = (...identifiers: object[]): object => ({ userData: { userIdentifiers: identifiers } })

describe('sandbox: access (2.1, 3.1)', () => {
  it('lets nobody in without a token, or with one that has ended', async () => {
    expect((await call('GET', listsPath, undefined, 'nonsense')).status).toBe(401)
    clock.advance(3_600_000)
    expect((await call('GET', listsPath)).text).toContain('UNAUTHENTICATED')
  })

  it('knows one account only', async () => {
    const answer = await call('GET', listsPath.replace(account, '5555555555'))
    expect(answer.status).toBe(403)
    expect(answer.text).toContain('PERMISSION_DENIED')
  })
})

describe('sandbox: lists (2.2)', () => {
  it('pages at the asked size, at most 1,000', async () => {
    for (const displayName of ['a', 'b', 'c']) await createList({ displayName })
    const first = await call('GET', `${listsPath}?pageSize=2`)
    expect(first.body['userLists']).toHaveLength(2)
    const second = await call(
      'GET',
      `${listsPath}?pageSize=2&pageToken=${String(first.body['nextPageToken'])}`,
    )
    expect(second.body['userLists']).toHaveLength(1)
    expect(second.body).not.toHaveProperty('nextPageToken')
  })

  it.each([
    [{}, 'DISPLAY_NAME_ALREADY_USED'],
    [{ displayName: 'x', membershipDuration: '3600s' }, 'INVALID_ARGUMENT'],
    [{ displayName: 'x', membershipDuration: `${541 * 86_400}s` }, 'MEMBERSHIP_DURATION_TOO_LONG'],
    [{ displayName: 'x', shoe_size: 44 }, 'INVALID_ARGUMENT'],
  ])('refuses %j with %s', async (more, reason) => {
    await createList()
    const { status, text } = await call('POST', listsPath, { displayName: 'VIP', ...contactList, ...more })
    expect(status).toBe(400)
    expect(text).toContain(reason)
  })

  it('answers NOT_FOUND for a list that is gone', async () => {
    const id = await createList()
    expect((await call('DELETE', `${listsPath}/${id}`)).status).toBe(200)
    expect((await call('GET', `${listsPath}/${id}`)).status).toBe(404)
  })
})

describe('sandbox: uploads (2.2)', () => {
  it.each<[string, object, string]>([
    [
      '11 destinations',
      {
        destinations: Array.from({ length: 11 }, () => ({
          operatingAccount: { accountType: 'GOOGLE_ADS', accountId: account },
          productDestinationId: '1',
        })),
      },
      'TOO_MANY_DESTINATIONS',
    ],
    [
      '10,001 members',
      { audienceMembers: Array.from({ length: 10_001 }, () => member({ emailAddress: hash })) },
      'TOO_MANY_AUDIENCE_MEMBERS',
    ],
    [
      '11 identifiers',
      { audienceMembers: [member(...Array.from({ length: 11 }, () => ({ emailAddress: hash })))] },
      'TOO_MANY_USER_IDENTIFIERS',
    ],
    ['no identifier', { audienceMembers: [member()] }, 'NO_IDENTIFIERS_PROVIDED'],
    [
      'a hash that is too short',
      { audienceMembers: [member({ emailAddress: 'abc0' })] },
      'INVALID_SHA256_FORMAT',
    ],
    [
      'an address that was not hashed',
      { audienceMembers: [member({ emailAddress: 'a@b.com' })] },
      'INVALID_HEX_ENCODING',
    ],
    [
      'two identifiers in one',
      { audienceMembers: [member({ emailAddress: hash, phoneNumber: hash })] },
      'INVALID_AUDIENCE_MEMBER',
    ],
    [
      'a region in lower case',
      {
        audienceMembers: [
          member({ address: { givenName: hash, familyName: hash, regionCode: 'fr', postalCode: '75001' } }),
        ],
      },
      'INVALID_REGION_CODE',
    ],
    [
      'a wrong postal code',
      {
        audienceMembers: [
          member({ address: { givenName: hash, familyName: hash, regionCode: 'US', postalCode: '1' } }),
        ],
      },
      'INVALID_POSTAL_CODE',
    ],
    [
      'half an address',
      { audienceMembers: [member({ address: { givenName: hash, regionCode: 'FR' } })] },
      'REQUIRED_FIELD_MISSING',
    ],
    ['no encoding', { encoding: undefined }, 'REQUIRED_FIELD_MISSING'],
    [
      'another data type',
      { audienceMembers: [{ mobileData: { mobileIds: ['x'] } }] },
      'MULTIPLE_DATA_TYPES_NOT_ALLOWED',
    ],
    ['terms not stated', { termsOfService: undefined }, 'TERMS_AND_CONDITIONS_NOT_SIGNED'],
    ['an unknown name', { audience_members: [] }, 'INVALID_ARGUMENT'],
  ])('refuses %s', async (_, more, reason) => {
    const id = await createList()
    const answer = await call('POST', '/v1/audienceMembers:ingest', upload(id, { ...terms, ...more }))
    expect(answer.status).toBe(400)
    expect(answer.text).toContain(reason)
  })

  it('refuses 10,000 people for one bad row, and names the row', async () => {
    const id = await createList()
    const good = Array.from({ length: 9_999 }, () => member({ emailAddress: hash }))
    const audienceMembers = [...good.slice(0, 3), member({ emailAddress: 'x' }), ...good.slice(3)]
    const { status, text } = await call(
      'POST',
      '/v1/audienceMembers:ingest',
      upload(id, { ...terms, audienceMembers }),
    )
    expect(status).toBe(400)
    expect(text).toContain('audience_members[3].user_data.user_identifiers[0].email_address')
    clock.advance(3_600_000)
    expect(sandbox.lists.get(id)?.members.size).toBe(0)
  })

  it('refuses account numbers with hyphens (trap 7)', async () => {
    const id = await createList()
    const destinations = [
      {
        operatingAccount: { accountType: 'GOOGLE_ADS', accountId: '123-456-7890' },
        productDestinationId: id,
      },
    ]
    const answer = await call('POST', '/v1/audienceMembers:ingest', upload(id, { ...terms, destinations }))
    expect(answer.text).toContain('INVALID_DESTINATION')
  })

  it('answers a validation with an id that cannot be looked up (trap 12)', async () => {
    const id = await createList()
    const { body } = await call(
      'POST',
      '/v1/audienceMembers:ingest',
      upload(id, { ...terms, validateOnly: true }),
    )
    const answer = await call('GET', `/v1/requestStatus:retrieve?requestId=${String(body['requestId'])}`)
    expect(answer.text).toContain('INVALID_REQUEST_ID')
  })

  it('empties a list that removeAll names without a time', async () => {
    const id = await createList()
    await call('POST', '/v1/audienceMembers:ingest', upload(id, terms))
    clock.advance(3_000_000)
    expect(sandbox.lists.get(id)?.members.size).toBe(1)
    const { destinations } = upload(id) as { destinations: object }
    await call('POST', '/v1/audienceMembers:removeAll', { destinations })
    clock.advance(3_000_000)
    expect(sandbox.lists.get(id)?.members.size).toBe(0)
    const removeAsOfTime = '2030-01-01T00:00:00Z'
    token = await obtainToken()
    const future = await call('POST', '/v1/audienceMembers:removeAll', { destinations, removeAsOfTime })
    expect(future.text).toContain('INVALID_REMOVE_AS_OF_TIME')
  })

  it('writes down in its ledger what was really done, and when', async () => {
    const id = await createList()
    await call('POST', '/v1/audienceMembers:ingest', upload(id, terms))
    clock.advance(30 * 60_000)
    expect(sandbox.lists.get(id)?.members.size).toBe(1)
    expect(sandbox.ledger.map(({ operation, target, members }) => [operation, target, members])).toEqual([
      ['user_list_create', id, []],
      ['members_ingest', id, [hash]],
    ])
  })
})

describe('sandbox: limits (2.4, 3.1)', () => {
  it('lets 300 calls a minute through and says how long to wait', async () => {
    for (let index = 0; index < 300; index += 1) await call('GET', `${listsPath}?pageSize=1`)
    clock.advance(15_000)
    const refused = await call('GET', listsPath)
    expect(refused.status).toBe(429)
    expect(refused.text).toContain('"retryDelay":"45s"')
    clock.advance(45_000)
    expect((await call('GET', listsPath)).status).toBe(200)
  })
})

const search = (body: object, version = 'v25') =>
  call('POST', `/${version}/customers/${account}/googleAds:search`, body)

const day = (date: string, impressions: string) => ({
  'campaign.id': '7',
  'segments.date': date,
  'metrics.impressions': impressions,
})

describe('sandbox: queries (3.4)', () => {
  it('answers pages of its size with rows in camelCase', async () => {
    sandbox.seedRows('campaign', [day('2026-11-01', '5'), day('2026-11-02', '6'), day('2026-11-03', '7')])
    const query = 'SELECT campaign.id, segments.date FROM campaign ORDER BY segments.date'
    const first = await search({ query })
    expect(first.body).toMatchObject({
      results: [{ campaign: { id: '7' }, segments: { date: '2026-11-01' } }, {}],
      nextPageToken: 'page-2',
    })
    expect((await search({ query, page_token: 'page-2' })).body['results']).toHaveLength(1)
  })

  it('leaves out rows without impressions once days are selected', async () => {
    sandbox.seedRows('campaign', [day('2026-11-01', '0')])
    expect((await search({ query: 'SELECT segments.date FROM campaign' })).body).not.toHaveProperty('results')
  })

  it.each([
    [{ query: 'SELECT campaign.id FROM campaign', page_size: 5 }, 'PAGE_SIZE_NOT_SUPPORTED'],
    [{ query: 'SELECT campaign.id FROM nowhere' }, 'BAD_RESOURCE_TYPE_IN_FROM_CLAUSE'],
    [{ query: 'DROP TABLE campaign' }, 'QUERY_ERROR'],
    [{ query: 'SELECT campaign.id FROM campaign', page_token: 'old' }, 'INVALID_PAGE_TOKEN'],
  ])('refuses %j with %s', async (body, name) => {
    const answer = await search(body)
    expect(answer.status).toBe(400)
    expect(answer.text).toContain(name)
  })

  it('answers a page with 404 for a version that has ended (trap 5)', async () => {
    const answer = await search({ query: 'SELECT customer.id FROM customer' }, 'v21')
    expect(answer.status).toBe(404)
    expect(answer.text).toMatch(/^<!DOCTYPE html>/)
  })
})
