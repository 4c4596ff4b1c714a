import { afterEach, describe, expect, it } from 'vitest'
import {
  add,
  codes,
  connectSalesforce,
  failure,
  keys,
  makeCampaign,
  membersOf,
  openOrg,
  people,
  sessionOf,
  type OpenSandbox,
} from './open-salesforce.ts'

let open: OpenSandbox
afterEach(() => open.sandbox.close())

const contact = (email: string, more: Record<string, string | boolean> = {}): string =>
  open.sandbox.org.insert('Contact', { LastName: 'L', Email: email, ...more }).id
const lead = (email: string, more: Record<string, string | boolean> = {}): string =>
  open.sandbox.org.insert('Lead', { LastName: 'L', Company: 'C', Email: email, ...more }).id
const living = (object: 'Contact' | 'Lead') =>
  [...open.sandbox.org.all(object).values()].filter(({ deleted }) => !deleted)
const lock = { statusCode: 'UNABLE_TO_LOCK_ROW', message: 'unable to obtain exclusive access', fields: [] }

describe('matching', () => {
  it('takes a contact before an unconverted lead, a lead before creating, and makes a lead of who is new', async () => {
    open = await openOrg()
    const [known, other] = [contact('p0@example.com'), lead('P1@example.com')]
    lead('p0@example.com')
    const audience = await makeCampaign(open)
    const outcomes = await add(open, audience, people(3))
    expect(codes(outcomes)).toEqual(['applied', 'applied', 'applied'])
    expect(keys(outcomes).slice(0, 2)).toEqual([known, other])
    expect(open.sandbox.org.get('Lead', keys(outcomes)[2] ?? '')?.fields).toMatchObject({
      Email: 'p2@example.com',
      LastName: '[not provided]',
      Company: '[not provided]',
    })
    expect(membersOf(open, audience)).toEqual(keys(outcomes).toSorted())
  })

  it('finds by our external id before it looks at the address', async () => {
    open = await openOrg()
    const id = contact('old@example.com', { Hub_Person_Id__c: 'p_1' })
    contact('p0@example.com')
    const audience = await makeCampaign(open)
    const record = { fields: { Email: 'p0@example.com', Hub_Person_Id__c: 'P_1' } }
    expect(keys(await add(open, audience, [record]))).toEqual([id])
  })

  it('writes our external id onto the match, and leaves its e-mail and a foreign id alone', async () => {
    open = await openOrg()
    const [mine, theirs] = [contact('p0@example.com'), contact('p1@example.com', { Hub_Person_Id__c: 'x' })]
    const audience = await makeCampaign(open)
    await add(
      open,
      audience,
      people(2).map(({ fields }, index) => ({ fields: { ...fields, Hub_Person_Id__c: `p_${index}` } })),
    )
    expect(open.sandbox.org.get('Contact', mine)?.fields['Hub_Person_Id__c']).toBe('p_0')
    expect(open.sandbox.org.get('Contact', theirs)?.fields['Hub_Person_Id__c']).toBe('x')
  })

  it('B29: twenty parallel first sends of one new address make one person', async () => {
    open = await openOrg()
    const audience = await makeCampaign(open)
    const sends = Array.from({ length: 20 }, () => {
      const other = connectSalesforce(open.sandbox.url, open.clock, { credentials: sessionOf(open.sandbox) })
      return add(other, audience, people(1))
    })
    const outcomes = (await Promise.all(sends)).flat()
    expect(new Set(codes(outcomes))).toEqual(new Set(['applied']))
    expect(living('Lead')).toHaveLength(1)
    expect(membersOf(open, audience)).toHaveLength(1)
  })

  it('of several contacts with one address always takes the oldest', async () => {
    open = await openOrg()
    const oldest = contact('p0@example.com')
    contact('p0@example.com')
    const audience = await makeCampaign(open)
    expect(keys(await add(open, audience, people(1)))).toEqual([oldest])
  })

  it('follows a converted lead to its contact, by address and by id', async () => {
    open = await openOrg()
    const id = lead('p0@example.com')
    const became = open.sandbox.org.convertLead(id, contact('elsewhere@example.com'))
    const audience = await makeCampaign(open)
    expect(keys(await add(open, audience, people(1, { Title: 'CEO' })))).toEqual([became])
    expect(keys(await add(open, audience, [{ key: id, fields: { Title: 'CTO' } }]))).toEqual([became])
    expect(open.sandbox.org.get('Contact', became)?.fields['Title']).toBe('CTO')
    expect(membersOf(open, audience)).toEqual([became])
  })

  it('creates contacts, or nobody, when the settings say so', async () => {
    open = await openOrg({}, { create_people: 'contact' })
    const audience = await makeCampaign(open)
    expect(keys(await add(open, audience, people(1)))[0]).toMatch(/^003/)
    await open.sandbox.close()
    open = await openOrg({}, { create_people: 'never' })
    expect(codes(await add(open, await makeCampaign(open), people(1)))).toEqual(['not_found_on_platform'])
  })

  it('names the external id field where the org lacks it, before it creates anybody', async () => {
    open = await openOrg({ externalIds: [] })
    const audience = await makeCampaign(open)
    const error = await failure(add(open, audience, people(1)))
    expect([error.code, error.params['fields']]).toEqual(['platform.permission_missing', 'Hub_Person_Id__c'])
    expect(living('Lead')).toHaveLength(0)
  })

  it('trap 11: a person id with any letters in it breaks no path', async () => {
    open = await openOrg()
    const audience = await makeCampaign(open)
    const record = { fields: { Email: 'p0@example.com', Hub_Person_Id__c: "a/b?c#d e'f\\" } }
    const first = await add(open, audience, [record])
    expect(codes(first)).toEqual(['applied'])
    expect(keys(await add(open, audience, [record]))).toEqual(keys(first))
  })

  it('trap 28: takes an id of 15 characters for what it is', async () => {
    open = await openOrg()
    const id = contact('p0@example.com')
    const audience = await makeCampaign(open)
    expect(keys(await add(open, audience, [{ key: id.slice(0, 15), fields: {} }]))).toEqual([id])
  })
})

