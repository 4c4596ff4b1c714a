/**
 * What goes over the wire for the streams, destinations and properties beside contacts and lists. Intercepted
 * below the SDK, as in `wire-format.test.ts`.
 */
import nock from 'nock'
import { beforeEach, describe, expect, it } from 'vitest'
import type { BoundDestination } from '../../../../core/connector/connector.ts'
import type { SourceRecord } from '../../../../core/connector/source.ts'
import { connectHubspot, never, type OpenHubspot } from '../../../integration/hubspot/open-hubspot.ts'
import { createFixedClock } from '../../../support/fixed-clock.ts'
import { nockNetwork } from '../../../support/nocked-network.ts'

const host = 'https://api.hubapi.com'
const clock = createFixedClock('2026-11-22T10:00:00Z')
const config = { access_token: 'pat-x', lists: { vip: '77' } }
const bearer = (token: string) => ({ reqheaders: { authorization: `Bearer ${token}` } })

let open: OpenHubspot
let hubspot: nock.Scope

nockNetwork()
beforeEach(() => {
  hubspot = nock(host, bearer('pat-x'))
  open = connectHubspot(host, clock, config)
})

const knowAccount = (): nock.Scope =>
  hubspot
    .get('/account-info/2026-03/details')
    .reply(200, { portalId: 5, timeZone: 'UTC', uiDomain: 'app-eu1.hubspot.com' })

async function read(stream: string, fields: readonly string[]): Promise<SourceRecord[]> {
  const records: SourceRecord[] = []
  for await (const page of open.connection.source(stream)?.read({ cursor: null, fields, signal: never }) ??
    [])
    records.push(...page.records)
  return records
}

describe('streams', () => {
  it('companies: the same list with hs_lastmodifieddate', async () => {
    knowAccount()
    hubspot.get('/crm/properties/2026-09/companies').reply(200, { results: [{ name: 'name' }] })
    const query = {
      limit: '100',
      properties: 'name,hs_lastmodifieddate,hs_merged_object_ids',
      archived: 'false',
    }
    hubspot
      .get('/crm/objects/2026-09/companies')
      .query(query)
      .reply(200, { results: [{ id: '7', properties: { name: 'Acme' } }] })
    hubspot
      .get('/crm/objects/2026-09/companies')
      .query({ ...query, properties: 'hs_object_id', archived: 'true' })
      .reply(200, { results: [] })
    expect((await read('companies', ['name']))[0]?.fields).toEqual({ name: 'Acme' })
  })

  it('links: POST batch read between the two types', async () => {
    knowAccount()
    hubspot.get('/crm/properties/2026-09/contacts').reply(200, { results: [] })
    hubspot
      .get('/crm/objects/2026-09/contacts')
      .query(({ archived }) => archived === 'false')
      .reply(200, { results: [{ id: '11', properties: {} }] })
    hubspot
      .post('/crm/associations/2026-03/contacts/companies/batch/read', { inputs: [{ id: '11' }] })
      .reply(207, {
        results: [{ from: { id: '11' }, to: [{ toObjectId: 7, associationTypes: [] }] }],
        errors: [],
      })
    hubspot
      .get('/crm/objects/2026-09/contacts')
      .query(({ archived }) => archived === 'true')
      .reply(200, { results: [] })
    expect((await read('contacts', ['associated_company_ids']))[0]?.fields).toEqual({
      associated_company_ids: ['7'],
    })
  })

  it('e-mail events: GET by type and ISO times, in order of time', async () => {
    open = connectHubspot(host, clock, {
      ...config,
      email_event_types: ['e_opened_email_v2'],
      email_event_history_days: 1,
    })
    knowAccount()
    const query = {
      objectType: 'contact',
      eventType: 'e_opened_email_v2',
      occurredAfter: '2026-11-21T10:00:00.000Z',
      occurredBefore: '2026-11-22T10:00:00.000Z',
      sort: 'occurredAt',
      limit: '100',
    }
    hubspot
      .get('/events/event-occurrences/2026-03')
      .query(query)
      .reply(200, { results: [], paging: { next: { after: 'Mg' } } })
    hubspot
      .get('/events/event-occurrences/2026-03')
      .query({ ...query, after: 'Mg' })
      .reply(200, { results: [] })
    expect(await read('email_events', ['objectId'])).toEqual([])
  })

  it('members of a list: GET 250 a page', async () => {
    knowAccount()
    hubspot
      .get('/crm/lists/2026-03/77/memberships')
      .query({ limit: '250' })
      .reply(200, { results: [{ recordId: '11', membershipTimestamp: '2026-11-22T09:00:00Z' }] })
    expect((await read('list_vip', ['recordId']))[0]?.fields).toEqual({ recordId: '11' })
  })
})

