/**
 * What goes over the wire, call by call: method, host, path, query, headers and body as the vendor documents them. Intercepted
 * below the SDK, so that a change of the SDK that alters a request is seen here.
 */
import nock from 'nock'
import { beforeEach, describe, expect, it } from 'vitest'
import {
  connectHubspot,
  never,
  readAll,
  type OpenHubspot,
} from '../../../integration/hubspot/open-hubspot.ts'
import { createFixedClock } from '../../../support/fixed-clock.ts'
import { nockNetwork } from '../../../support/nocked-network.ts'

const host = 'https://api.hubapi.com'
const token = 'pat-eu1-of-a-test'
const audience = { externalId: '77', name: 'Big spenders' }
const manual = { listId: '77', name: 'Big spenders', objectTypeId: '0-1', processingType: 'MANUAL', size: 3 }
const done = { recordsIdsAdded: [] as string[], recordIdsRemoved: [] as string[], recordIdsMissing: [] }

let open: OpenHubspot
let hubspot: nock.Scope

nockNetwork()
beforeEach(() => {
  hubspot = nock(host, {
    reqheaders: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: /application\/json/,
      'user-agent': /^hubspot-api-client-nodejs/,
    },
  })
  hubspot
    .get('/account-info/2026-03/details')
    .reply(200, { portalId: 5, timeZone: 'Europe/Paris', uiDomain: 'app.hubspot.com' })
  open = connectHubspot(host, createFixedClock('2026-11-22T10:00:00Z'), { access_token: token })
})

const listQuery = (archived: string, after: object = {}) => ({
  limit: '100',
  archived,
  properties: archived === 'true' ? 'hs_object_id' : 'email,lastmodifieddate,hs_merged_object_ids',
  ...after,
})

const knowsProperties = (...names: string[]): nock.Scope =>
  hubspot
    .get('/crm/properties/2026-09/contacts')
    .reply(200, { results: names.map((name) => ({ name, type: 'string' })) })

describe('contacts', () => {
  beforeEach(() => {
    knowsProperties('email')
  })

  it('list: GET with limit, properties, archived and after', async () => {
    hubspot
      .get('/crm/objects/2026-09/contacts')
      .query(listQuery('false'))
      .reply(200, { results: [{ id: '1', properties: {} }], paging: { next: { after: '2' } } })
    hubspot
      .get('/crm/objects/2026-09/contacts')
      .query(listQuery('false', { after: '2' }))
      .reply(200, { results: [{ id: '2', properties: {} }] })
    hubspot.get('/crm/objects/2026-09/contacts').query(listQuery('true')).reply(200, { results: [] })
    expect((await readAll(open)).records.map(({ externalId }) => externalId)).toEqual(['1', '2'])
  })

  it('search: POST with epoch milliseconds as texts, one sort, 200 a page', async () => {
    const until = Date.parse('2026-11-22T09:59:00Z')
    const through = Date.parse('2026-11-22T09:00:00Z')
    hubspot
      .post('/crm/objects/2026-09/contacts/search', {
        filterGroups: [
          {
            filters: [
              { propertyName: 'lastmodifieddate', operator: 'GTE', value: String(through - 300_000) },
              { propertyName: 'lastmodifieddate', operator: 'LTE', value: String(until) },
            ],
          },
        ],
        sorts: [{ propertyName: 'lastmodifieddate', direction: 'ASCENDING' }],
        properties: ['email', 'lastmodifieddate', 'hs_merged_object_ids'],
        limit: 200,
        after: '0',
      })
      .reply(200, { total: 0, results: [] })
    const ended = { version: 1, phase: 'ended', modifiedThrough: through, archivedThrough: through }
    const read = await readAll(open, ended)
    expect(read.cursor).toEqual({
      ...ended,
      modifiedThrough: until,
      portalId: '5',
      types: { email: 'string' },
    })
  })

  it('keyset: POST search by one timestamp and ids above the last', async () => {
    const at = Date.parse('2026-11-22T09:00:00Z')
    hubspot
      .post('/crm/objects/2026-09/contacts/search', (body: { filterGroups: unknown; sorts: unknown }) => {
        expect(body.filterGroups).toEqual([
          {
            filters: [
              { propertyName: 'lastmodifieddate', operator: 'EQ', value: String(at) },
              { propertyName: 'hs_object_id', operator: 'GT', value: '4711' },
            ],
          },
        ])
        expect(body.sorts).toEqual([{ propertyName: 'hs_object_id', direction: 'ASCENDING' }])
        return true
      })
      .reply(200, { total: 0, results: [] })
    const cursor = {
      version: 1,
      phase: 'changes',
      from: at,
      until: at,
      slice: { afterId: '4711' },
      modifiedThrough: at,
      archivedThrough: at,
    }
    expect((await readAll(open, cursor)).records).toEqual([])
  })
})

