/**
 * What goes over the wire, call by call: method, path, query, headers and body as the vendor documents them. Intercepted below
 * jsforce: its requests go through the hub's own fetch.
 */
import nock from 'nock'
import { beforeEach, describe, expect, it } from 'vitest'
import {
  codes,
  connectSalesforce,
  destination,
  readAll,
  type OpenSalesforce,
} from '../../../integration/salesforce/open-salesforce.ts'
import { createFixedClock } from '../../../support/fixed-clock.ts'
import { nockNetwork } from '../../../support/nocked-network.ts'

const host = 'https://acme.my.salesforce.com'
const data = '/services/data/v67.0'
const never = new AbortController().signal
const audience = { externalId: '7015g0000000001AAA', name: 'Big spenders' }
const ids = { contact: '0035g0000000001AAA', lead: '00Q5g0000000001AAA' }
const field = (name: string, more: object = {}) => ({
  name,
  type: 'string',
  createable: true,
  updateable: true,
  ...more,
})
const personFields = [
  ...['Id', 'Email', 'IsDeleted', 'MasterRecordId', 'Title', 'SystemModstamp'].map((name) => field(name)),
  field('Hub_Person_Id__c', { externalId: true }),
]

let open: OpenSalesforce
let org: nock.Scope

nockNetwork()
beforeEach(() => {
  org = nock(host, {
    reqheaders: { authorization: 'Bearer 00D!token', 'sforce-call-options': 'client=affluent' },
  })
  const grant = { accessToken: '00D!token', expiresAt: null, facts: { instance_url: host } }
  open = connectSalesforce(host, createFixedClock('2026-11-22T10:00:00Z', { autoAdvance: true }), {
    credentials: { current: async () => grant },
  })
})

const describes = (): void => {
  for (const object of ['Contact', 'Lead'])
    org.get(`${data}/sobjects/${object}/describe`).reply(200, { name: object, fields: personFields })
}
const saved = (id: string) => [{ id, success: true, errors: [] }]
const page = (records: object[]) => ({ totalSize: records.length, done: true, records })

describe('reading', () => {
  it('first by queryAll in the order of the stamp, then from ten minutes before the start of that read', async () => {
    const date = 'Sun, 22 Nov 2026 10:00:00 GMT'
    org
      .get(`${data}/sobjects/Contact/describe`)
      .reply(200, { name: 'Contact', fields: personFields }, { date, 'last-modified': date })
    org
      .get(`${data}/query`)
      .query({ q: 'SELECT COUNT() FROM Contact' })
      .reply(200, { totalSize: 1, done: true, records: [] })
    const select = 'SELECT Id, SystemModstamp, IsDeleted, MasterRecordId, Email FROM Contact'
    const order = 'ORDER BY SystemModstamp, Id'
    const row = {
      attributes: { type: 'Contact' },
      Id: ids.contact,
      SystemModstamp: '2026-11-20T10:00:00.000+0000',
      IsDeleted: false,
      MasterRecordId: null,
      Email: 'a@b.co',
    }
    org
      .get(`${data}/queryAll`)
      .query({ q: `${select} ${order}` })
      .reply(200, page([row]))
    const { records, cursor } = await readAll(open, 'contacts')
    expect(records).toEqual([
      {
        externalId: ids.contact,
        versionAt: Date.parse('2026-11-20T10:00:00Z'),
        deleted: false,
        fields: { Email: 'a@b.co' },
      },
    ])
    org
      .get(`${data}/sobjects/Contact/describe`)
      .matchHeader('if-modified-since', date)
      .reply(304, '', { date })
    const since = 'WHERE SystemModstamp >= 2026-11-22T09:50:00.000Z'
    org
      .get(`${data}/queryAll`)
      .query({ q: `${select} ${since} ${order}` })
      .reply(200, page([]))
    expect((await readAll(open, 'contacts', { cursor })).records).toEqual([])
  })
})