const destination = (kind: string): BoundDestination => {
  const found = open.connection.destination(kind)
  if (!found) throw new Error(`there is no destination ${kind}`)
  return found
}

describe('destinations and properties', () => {
  const person = [{ fields: { email: 'A@example.com' } }]

  it('opt-out of everything: POST the addresses, channel in the query', async () => {
    knowAccount()
    const audience = await destination('email_opt_out').find({ name: 'All e-mail' })
    hubspot
      .post('/communication-preferences/2026-03/statuses/batch/unsubscribe-all', {
        inputs: ['a@example.com'],
      })
      .query({ channel: 'EMAIL' })
      .reply(200, { status: 'COMPLETE', results: [{ subscriberIdString: 'a@example.com' }] })
    if (!audience) throw new Error('no audience')
    expect(audience.url).toBe('https://app-eu1.hubspot.com/settings/5/marketing/email/subscription-types')
    expect(await destination('email_opt_out').add({ audience, records: person, signal: never })).toEqual([
      { status: 'applied' },
    ])
  })

  it('opt-out of one subscription: UNSUBSCRIBED by subscription id, one by one below Enterprise', async () => {
    knowAccount()
    hubspot
      .get('/communication-preferences/2026-03/definitions')
      .reply(200, { results: [{ id: '501', name: 'Newsletter', isActive: true }] })
    const audience = await destination('email_opt_out').find({ name: 'Newsletter' })
    hubspot
      .post('/communication-preferences/2026-03/statuses/batch/write', {
        inputs: [
          {
            subscriberIdString: 'a@example.com',
            subscriptionId: 501,
            statusState: 'UNSUBSCRIBED',
            channel: 'EMAIL',
          },
        ],
      })
      .reply(403, { status: 'error', category: 'MISSING_SCOPES' })
    hubspot
      .post('/communication-preferences/2026-03/statuses/a%40example.com', {
        subscriptionId: 501,
        statusState: 'UNSUBSCRIBED',
        channel: 'EMAIL',
      })
      .reply(200, { status: 'COMPLETE', results: [] })
    if (!audience) throw new Error('no audience')
    expect(await destination('email_opt_out').add({ audience, records: person, signal: never })).toEqual([
      { status: 'applied' },
    ])
  })

  it('contacts: batch update by id with trace ids', async () => {
    knowAccount()
    const audience = await destination('contacts').find({ name: 'contacts' })
    hubspot
      .post('/crm/objects/2026-09/contacts/batch/update', {
        inputs: [{ objectWriteTraceId: 'row-0', id: '11', properties: { city: 'Lille' } }],
      })
      .reply(200, { status: 'COMPLETE', results: [{ id: '11', objectWriteTraceId: 'row-0' }] })
    if (!audience) throw new Error('no audience')
    const records = [{ key: '11', fields: { city: 'Lille' } }]
    expect(await destination('contacts').add({ audience, records, signal: never })).toEqual([
      { status: 'applied', key: '11' },
    ])
  })

  it('provisioning: GET by name, then the group, then the property; a 409 counts as done', async () => {
    knowAccount()
    const path = '/crm/properties/2026-09/contacts'
    const taken = { status: 'error', category: 'OBJECT_ALREADY_EXISTS', message: 'it exists' }
    hubspot.get(`${path}/hub_person_id`).reply(404, { category: 'OBJECT_NOT_FOUND' })
    hubspot.post(`${path}/groups`, { name: 'cdp_hub', label: 'Affluent' }).reply(409, taken)
    hubspot
      .post(path, {
        name: 'hub_person_id',
        label: 'Affluent person ID',
        type: 'string',
        fieldType: 'text',
        hasUniqueValue: true,
        groupName: 'cdp_hub',
      })
      .reply(201, { name: 'hub_person_id' })
    hubspot.get(`${path}/hub_last_synced_at`).reply(200, { type: 'datetime', fieldType: 'date' })
    hubspot.get(`${path}/hub_segments`).reply(200, { type: 'string', fieldType: 'text' })
    expect(await open.connection.action('provision_properties')?.run({})).toEqual({
      created: ['hub_person_id'],
      unchanged: ['hub_last_synced_at', 'hub_segments'],
      drifted: [],
    })
  })
})
