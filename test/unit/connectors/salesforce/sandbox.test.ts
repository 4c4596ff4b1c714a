/**
 * The sandbox against the platform notes (chapter 2), spoken to by plain requests and not by the connector, so that both cannot
 * share a mistake. Each test names the part of the chapter it holds the sandbox to.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  startSalesforceSandbox,
  type SalesforceSandbox,
  type SalesforceSandboxOptions,
} from '../../../../connectors/salesforce/sandbox/salesforce-sandbox.ts'
import { createFixedClock, type FixedClock } from '../../../support/fixed-clock.ts'

interface RawAnswer {
  readonly status: number
  readonly headers: Headers
  // oxlint-disable-next-line typescript/no-explicit-any -- answers of many shapes, looked at field by field
  readonly body: any
}

let clock: FixedClock
let sandbox: SalesforceSandbox
let bearer: string

async function start(options: Partial<SalesforceSandboxOptions> = {}): Promise<void> {
  clock = createFixedClock('2026-11-22T10:00:00Z')
  sandbox = await startSalesforceSandbox({ clock, ...options })
  bearer = sandbox.tokens.openSession()
}

async function send(method: string, path: string, body?: unknown): Promise<RawAnswer> {
  const isForm = body instanceof URLSearchParams
  const text = typeof body === 'string' || isForm ? body : JSON.stringify(body)
  const response = await fetch(
    sandbox.url + (path.startsWith('/services') ? path : `/services/data/v67.0${path}`),
    {
      method,
      headers: { authorization: `Bearer ${bearer}`, ...(!isForm && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: text }),
    },
  )
  const answer = await response.text()
  const isJson = response.headers.get('content-type')?.includes('json')
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(answer) : answer }
}

const soql = (text: string, all = false): Promise<RawAnswer> =>
  send('GET', `/query${all ? 'All' : ''}?q=${encodeURIComponent(text)}`)
const collection = (records: readonly object[]) => ({ allOrNone: false, records })
const lead = (fields: object) => ({ attributes: { type: 'Lead' }, LastName: 'L', Company: 'C', ...fields })
const upsertPath = '/composite/sobjects/Lead/Hub_Person_Id__c'

const form = (more: Record<string, string>) =>
  new URLSearchParams({ client_id: 'consumer-key', client_secret: 'consumer-secret', ...more })

const seed = (count: number) => {
  for (let index = 0; index < count; index += 1)
    sandbox.org.insert('Contact', { LastName: `L${index}`, Email: `C${index}@example.com` })
}

const refresh = (token: string) =>
  send('POST', '/services/oauth2/token', form({ grant_type: 'refresh_token', refresh_token: token }))

beforeEach(() => start())
afterEach(() => sandbox.close())

describe('2.1 auth', () => {
  it('rotation: the answer carries a new refresh token; re-using the old one deletes the current one and its sessions', async () => {
    const first = sandbox.tokens.authorise()
    const { body } = await refresh(first)
    expect(body).toMatchObject({
      token_type: 'Bearer',
      instance_url: sandbox.url,
      scope: 'refresh_token api',
    })
    expect(body.expires_in).toBeUndefined()
    bearer = body.access_token
    expect((await send('GET', '/limits')).status).toBe(200)
    expect(await refresh(first)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
    expect(await refresh(body.refresh_token)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
    expect((await send('GET', '/limits')).body).toEqual([
      { errorCode: 'INVALID_SESSION_ID', message: 'Session expired or invalid', fields: [] },
    ])
  })

  it('a session ends after two hours without use, and slides while it is used', async () => {
    clock.advance(119 * 60_000)
    expect((await send('GET', '/limits')).status).toBe(200)
    clock.advance(119 * 60_000)
    expect((await send('GET', '/limits')).status).toBe(200)
    clock.advance(120 * 60_000)
    expect((await send('GET', '/limits')).status).toBe(401)
  })

  it('30 days without use kill a refresh token; revoking kills it at once', async () => {
    const [idle, revoked] = [sandbox.tokens.authorise(), sandbox.tokens.authorise()]
    await send('POST', '/services/oauth2/revoke', new URLSearchParams({ token: revoked }))
    expect((await refresh(revoked)).status).toBe(400)
    clock.advance(31 * 86_400_000)
    expect((await refresh(idle)).status).toBe(400)
  })
})

describe('2.3 read', () => {
  it('pages have 2,000 rows, the next one by nextRecordsUrl; a cursor lives two days', async () => {
    seed(2001)
    const { body } = await soql('SELECT Id FROM Contact ORDER BY SystemModstamp, Id')
    expect(body).toMatchObject({ done: false, totalSize: 2001 })
    expect(body.records).toHaveLength(2000)
    expect((await send('GET', body.nextRecordsUrl)).body).toMatchObject({ done: true, records: [{}] })
    const again = (await soql('SELECT Id FROM Contact')).body.nextRecordsUrl
    clock.advance(2 * 86_400_000 + 1)
    bearer = sandbox.tokens.openSession()
    expect((await send('GET', again)).body[0].errorCode).toBe('INVALID_QUERY_LOCATOR')
  })

  it('conditions: keyset by stamp and id, lists without their case, counts', async () => {
    seed(5)
    const [, second = ''] = sandbox.org.all('Contact').keys()
    const stamp = '2026-11-22T10:00:00.000Z'
    const after = await soql(
      `SELECT Id FROM Contact WHERE (SystemModstamp > ${stamp} OR (SystemModstamp = ${stamp} AND Id > '${second}')) ORDER BY SystemModstamp, Id`,
    )
    expect(after.body.records).toHaveLength(3)
    const found = await soql(`SELECT Email FROM Contact WHERE Email IN ('c1@EXAMPLE.com', 'x')`)
    expect(found.body.records).toMatchObject([{ Email: 'C1@example.com' }])
    expect((await soql('SELECT COUNT() FROM Contact')).body).toEqual({
      totalSize: 5,
      done: true,
      records: [],
    })
  })

  it('deleted rows are shown by queryAll only; losers of a merge point to their survivor', async () => {
    seed(2)
    const [winner = '', loser = ''] = sandbox.org.all('Contact').keys()
    sandbox.org.merge('Contact', winner, loser)
    const text = 'SELECT Id, IsDeleted, MasterRecordId FROM Contact ORDER BY Id'
    expect((await soql(text)).body.records).toHaveLength(1)
    expect((await soql(text, true)).body.records[1]).toMatchObject({
      Id: loser,
      IsDeleted: true,
      MasterRecordId: winner,
    })
  })

  it.each([
    ['SELECT Nope FROM Contact', 'INVALID_FIELD'],
    ['SELECT Id FROM Nope', 'INVALID_TYPE'],
    ['SELECT Id FROM Contact WHERE', 'MALFORMED_QUERY'],
    ["SELECT Id FROM Contact WHERE Email = 'a' b'", 'MALFORMED_QUERY'],
  ])('%s is %s', async (text, errorCode) => {
    expect(await soql(text)).toMatchObject({ status: 400, body: [{ errorCode }] })
  })

  it('address and headers above 16,384 bytes are refused', async () => {
    expect((await soql(`SELECT Id FROM Contact WHERE LastName = '${'x'.repeat(16_384)}'`)).status).toBe(431)
  })

  it('describe answers 304 to If-Modified-Since; a field without field-level security is simply missing', async () => {
    const first = await send('GET', '/sobjects/Contact/describe')
    expect(first.body.fields.map((field: { name: string }) => field.name)).toContain('Hub_Person_Id__c')
    const since = first.headers.get('last-modified') ?? ''
    const address = `${sandbox.url}/services/data/v67.0/sobjects/Contact/describe`
    const headers = { authorization: `Bearer ${bearer}`, 'if-modified-since': since }
    expect((await fetch(address, { headers })).status).toBe(304)
    sandbox.org.fieldsOf('Contact').delete('title')
    expect((await fetch(address, { headers })).status).toBe(200)
  })

  it('a bulk query answers CSV by pages, the locator "null" at the end; compound fields are refused', async () => {
    seed(3)
    const job = await send('POST', '/jobs/query', {
      operation: 'query',
      query: 'SELECT Id, Email FROM Contact',
    })
    expect((await send('GET', `/jobs/query/${job.body.id}`)).body.state).toBe('InProgress')
    clock.advance(3000)
    expect((await send('GET', `/jobs/query/${job.body.id}`)).body.state).toBe('JobComplete')
    const page = await send('GET', `/jobs/query/${job.body.id}/results?maxRecords=2`)
    expect(page.headers.get('sforce-numberofrecords')).toBe('2')
    const locator = page.headers.get('sforce-locator') ?? ''
    const last = await send('GET', `/jobs/query/${job.body.id}/results?maxRecords=2&locator=${locator}`)
    expect(last.headers.get('sforce-locator')).toBe('null')
    expect(last.body.split('\n')[0]).toBe('Id,Email')
    const query = 'SELECT MailingAddress FROM Contact'
    expect((await send('POST', '/jobs/query', { operation: 'query', query })).status).toBe(400)
  })
})

describe('2.4 write', () => {
  it('collections answer in input order, each record for itself; 201 are too many', async () => {
    const records = [
      lead({ Hub_Person_Id__c: 'a' }),
      lead({ Hub_Person_Id__c: 'b', Email: 'no address' }),
      lead({ Hub_Person_Id__c: 'c' }),
    ]
    const { body } = await send('PATCH', upsertPath, collection(records))
    expect(body.map((result: { success: boolean }) => result.success)).toEqual([true, false, true])
    expect(body[1].errors).toMatchObject([{ statusCode: 'INVALID_EMAIL_ADDRESS', fields: ['Email'] }])
    const many = collection(Array.from({ length: 201 }, (_, index) => lead({ Hub_Person_Id__c: `${index}` })))
    expect((await send('PATCH', upsertPath, many)).status).toBe(400)
  })

  it('a key that comes twice in one call is refused; the field is unique without its case', async () => {
    const twice = [lead({ Hub_Person_Id__c: 'a' }), lead({ Hub_Person_Id__c: 'A' })]
    const { body } = await send('PATCH', upsertPath, collection(twice))
    expect(body[0].errors[0].message).toContain('Duplicate external id specified')
    const first = await send('PATCH', upsertPath, collection([lead({ Hub_Person_Id__c: 'b' })]))
    const second = await send('PATCH', upsertPath, collection([lead({ Hub_Person_Id__c: 'B' })]))
    expect([first.body[0].created, second.body[0].created]).toEqual([true, false])
  })

  it('single upsert: 201 created, 200 updated, 300 when several rows match, 404 when it is no external id', async () => {
    const path = '/sobjects/Lead/Hub_Person_Id__c/a'
    const fields = { LastName: 'L', Company: 'C' }
    expect((await send('PATCH', path, fields)).status).toBe(201)
    expect((await send('PATCH', path, fields)).status).toBe(200)
    sandbox.org.insert('Lead', { ...fields, Hub_Person_Id__c: 'a' })
    expect((await send('PATCH', path, fields)).status).toBe(300)
    expect((await send('PATCH', '/sobjects/Lead/Email/a', fields)).status).toBe(404)
  })

  it('a campaign member exists once: DUPLICATE_VALUE carries the existing id', async () => {
    const campaign = sandbox.org.insert('Campaign', { Name: 'N' }).id
    const contact = sandbox.org.insert('Contact', { LastName: 'L' }).id
    const member = { attributes: { type: 'CampaignMember' }, CampaignId: campaign, ContactId: contact }
    const first = await send('POST', '/composite/sobjects', collection([member]))
    const second = await send('POST', '/composite/sobjects', collection([member]))
    expect(second.body[0].errors[0]).toMatchObject({ statusCode: 'DUPLICATE_VALUE' })
    expect(second.body[0].errors[0].message).toContain(first.body[0].id)
  })

  it('a converted lead is read-only, a deleted row is gone, an id of nobody is a wrong reference', async () => {
    const id = sandbox.org.insert('Lead', { LastName: 'L', Company: 'C' }).id
    const gone = sandbox.org.insert('Lead', { LastName: 'L', Company: 'C' }).id
    sandbox.org.convertLead(id)
    sandbox.org.remove('Lead', gone)
    const records = [id, gone, '00Q5g00000zzzzzAAA', 'x'].map((Id) => ({
      attributes: { type: 'Lead' },
      Id,
      Title: 't',
    }))
    const { body } = await send('PATCH', '/composite/sobjects', collection(records))
    expect(body.map((result: { errors: { statusCode: string }[] }) => result.errors[0]?.statusCode)).toEqual([
      'CANNOT_UPDATE_CONVERTED_LEAD',
      'ENTITY_IS_DELETED',
      'INVALID_CROSS_REFERENCE_KEY',
      'MALFORMED_ID',
    ])
  })

  it('bulk ingest: open, one upload, UploadComplete, poll; results carry our columns, in another order', async () => {
    const settings = { object: 'Lead', operation: 'upsert', externalIdFieldName: 'Hub_Person_Id__c' }
    const path = `/jobs/ingest/${(await send('POST', '/jobs/ingest', settings)).body.id}`
    const csv = 'Hub_Person_Id__c,LastName,Company,Email\na,L,C,\nb,L,"C, ""x""",no address\nc,L,C,\n'
    expect((await send('PUT', `${path}/batches`, csv)).status).toBe(201)
    await send('PATCH', path, { state: 'UploadComplete' })
    expect((await send('PUT', `${path}/batches`, csv)).status).toBe(400)
    expect((await send('GET', path)).body.state).not.toBe('JobComplete')
    clock.advance(3000)
    expect((await send('GET', path)).body.state).toBe('JobComplete')
    const good = (await send('GET', `${path}/successfulResults`)).body.split('\n')
    expect(good[0]).toBe('sf__Id,sf__Created,Hub_Person_Id__c,LastName,Company,Email')
    expect(good[1]).toContain(',true,c,')
    const bad = (await send('GET', `${path}/failedResults`)).body
    expect(bad).toContain('INVALID_EMAIL_ADDRESS:Email: invalid email address: no address:Email --')
  })
})

describe('2.5 limits', () => {
  it('tells the use of the rolling day in each answer, and refuses with 403 and no Retry-After', async () => {
    await sandbox.close()
    await start({ limits: { daily: 2 } })
    expect((await send('GET', '/sobjects')).headers.get('sforce-limit-info')).toBe('api-usage=1/2')
    await send('GET', '/sobjects')
    const refused = await send('GET', '/sobjects')
    expect(refused).toMatchObject({
      status: 403,
      body: [{ errorCode: 'REQUEST_LIMIT_EXCEEDED', message: 'TotalRequests Limit exceeded.' }],
    })
    expect(refused.headers.get('retry-after')).toBeNull()
    clock.advance(86_400_000 + 60_000)
    bearer = sandbox.tokens.openSession()
    expect((await send('GET', '/sobjects')).status).toBe(200)
  })

  it('keeps a ledger of what it accepted', async () => {
    await send('POST', '/sobjects/Campaign', { Name: 'N' })
    await send('POST', '/sobjects/Campaign', {})
    expect(sandbox.ledger).toMatchObject([{ operation: 'create', target: 'Campaign' }])
  })
})