describe('the campaign', () => {
  it('find by id and by name, create, size', async () => {
    const campaigns = destination(open, 'campaign')
    const row = { Id: audience.externalId, Name: audience.name }
    org
      .get(`${data}/query`)
      .query({ q: `SELECT Id, Name, IsActive FROM Campaign WHERE Id = '${audience.externalId}'` })
      .reply(200, page([row]))
    expect(await campaigns.find(audience)).toMatchObject(audience)
    org
      .get(`${data}/query`)
      .query({
        q: "SELECT Id, Name, IsActive FROM Campaign WHERE Name = 'Big spenders' AND Type = 'Hub audience'",
      })
      .reply(200, page([]))
    expect(await campaigns.find({ name: audience.name })).toBeNull()
    org
      .post(`${data}/sobjects/Campaign`, { Name: 'Big spenders', Type: 'Hub audience', IsActive: true })
      .matchHeader('content-type', 'application/json')
      .reply(201, { id: audience.externalId, success: true, errors: [] })
    expect((await campaigns.create?.({ name: audience.name }))?.externalId).toBe(audience.externalId)
    org
      .get(`${data}/query`)
      .query({ q: `SELECT COUNT() FROM CampaignMember WHERE CampaignId = '${audience.externalId}'` })
      .reply(200, { totalSize: 3, done: true, records: [] })
    expect(await campaigns.readSize?.(audience)).toEqual({ atLeast: 3, atMost: 3 })
  })

  it('add: look in contacts, then in leads, upsert under the external id, put on the campaign', async () => {
    describes()
    const select = 'SELECT Id, Email, IsDeleted, MasterRecordId, Hub_Person_Id__c, Title'
    for (const object of ['Contact', 'Lead'])
      org
        .get(`${data}/query`)
        .query({ q: `${select} FROM ${object} WHERE Email IN ('a@b.co') OR Hub_Person_Id__c IN ('p_1')` })
        .reply(200, page([]))
    org
      .patch(`${data}/composite/sobjects/Lead/Hub_Person_Id__c`, {
        allOrNone: false,
        records: [
          {
            attributes: { type: 'Lead' },
            LastName: '[not provided]',
            Company: '[not provided]',
            Title: 'CEO',
            Email: 'a@b.co',
            Hub_Person_Id__c: 'p_1',
          },
        ],
      })
      .matchHeader('sforce-duplicate-rule-header', 'allowSave=true')
      .matchHeader('sforce-auto-assign', 'false')
      .reply(200, saved(ids.lead))
    org
      .post(`${data}/composite/sobjects`, {
        allOrNone: false,
        records: [
          { attributes: { type: 'CampaignMember' }, CampaignId: audience.externalId, LeadId: ids.lead },
        ],
      })
      .reply(200, saved('00v5g0000000001AAA'))
    const records = [{ fields: { Email: 'a@b.co', Hub_Person_Id__c: 'p_1', Title: 'CEO' } }]
    expect(await destination(open, 'campaign').add({ audience, records, signal: never })).toEqual([
      { status: 'applied', key: ids.lead },
    ])
  })

  it('update: by id, and only what differs', async () => {
    describes()
    const select = 'SELECT Id, Email, IsDeleted, MasterRecordId, Hub_Person_Id__c, Title'
    org
      .get(`${data}/queryAll`)
      .query({ q: `${select} FROM Contact WHERE Id IN ('${ids.contact}')` })
      .reply(200, page([{ Id: ids.contact, Email: 'a@b.co', IsDeleted: false, Title: 'CTO' }]))
    org
      .patch(`${data}/composite/sobjects`, {
        allOrNone: false,
        records: [{ attributes: { type: 'Contact' }, Id: ids.contact, Title: 'CEO' }],
      })
      .reply(200, saved(ids.contact))
    const records = [{ key: ids.contact, fields: { Title: 'CEO' } }]
    const target = destination(open, 'contact_fields')
    expect(codes(await target.add({ audience, records, signal: never }))).toEqual(['applied'])
  })

  it('remove: the rows of the members, then their deletion by id', async () => {
    const head = `SELECT Id, ContactId, LeadId FROM CampaignMember WHERE CampaignId = '${audience.externalId}'`
    org
      .get(`${data}/query`)
      .query({ q: `${head} AND ContactId IN ('${ids.contact}')` })
      .reply(200, page([{ Id: '00v5g0000000001AAA', ContactId: ids.contact, LeadId: null }]))
    org
      .delete(`${data}/composite/sobjects`)
      .query({ ids: '00v5g0000000001AAA', allOrNone: 'false' })
      .reply(200, saved('00v5g0000000001AAA'))
    const records = [{ key: ids.contact, fields: {} }]
    const outcomes = await destination(open, 'campaign').remove?.({ audience, records, signal: never })
    expect(outcomes).toEqual([{ status: 'applied', key: ids.contact }])
  })

  it('a bulk job: create, put CSV, close, poll, read what came of each row', async () => {
    const job = `${data}/jobs/ingest/7505g0000000001AAA`
    const rows = Array.from({ length: 2001 }, (_, index) => `0035g${String(index).padStart(10, '0')}AAA`)
    org
      .post(`${data}/jobs/ingest`, {
        object: 'CampaignMember',
        operation: 'insert',
        contentType: 'CSV',
        lineEnding: 'LF',
        columnDelimiter: 'COMMA',
      })
      .reply(200, { id: '7505g0000000001AAA', state: 'Open' })
    const csv = `"CampaignId","ContactId"\n${rows.map((id) => `"${audience.externalId}","${id}"\n`).join('')}`
    org.put(`${job}/batches`, csv).matchHeader('content-type', 'text/csv; charset=UTF-8').reply(201)
    org
      .patch(job, { state: 'UploadComplete' })
      .reply(200, { id: '7505g0000000001AAA', state: 'UploadComplete' })
    org.get(job).reply(200, { id: '7505g0000000001AAA', state: 'InProgress' })
    org.get(job).reply(200, { id: '7505g0000000001AAA', state: 'JobComplete' })
    const text = { 'content-type': 'text/csv' }
    const done = rows.slice(2).map((id) => `"00v5g0000000001AAA","true","${audience.externalId}","${id}"\n`)
    org
      .get(`${job}/successfulResults`)
      .reply(200, `"sf__Id","sf__Created","CampaignId","ContactId"\n${done.join('')}`, text)
    const failed = `"","UNABLE_TO_LOCK_ROW:unable to obtain exclusive access: retry:--","${audience.externalId}","${rows[1] ?? ''}"\n`
    org
      .get(`${job}/failedResults`)
      .reply(200, `"sf__Id","sf__Error","CampaignId","ContactId"\n${failed}`, text)
    const records = rows.map((key) => ({ key, fields: {} }))
    const outcomes = await destination(open, 'campaign').add({ audience, records, signal: never })
    expect(codes(outcomes).slice(0, 3)).toEqual(['rolled_back', 'record_locked', 'applied'])
    expect(new Set(codes(outcomes).slice(2))).toEqual(new Set(['applied']))
  })
})

describe('transport', () => {
  it('sends each request once: a refusal is not repeated by jsforce, and no token stands in an address (trap 20)', async () => {
    const addresses: string[] = []
    org.on('request', (_request, interceptor: { path: string }) => addresses.push(interceptor.path))
    org.get(`${data}/sobjects/Contact/describe`).reply(503, '<html>Maintenance</html>')
    await expect(readAll(open, 'contacts')).rejects.toMatchObject({ code: 'platform.transient' })
    expect(addresses.join(' ')).not.toContain('token')
  })

  it('follows no redirect, which would carry the token elsewhere', async () => {
    org
      .get(`${data}/sobjects/Contact/describe`)
      .reply(302, '', { location: 'https://elsewhere.example.com/' })
    await expect(readAll(open, 'contacts')).rejects.toMatchObject({ code: 'platform.transient' })
  })
})
