/** The sandbox against the platform notes: search, lists, properties, authentication and limits. */
import { afterEach, describe, expect, it } from 'vitest'
import { contactsPath, listsPath, openRawSandbox, type RawSandbox } from './sandbox-client.ts'

let open: RawSandbox
afterEach(() => open.sandbox.close())

const seeds = (count: number, properties: Record<string, string> = {}) =>
  Array.from({ length: count }, (_, index) => ({
    id: String(1000 + index),
    properties: { email: `p${index}@example.com`, ...properties },
  }))
const search = (body: object) => open.send('POST', `${contactsPath}/search`, body)
const filter = (propertyName: string, operator: string, more: object) => ({
  filterGroups: [{ filters: [{ propertyName, operator, ...more }] }],
})
const newList = async (name: string, more: object = {}): Promise<string> => {
  const body = { name, objectTypeId: '0-1', processingType: 'MANUAL', ...more }
  return (await open.send('POST', listsPath, body)).body.list.listId
}

describe('1.3 search', () => {
  it('pages hold 10 by default and 200 at most', async () => {
    open = await openRawSandbox({ contacts: seeds(250) })
    expect((await search({})).body).toMatchObject({ total: 250, paging: { next: { after: '10' } } })
    expect((await search({ limit: 200 })).body.results).toHaveLength(200)
    expect((await search({ limit: 201 })).status).toBe(400)
  })

  it('`after` of 10,000 or more is a 400', async () => {
    open = await openRawSandbox({ contacts: seeds(10_050) })
    expect((await search({ limit: 200, after: '9800' })).status).toBe(200)
    expect((await search({ limit: 200, after: '10000' })).status).toBe(400)
    expect((await search({ after: 'abc' })).status).toBe(400)
  })

  it('refuses a body over 3,000 characters, too many filters and a second sort', async () => {
    open = await openRawSandbox()
    expect((await search({ properties: ['x'.repeat(3000)] })).status).toBe(400)
    const one = { propertyName: 'email', operator: 'HAS_PROPERTY' }
    expect(
      (await search({ filterGroups: Array.from({ length: 6 }, () => ({ filters: [one] })) })).status,
    ).toBe(400)
    expect((await search({ filterGroups: [{ filters: Array.from({ length: 7 }, () => one) }] })).status).toBe(
      400,
    )
    const sort = { propertyName: 'email', direction: 'ASCENDING' }
    expect((await search({ sorts: [sort, sort] })).status).toBe(400)
  })

  it('date filters take epoch milliseconds as texts, ids compare as numbers', async () => {
    open = await openRawSandbox({ contacts: seeds(3) })
    open.sandbox.contacts.update('1001', { city: 'Lille' })
    const since = String(open.clock.now())
    expect((await search(filter('lastmodifieddate', 'GTE', { value: since }))).body.total).toBe(1)
    expect((await search(filter('lastmodifieddate', 'EQ', { value: since }))).body.total).toBe(1)
    expect((await search(filter('lastmodifieddate', 'GT', { value: since }))).body.total).toBe(0)
    expect((await search(filter('hs_object_id', 'GT', { value: '1000' }))).body.total).toBe(2)
  })

  it('text values of IN must be in lower case, enumerations keep their case', async () => {
    open = await openRawSandbox({ contacts: seeds(2, { city: 'Lille', lifecyclestage: 'lead' }) })
    expect((await search(filter('city', 'IN', { values: ['Lille'] }))).body.total).toBe(0)
    expect((await search(filter('city', 'IN', { values: ['lille'] }))).body.total).toBe(2)
    expect((await search(filter('city', 'NOT_IN', { values: ['lille'] }))).body.total).toBe(0)
    expect((await search(filter('lifecyclestage', 'EQ', { value: 'Lead' }))).body.total).toBe(0)
    expect((await search(filter('lifecyclestage', 'EQ', { value: 'lead' }))).body.total).toBe(2)
  })

  it.each([
    ['HAS_PROPERTY', {}, 2],
    ['NOT_HAS_PROPERTY', {}, 1],
    ['NEQ', { value: 'b' }, 2],
    ['LT', { value: 'b' }, 1],
    ['LTE', { value: 'b' }, 2],
    ['BETWEEN', { value: 'a', highValue: 'b' }, 2],
    ['CONTAINS_TOKEN', { value: 'B' }, 1],
  ])('filters by %s', async (operator, more, total) => {
    const contacts = [
      ...seeds(1),
      { id: '1', properties: { city: 'a' } },
      { id: '2', properties: { city: 'b' } },
    ]
    open = await openRawSandbox({ contacts })
    expect((await search(filter('city', operator, more))).body.total).toBe(total)
  })

  it('shows no archived contacts, and the index lags', async () => {
    open = await openRawSandbox({ contacts: seeds(3, { city: 'Lille' }) })
    open.sandbox.contacts.archive('1000')
    expect((await search({})).body.total).toBe(2)
    open.sandbox.searchIndex.lagMs = 60_000
    open.sandbox.contacts.update('1001', { city: 'Nantes' })
    open.sandbox.contacts.create({ email: 'new@example.com' })
    const inNantes = filter('city', 'EQ', { value: 'Nantes' })
    expect([(await search(inNantes)).body.total, (await search({})).body.total]).toEqual([0, 2])
    open.clock.advance(60_000)
    expect([(await search(inNantes)).body.total, (await search({})).body.total]).toEqual([1, 3])
  })
})