describe('static list', () => {
  it('find by id, and by name: GET and POST search with an offset', async () => {
    hubspot.get('/crm/lists/2026-03/77').reply(404, { category: 'OBJECT_NOT_FOUND' })
    hubspot
      .post('/crm/lists/2026-03/search', {
        query: 'Big spenders',
        count: 500,
        offset: 0,
        listIds: [],
        processingTypes: [],
        additionalProperties: [],
      })
      .reply(200, { lists: [manual], hasMore: false, offset: 1, total: 1 })
    expect((await open.list.find({ name: 'Big spenders', externalId: '77' }))?.externalId).toBe('77')
  })

  it('create: POST a MANUAL list of contacts, never repeated blindly', async () => {
    hubspot
      .post('/crm/lists/2026-03', { name: 'Big spenders', objectTypeId: '0-1', processingType: 'MANUAL' })
      .reply(200, { list: manual })
    expect(await open.list.create?.({ name: 'Big spenders' })).toEqual({
      ...audience,
      url: 'https://app.hubspot.com/contacts/5/objectLists/77/filters',
    })
    expect(open.calls.at(-1)?.repeatable).toBe(false)
  })

  it('add: batch read by e-mail, batch upsert with trace ids, then one PUT with a bare array', async () => {
    hubspot
      .post('/crm/objects/2026-09/contacts/batch/read', {
        inputs: [{ id: 'a@example.com' }, { id: 'b@example.com' }],
        properties: ['email', 'hs_additional_emails', 'hs_merged_object_ids'],
        idProperty: 'email',
      })
      .reply(207, {
        status: 'COMPLETE',
        results: [{ id: '11', properties: { email: 'a@example.com' } }],
        numErrors: 1,
        errors: [{ status: 'error', category: 'OBJECT_NOT_FOUND', context: { ids: ['b@example.com'] } }],
      })
    hubspot
      .post('/crm/objects/2026-09/contacts/batch/upsert', {
        inputs: [
          {
            objectWriteTraceId: 'row-1',
            id: 'b@example.com',
            idProperty: 'email',
            properties: { email: 'b@example.com', city: 'Lille' },
          },
        ],
      })
      .reply(200, { status: 'COMPLETE', results: [{ id: '12', new: true, objectWriteTraceId: 'row-1' }] })
    hubspot
      .post('/crm/objects/2026-09/contacts/batch/update', {
        inputs: [{ objectWriteTraceId: 'row-0', id: '11', properties: { city: 'Lille' } }],
      })
      .reply(200, { status: 'COMPLETE', results: [{ id: '11', objectWriteTraceId: 'row-0' }] })
    hubspot
      .put('/crm/lists/2026-03/77/memberships/add', ['11', '12'])
      .reply(200, { ...done, recordsIdsAdded: ['11', '12'] })
    const records = ['A@example.com', 'b@example.com'].map((email) => ({ fields: { email, city: 'Lille' } }))
    expect(await open.list.add({ audience, records, signal: never })).toEqual([
      { status: 'applied', key: '11' },
      { status: 'applied', key: '12' },
    ])
  })

  it('upsert is keyed by the unique property where a sync fills it', async () => {
    hubspot
      .post('/crm/objects/2026-09/contacts/batch/upsert', {
        inputs: [
          {
            objectWriteTraceId: 'row-0',
            id: 'p_81',
            idProperty: 'hub_person_id',
            properties: { hub_person_id: 'p_81', firstname: 'Ada' },
          },
        ],
      })
      .reply(200, { status: 'COMPLETE', results: [{ id: '12', properties: { hub_person_id: 'p_81' } }] })
    hubspot
      .put('/crm/lists/2026-03/77/memberships/add', ['12'])
      .reply(200, { ...done, recordsIdsAdded: ['12'] })
    const records = [{ fields: { hub_person_id: 'p_81', firstname: 'Ada' } }]
    expect(await open.list.add({ audience, records, signal: never })).toEqual([
      { status: 'applied', key: '12' },
    ])
  })

  it('remove: PUT with a bare array', async () => {
    hubspot
      .put('/crm/lists/2026-03/77/memberships/remove', ['11'])
      .reply(200, { ...done, recordIdsRemoved: ['11'] })
    const records = [{ key: '11', fields: {} }]
    expect(await open.list.remove?.({ audience, records, signal: never })).toEqual([
      { status: 'applied', key: '11' },
    ])
  })

  it('members: GET 250 a page with the cursor', async () => {
    hubspot
      .get('/crm/lists/2026-03/77/memberships')
      .query({ limit: '250' })
      .reply(200, {
        results: [{ recordId: '11', membershipTimestamp: 'x' }],
        paging: { next: { after: 'MTE=' } },
      })
    hubspot
      .get('/crm/lists/2026-03/77/memberships')
      .query({ limit: '250', after: 'MTE=' })
      .reply(200, { results: [{ recordId: '12' }] })
    const pages: (readonly string[])[] = []
    for await (const page of open.list.readMembers?.(audience, never) ?? []) pages.push(page)
    expect(pages).toEqual([['11'], ['12']])
  })

  it('size: GET the list', async () => {
    hubspot.get('/crm/lists/2026-03/77').reply(200, { list: manual })
    expect(await open.list.readSize?.(audience)).toEqual({ atLeast: 3, atMost: 3 })
  })
})

describe('person', () => {
  it('erase: POST gdpr-delete by id only', async () => {
    hubspot
      .post('/crm/objects/2026-09/contacts/batch/read')
      .reply(200, { results: [{ id: '11', properties: {} }] })
    hubspot.post('/crm/objects/2026-09/contacts/gdpr-delete', { objectId: '11' }).reply(204)
    expect((await open.connection.erase?.({ keys: ['11'], sent: [] }))?.status).toBe('erased')
  })
})

describe('transport', () => {
  it('leaves the SDK’s retries and limiter off: a refusal is sent once', async () => {
    hubspot
      .post('/crm/lists/2026-03/search')
      .reply(429, { policyName: 'TEN_SECONDLY_ROLLING', status: 'error' })
    await expect(open.list.find({ name: 'x' })).rejects.toMatchObject({ code: 'platform.rate_limited' })
  })
})
