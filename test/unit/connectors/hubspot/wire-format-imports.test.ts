/** What imports send over the wire (platform notes 1.4, and the vendor's guide of the import API). */
import nock from 'nock'
import { beforeEach, describe, expect, it } from 'vitest'
import { connectHubspot, never } from '../../../integration/hubspot/open-hubspot.ts'
import { createFixedClock } from '../../../support/fixed-clock.ts'
import { nockNetwork } from '../../../support/nocked-network.ts'

const host = 'https://api.hubapi.com'
const token = 'pat-eu1-of-a-test'
const audience = { externalId: '77', name: 'Big spenders' }
const records = [
  { fields: { hub_person_id: 'p_1', email: 'a@example.com', city: 'Saint-Étienne, "là"' } },
  { fields: { hub_person_id: 'p_2', email: 'b@example.com' } },
]

let hubspot: nock.Scope
nockNetwork()
beforeEach(() => {
  hubspot = nock(host, { reqheaders: { authorization: `Bearer ${token}` } })
  hubspot.get('/account-info/2026-03/details').reply(200, { portalId: 5 })
})

function open() {
  const { list } = connectHubspot(host, createFixedClock('2026-11-22T10:00:00Z'), {
    access_token: token,
    import_above: 1,
  })
  return list
}

describe('imports', () => {
  it('start: multipart POST with the request as JSON and the file as CSV', async () => {
    const names = ['hub_person_id', 'email', 'city']
    hubspot
      .get('/crm/properties/2026-09/contacts')
      .reply(200, { results: names.map((name) => ({ name, type: 'string' })) })
    hubspot.get('/crm/imports/2026-09').query({ limit: '100' }).reply(200, { results: [] })
    let sent = ''
    let contentType = ''
    hubspot
      .post('/crm/imports/2026-09', (body) => {
        sent = String(body)
        return true
      })
      .reply(200, function () {
        contentType = String(this.req.headers['content-type'])
        return { id: '42', state: 'STARTED', importName: 'x' }
      })
    const outcomes = await open().add({ audience, records, signal: never })
    const accepted = { status: 'accepted', job: '42' }
    expect(outcomes).toEqual([accepted, accepted])
    const boundary = /^multipart\/form-data; boundary=(.+)$/.exec(contentType)?.[1] ?? '?'
    const [, request = '', file = ''] = sent.split(`--${boundary}`)
    const [head = '', json = ''] = request.split('\r\n\r\n')
    expect(head.trim()).toBe('Content-Disposition: form-data; name="importRequest"')
    expect(JSON.parse(json)).toEqual({
      name: expect.stringMatching(/^Affluent crm [0-9a-f]{16}$/),
      importOperations: { '0-1': 'UPSERT' },
      dateFormat: 'YEAR_MONTH_DAY',
      marketableContactImport: false,
      createContactListFromImport: false,
      files: [
        {
          fileName: 'contacts.csv',
          fileFormat: 'CSV',
          fileImportPage: {
            hasHeader: true,
            columnMappings: [
              {
                columnObjectTypeId: '0-1',
                columnName: 'hub_person_id',
                propertyName: 'hub_person_id',
                columnType: 'HUBSPOT_ALTERNATE_ID',
              },
              { columnObjectTypeId: '0-1', columnName: 'email', propertyName: 'email' },
              { columnObjectTypeId: '0-1', columnName: 'city', propertyName: 'city' },
            ],
          },
        },
      ],
    })
    expect(file).toBe(
      '\r\nContent-Disposition: form-data; name="files"; filename="contacts.csv"\r\nContent-Type: text/csv\r\n\r\n' +
        '"hub_person_id","email","city"\r\n"p_1","a@example.com","Saint-Étienne, ""là"""\r\n"p_2","b@example.com",""\r\n\r\n',
    )
  })

  it('end: GET the state, GET the errors with rows and words, look the contacts up, one PUT to the list', async () => {
    hubspot.get('/crm/imports/2026-09/42').reply(200, { id: '42', state: 'DONE' })
    hubspot
      .get('/crm/imports/2026-09/42/errors')
      .query({ limit: '100', includeErrorMessage: 'true', includeRowData: 'true' })
      .reply(200, {
        results: [
          {
            id: '1',
            createdAt: 5,
            errorType: 'INVALID_EMAIL',
            errorMessage: 'b@example.com is bad',
            sourceData: { lineNumber: 3, rowData: ['p_2', 'b@example.com', ''], fileId: 1 },
          },
        ],
      })
    hubspot
      .post('/crm/objects/2026-09/contacts/batch/read', {
        inputs: [{ id: 'p_1' }],
        properties: ['email', 'hs_additional_emails', 'hs_merged_object_ids', 'hub_person_id'],
        idProperty: 'hub_person_id',
      })
      .reply(200, { results: [{ id: '900', properties: { hub_person_id: 'p_1' } }] })
    hubspot
      .put('/crm/lists/2026-03/77/memberships/add', ['900'])
      .reply(200, { recordsIdsAdded: ['900'], recordIdsRemoved: [], recordIdsMissing: [] })
    const state = await open().readJob?.('42', { audience, signal: never, read: async () => records })
    expect(state).toEqual({
      status: 'done',
      rejected: [],
      outcomes: [
        { status: 'applied', key: '900' },
        { status: 'rejected', reason: { code: 'invalid_email', message: '<email> is bad' } },
      ],
    })
  })
})