describe('1.4 lists', () => {
  it('names are unique; a deleted list is not there until it is restored', async () => {
    open = await openRawSandbox()
    const id = await newList('A')
    const again = await open.send('POST', listsPath, {
      name: 'A',
      objectTypeId: '0-1',
      processingType: 'MANUAL',
    })
    expect(again.status).toBe(400)
    expect((await open.send('DELETE', `${listsPath}/${id}`)).status).toBe(204)
    expect((await open.send('GET', `${listsPath}/${id}`)).status).toBe(404)
    expect((await open.send('POST', `${listsPath}/search`, { query: 'A' })).body.total).toBe(0)
    expect((await open.send('PUT', `${listsPath}/${id}/restore`)).status).toBe(204)
    expect((await open.send('GET', `${listsPath}/${id}`)).body.list).toMatchObject({ name: 'A', size: 0 })
  })

  it('memberships take a bare array, ignore members, name the missing, and spell recordsIdsAdded', async () => {
    open = await openRawSandbox({ contacts: seeds(3) })
    const id = await newList('A')
    const put = (ids: unknown) => open.send('PUT', `${listsPath}/${id}/memberships/add`, ids)
    expect((await put({ ids: ['1000'] })).status).toBe(400)
    await put(['1000'])
    expect((await put(['1000', '1001', '7'])).body).toEqual({
      recordsIdsAdded: ['1001'],
      recordIdsRemoved: [],
      recordIdsMissing: ['7'],
    })
    const both = await open.send('PUT', `${listsPath}/${id}/memberships/add-and-remove`, {
      recordIdsToAdd: ['1002'],
      recordIdsToRemove: ['1000', '8'],
    })
    expect(both.body).toEqual({
      recordsIdsAdded: ['1002'],
      recordIdsRemoved: ['1000'],
      recordIdsMissing: ['8'],
    })
    const lists = open.sandbox.ledger.filter(({ operation }) => /^list_(add|remove)$/.test(operation))
    expect(lists.map(({ operation, target, members }) => [operation, target, members])).toEqual([
      ['list_add', id, ['1000']],
      ['list_add', id, ['1000', '1001']],
      ['list_add', id, ['1002']],
      ['list_remove', id, ['1000']],
    ])
  })

  it('a DYNAMIC list needs a filter and refuses membership writes', async () => {
    open = await openRawSandbox({ contacts: seeds(1) })
    const bare = { name: 'D', objectTypeId: '0-1', processingType: 'DYNAMIC' }
    expect((await open.send('POST', listsPath, bare)).status).toBe(400)
    const id = await newList('D', { processingType: 'DYNAMIC', filterBranch: {} })
    expect((await open.send('PUT', `${listsPath}/${id}/memberships/add`, ['1000'])).status).toBe(400)
  })

  it('1.3: search is offset-based with 20 a page and 500 at most, members have a cursor and 250 at most', async () => {
    open = await openRawSandbox({ contacts: seeds(300) })
    for (let index = 0; index < 25; index += 1) open.sandbox.lists.create(`List ${index}`, 'MANUAL')
    const found = (await open.send('POST', `${listsPath}/search`, { query: 'list' })).body
    expect([found.lists.length, found.offset, found.hasMore, found.total]).toEqual([20, 20, true, 25])
    expect((await open.send('POST', `${listsPath}/search`, { count: 501 })).status).toBe(400)
    const id = await newList('Members')
    await open.send(
      'PUT',
      `${listsPath}/${id}/memberships/add`,
      seeds(300).map((contact) => contact.id),
    )
    const first = (await open.send('GET', `${listsPath}/${id}/memberships`)).body
    expect(first.results).toHaveLength(100)
    expect(first.results[0]).toEqual({ recordId: '1000', membershipTimestamp: '2026-11-22T10:00:00.000Z' })
    const next = await open.send(
      'GET',
      `${listsPath}/${id}/memberships?limit=250&after=${first.paging.next.after}`,
    )
    expect(next.body.results).toHaveLength(200)
    expect(next.body).not.toHaveProperty('paging')
    expect((await open.send('GET', `${listsPath}/${id}/memberships?limit=251`)).status).toBe(400)
  })

  it('who is archived, erased or merged is off the list; the survivor of a merge is on it', async () => {
    open = await openRawSandbox({ contacts: seeds(4) })
    const id = await newList('A')
    await open.send('PUT', `${listsPath}/${id}/memberships/add`, ['1000', '1001', '1002'])
    open.sandbox.contacts.archive('1000')
    open.sandbox.contacts.erase('1001')
    const survivor = open.sandbox.contacts.merge('1002', '1003')
    expect([...(open.sandbox.lists.get(id)?.members.keys() ?? [])]).toEqual([survivor.id])
  })
})

