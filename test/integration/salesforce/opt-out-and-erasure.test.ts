import { afterEach, describe, expect, it } from 'vitest'
import type { Outcome } from '../../../core/connector/outcome.ts'
import {
  add,
  codes,
  destination,
  failure,
  keys,
  makeCampaign,
  membersOf,
  never,
  openOrg,
  people,
  type OpenSandbox,
} from './open-salesforce.ts'

let open: OpenSandbox
afterEach(() => open.sandbox.close())

const person = (
  object: 'Contact' | 'Lead',
  email: string,
  more: Record<string, string | boolean> = {},
): string => open.sandbox.org.insert(object, { LastName: 'L', Company: 'C', Email: email, ...more }).id
const isOut = (object: 'Contact' | 'Lead', id: string): unknown =>
  open.sandbox.org.get(object, id)?.fields['HasOptedOutOfEmail']

const optOut = async (...emails: string[]): Promise<readonly Outcome[]> => {
  const target = destination(open, 'email_opt_out')
  const audience = await target.find({ name: 'email opt-out' })
  if (!audience) throw new Error('no opt-out audience')
  return target.add({ audience, records: emails.map((Email) => ({ fields: { Email } })), signal: never })
}

const erase = async (config: Record<string, string> = {}) => {
  open = await openOrg({}, config)
  const individual = open.sandbox.org.insert('Individual', { LastName: 'L' }).id
  const id = person('Contact', 'p0@example.com', { Hub_Person_Id__c: 'p_0', IndividualId: individual })
  const foreign = open.sandbox.org.insert('Campaign', { Name: 'Webinar', Type: 'Webinar' }).id
  open.sandbox.org.insert('CampaignMember', { CampaignId: foreign, ContactId: id })
  const audience = await makeCampaign(open)
  await add(open, audience, people(1))
  const outcome = await open.connection.erase?.({ keys: [], sent: [{ Email: 'p0@example.com' }] })
  return { outcome, id, individual, audience, foreign }
}

describe('email_opt_out', () => {
  it('opts out every contact and every lead of the address', async () => {
    open = await openOrg()
    const contacts = [person('Contact', 'a@example.com'), person('Contact', 'A@example.com')]
    const lead = person('Lead', 'a@example.com')
    expect(codes(await optOut('a@example.com'))).toEqual(['applied'])
    expect([...contacts.map((id) => isOut('Contact', id)), isOut('Lead', lead)]).toEqual([true, true, true])
  })

  it('opts out the contact that a lead of the address became', async () => {
    open = await openOrg()
    const lead = person('Lead', 'a@example.com')
    const contact = open.sandbox.org.convertLead(lead, person('Contact', 'b@example.com'))
    expect(codes(await optOut('a@example.com'))).toEqual(['applied'])
    expect(isOut('Contact', contact)).toBe(true)
  })

  it('opts out the person of a Person Account through the account', async () => {
    open = await openOrg({ personAccounts: true })
    const account = open.sandbox.org.insert('Account', { Name: 'Ada', IsPersonAccount: true }).id
    person('Contact', 'a@example.com', { IsPersonAccount: true, AccountId: account })
    await optOut('a@example.com')
    expect(open.sandbox.org.get('Account', account)?.fields['PersonHasOptedOutOfEmail']).toBe(true)
  })

  it('one record that could not be opted out makes the address fail', async () => {
    open = await openOrg()
    person('Contact', 'a@example.com')
    person('Contact', 'a@example.com')
    open.sandbox.org.refuse({
      object: 'Contact',
      error: { statusCode: 'UNABLE_TO_LOCK_ROW', message: 'locked', fields: [] },
    })
    expect(await optOut('a@example.com')).toMatchObject([{ status: 'failed' }])
  })

  it('writes nothing for who is out already, and skips whom nobody knows', async () => {
    open = await openOrg()
    person('Contact', 'a@example.com', { HasOptedOutOfEmail: true })
    open.sandbox.ledger.length = 0
    const outcomes = await optOut('a@example.com', 'nobody@example.com')
    expect(outcomes.map(({ status }) => status)).toEqual(['applied', 'skipped'])
    expect(open.sandbox.ledger).toEqual([])
  })

  it('stops before anything is lost when the user may not see the field', async () => {
    open = await openOrg()
    open.sandbox.org.fieldsOf('Lead').delete('hasoptedoutofemail')
    expect((await failure(optOut('a@example.com'))).params['fields']).toBe('HasOptedOutOfEmail')
  })
})

describe('contact_fields', () => {
  it('writes fields of people and puts nobody on a campaign', async () => {
    open = await openOrg()
    const id = person('Contact', 'p0@example.com')
    const target = destination(open, 'contact_fields')
    const audience = { externalId: 'people', name: 'people' }
    const outcomes = await target.add({ audience, records: people(2, { Title: 'CEO' }), signal: never })
    expect(codes(outcomes)).toEqual(['applied', 'applied'])
    expect(open.sandbox.org.get('Contact', id)?.fields['Title']).toBe('CEO')
    expect(open.sandbox.org.get('Lead', keys(outcomes)[1] ?? '')?.fields['Title']).toBe('CEO')
    expect(open.sandbox.org.all('CampaignMember').size).toBe(0)
  })

  it('names a field that neither contacts nor leads have', async () => {
    open = await openOrg()
    const audience = { externalId: 'people', name: 'people' }
    const records = people(1, { Shoe_Size__c: 43 })
    const error = await failure(destination(open, 'contact_fields').add({ audience, records, signal: never }))
    expect([error.code, error.params['fields']]).toEqual(['platform.permission_missing', 'Shoe_Size__c'])
  })
})

describe('erasing a person', () => {
  it('by default takes the person off our campaigns and blanks our field, no more', async () => {
    const { outcome, id, audience, foreign } = await erase()
    expect(outcome?.status).toBe('removed_from_audiences')
    expect(membersOf(open, audience)).toEqual([])
    expect(membersOf(open, { externalId: foreign, name: '' })).toEqual([id])
    expect(open.sandbox.org.get('Contact', id)).toMatchObject({
      deleted: false,
      fields: { Hub_Person_Id__c: null },
    })
  })

  it('"forget" marks the linked Individual', async () => {
    const { individual } = await erase({ erasure: 'forget' })
    expect(open.sandbox.org.get('Individual', individual)?.fields['ShouldForget']).toBe(true)
  })

  it('"delete" deletes the record, and a second time finds nobody', async () => {
    const { outcome, id } = await erase({ erasure: 'delete' })
    expect(outcome?.status).toBe('erased')
    expect(open.sandbox.org.get('Contact', id)?.deleted).toBe(true)
    expect((await open.connection.erase?.({ keys: [id], sent: [] }))?.status).toBe('not_found')
  })
})