describe('writing', () => {
  it('writes only what differs, so that a second run changes nothing', async () => {
    open = await openOrg()
    contact('p0@example.com', { Title: 'CEO' })
    const audience = await makeCampaign(open)
    await add(open, audience, people(1, { Title: 'CEO' }))
    open.sandbox.ledger.length = 0
    expect(codes(await add(open, audience, people(1, { Title: 'CEO' })))).toEqual(['applied'])
    expect(open.sandbox.ledger).toEqual([])
  })

  it('a known id without fields costs one call', async () => {
    open = await openOrg()
    const id = contact('p0@example.com')
    const audience = await makeCampaign(open)
    expect(codes(await add(open, audience, [{ key: id, fields: { Email: 'p0@example.com' } }]))).toEqual([
      'applied',
    ])
    expect(open.calls).toHaveLength(1)
  })

  it('trap 10: sends 200 records a call, and one refused record harms no neighbour', async () => {
    open = await openOrg()
    const audience = await makeCampaign(open)
    const records = people(450)
    records[137] = { fields: { Email: 'p137@example.com', Title: 'x'.repeat(200) } }
    const outcomes = await add(open, audience, records)
    expect(codes(outcomes).filter((code) => code !== 'applied')).toEqual(['too_long'])
    expect(codes(outcomes)[137]).toBe('too_long')
    expect(open.calls.filter(({ act }) => act === 'creating leads')).toHaveLength(3)
    expect(membersOf(open, audience)).toHaveLength(449)
  })

  it('trap 9: people without an id of ours go with those who have one', async () => {
    open = await openOrg()
    const audience = await makeCampaign(open)
    const [with1, without] = people(2)
    const record = { fields: { ...with1?.fields, Hub_Person_Id__c: 'p_1' } }
    expect(codes(await add(open, audience, [record, ...(without ? [without] : [])]))).toEqual([
      'applied',
      'applied',
    ])
  })

  it('trap 12, B46: a locked row is tried again later, and rows of one account go side by side', async () => {
    open = await openOrg()
    const accounts = ['b', 'a', 'b', 'a'].map((name) => `0015g00000000${name}AAA`.padEnd(18, 'A'))
    accounts.forEach((AccountId, index) => contact(`p${index}@example.com`, { AccountId }))
    const audience = await makeCampaign(open)
    open.sandbox.org.refuse({ object: 'Contact', error: lock })
    const outcomes = await add(open, audience, people(4, { Title: 'CEO' }))
    expect(codes(outcomes).toSorted()).toEqual(['applied', 'applied', 'applied', 'record_locked'])
    expect(outcomes.find(({ status }) => status === 'failed')).toBeDefined()
    const updated = open.sandbox.ledger.filter(
      ({ operation, target }) => operation === 'update' && target === 'Contact',
    )
    const order = updated.map(
      ({ members }) => open.sandbox.org.get('Contact', members[0] ?? '')?.fields['AccountId'],
    )
    expect(order).toEqual(order.map(String).toSorted())
  })

  it('stops sending when the org is full, and loses no record', async () => {
    open = await openOrg()
    const audience = await makeCampaign(open)
    const error = { statusCode: 'STORAGE_LIMIT_EXCEEDED', message: 'storage limit exceeded', fields: [] }
    open.sandbox.org.refuse({ object: 'Lead', error, times: 200 })
    const outcomes = await add(open, audience, people(500))
    expect(new Set(codes(outcomes))).toEqual(new Set(['org_limit_reached']))
    expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(['failed']))
    expect(open.calls.filter(({ act }) => act === 'creating leads')).toHaveLength(1)
  })

  it('adopts somebody whom a duplicate rule or another program created since we looked', async () => {
    open = await openOrg()
    const audience = await makeCampaign(open)
    const id = contact('late@example.com')
    const error = {
      statusCode: 'DUPLICATES_DETECTED',
      message: `Use one of these records? ${id}`,
      fields: [],
    }
    open.sandbox.org.refuse({ object: 'Lead', error })
    const outcomes = await add(open, audience, people(1, { Title: 'CEO' }))
    expect(outcomes).toEqual([{ status: 'applied', key: id }])
    expect(open.sandbox.org.get('Contact', id)?.fields['Title']).toBe('CEO')
  })

  it('never takes an opt-out back', async () => {
    open = await openOrg()
    const id = contact('p0@example.com', { HasOptedOutOfEmail: true })
    const audience = await makeCampaign(open)
    await add(open, audience, people(1, { HasOptedOutOfEmail: false, DoNotCall: true }))
    expect(open.sandbox.org.get('Contact', id)?.fields).toMatchObject({
      HasOptedOutOfEmail: true,
      DoNotCall: true,
    })
  })

  it('trap 26: writes a Person Account through its account', async () => {
    open = await openOrg({ personAccounts: true })
    const account = open.sandbox.org.insert('Account', { Name: 'Ada', IsPersonAccount: true }).id
    const id = contact('p0@example.com', { IsPersonAccount: true, AccountId: account })
    const audience = await makeCampaign(open)
    expect(keys(await add(open, audience, people(1, { FirstName: 'Ada', Title: 'CEO' })))).toEqual([id])
    expect(open.sandbox.org.get('Account', account)?.fields).toMatchObject({
      FirstName: 'Ada',
      PersonTitle: 'CEO',
    })
  })

  it('sends one address that comes twice with equal values once, and rejects it with others', async () => {
    open = await openOrg()
    const audience = await makeCampaign(open)
    const [one] = people(1, { Title: 'CEO' })
    const [other] = people(1, { Title: 'CTO' })
    const outcomes = await add(open, audience, [...(one ? [one, one] : []), ...(other ? [other] : [])])
    expect(codes(outcomes)).toEqual(['applied', 'applied', 'duplicate_identifier'])
    expect(living('Lead')).toHaveLength(1)
  })

  it('above 2,000 rows goes by one job each for people and members, with one outcome per record', async () => {
    open = await openOrg()
    const audience = await makeCampaign(open)
    const records = people(2500)
    records[1234] = { fields: { Email: 'p1234@example.com', Title: 'x'.repeat(200) } }
    const outcomes = await add(open, audience, records)
    expect(codes(outcomes)[1234]).toBe('too_long')
    expect(codes(outcomes).filter((code) => code === 'applied')).toHaveLength(2499)
    expect(keys(outcomes).map((id) => open.sandbox.org.get('Lead', id)?.fields['Email'] ?? '')[2499]).toBe(
      'p2499@example.com',
    )
    expect(open.sandbox.requests.filter(({ path }) => path.endsWith('/jobs/ingest'))).toHaveLength(2)
  })
})