describe('1.4 properties', () => {
  it('are created once, in a group that is there; a duplicate is a 409 with its sub-category; uniqueness is set at creation', async () => {
    open = await openRawSandbox()
    const path = '/crm/properties/2026-09/contacts'
    const body = {
      name: 'hub_person_id',
      label: 'Hub',
      type: 'string',
      fieldType: 'text',
      groupName: 'cdp_hub',
    }
    expect((await open.send('POST', path, body)).status).toBe(400)
    const group = { name: 'cdp_hub', label: 'Hub' }
    expect((await open.send('POST', `${path}/groups`, group)).status).toBe(201)
    expect((await open.send('POST', `${path}/groups`, group)).status).toBe(409)
    expect((await open.send('POST', path, { ...body, hasUniqueValue: true })).status).toBe(201)
    expect(await open.send('POST', path, body)).toMatchObject({
      status: 409,
      body: { category: 'OBJECT_ALREADY_EXISTS', subCategory: 'Properties.PROPERTY_WITH_NAME_EXISTS' },
    })
    expect((await open.send('GET', `${path}/hub_person_id`)).body.hasUniqueValue).toBe(true)
    expect((await open.send('GET', `${path}/no_such`)).status).toBe(404)
  })
})

describe('1.1 and 1.5 authentication', () => {
  it('a wrong token is a 401, an expired one names itself, a missing scope is a 403 that names the scope', async () => {
    open = await openRawSandbox()
    const anonymous = await fetch(`${open.sandbox.url}${contactsPath}`)
    expect([anonymous.status, await anonymous.json()]).toMatchObject([
      401,
      { category: 'INVALID_AUTHENTICATION' },
    ])
    open.sandbox.scopes.delete('crm.lists.write')
    expect(await open.send('POST', listsPath, {})).toMatchObject({
      status: 403,
      body: {
        category: 'MISSING_SCOPES',
        errors: [{ context: { requiredGranularScopes: ['crm.lists.write'] } }],
      },
    })
    open.sandbox.expireToken()
    expect((await open.send('GET', contactsPath)).body.category).toBe('EXPIRED_AUTHENTICATION')
  })

  it('account details tell portal id, time zone and the host of links', async () => {
    open = await openRawSandbox({ account: { portalId: 9, timeZone: 'US/Eastern' } })
    expect((await open.send('GET', '/account-info/2026-03/details')).body).toMatchObject({
      portalId: 9,
      timeZone: 'US/Eastern',
      uiDomain: 'app.hubspot.com',
    })
  })
})

describe('1.5 limits', () => {
  it('ten-second rolling window: 190 requests, then 429 until they have rolled out', async () => {
    open = await openRawSandbox({ limits: 'published' })
    for (let index = 0; index < 95; index += 1) await open.send('GET', contactsPath)
    open.clock.advance(6000)
    for (let index = 0; index < 95; index += 1) await open.send('GET', contactsPath)
    const refused = await open.send('GET', contactsPath)
    expect(refused).toMatchObject({
      status: 429,
      body: { status: 'error', errorType: 'RATE_LIMIT', policyName: 'TEN_SECONDLY_ROLLING' },
    })
    expect(refused.headers.get('retry-after')).toBeNull()
    open.clock.advance(4000)
    for (let index = 0; index < 95; index += 1)
      expect((await open.send('GET', contactsPath)).status).toBe(200)
    expect((await open.send('GET', contactsPath)).status).toBe(429)
  })

  it('search: five a second for the account, outside the burst window and without rate headers', async () => {
    open = await openRawSandbox({ limits: { burst: 1 } })
    for (let index = 0; index < 5; index += 1) expect((await search({})).status).toBe(200)
    const refused = await search({})
    expect([refused.status, refused.body.policyName]).toEqual([429, 'SECONDLY'])
    expect(refused.headers.has('x-hubspot-ratelimit-max')).toBe(false)
    open.clock.advance(1000)
    expect((await search({})).status).toBe(200)
  })

  it('headers tell what is left of the window and of the day; the day ends at midnight of the account', async () => {
    open = await openRawSandbox({ limits: { burst: 10, daily: 2 }, account: { timeZone: 'Europe/Paris' } })
    const { headers } = await open.send('GET', contactsPath)
    expect(headers.get('x-hubspot-ratelimit-max')).toBe('10')
    expect(headers.get('x-hubspot-ratelimit-remaining')).toBe('9')
    expect(headers.get('x-hubspot-ratelimit-interval-milliseconds')).toBe('10000')
    expect(headers.get('x-hubspot-ratelimit-daily-remaining')).toBe('1')
    await open.send('GET', contactsPath)
    expect((await open.send('GET', contactsPath)).body.policyName).toBe('DAILY')
    open.clock.advance(Date.parse('2026-11-22T23:00:00Z') - open.clock.now() - 1)
    expect((await open.send('GET', contactsPath)).status).toBe(429)
    open.clock.advance(1)
    expect((await open.send('GET', contactsPath)).status).toBe(200)
  })
})
