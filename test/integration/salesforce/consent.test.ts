/** Opt-outs in both directions: fields of people, Individuals, consents of contact points (chapter 2.7). */
import { afterEach, describe, expect, it } from 'vitest'
import type { Outcome } from '../../../core/connector/outcome.ts'
import type { JsonObject } from '../../../core/port/json.ts'
import { codes, destination, failure, never, openOrg, readAll, type OpenSandbox } from './open-salesforce.ts'

let open: OpenSandbox
afterEach(() => open.sandbox.close())

type Fields = Record<string, string | boolean>
const person = (object: 'Contact' | 'Lead', more: Fields = {}): string =>
  open.sandbox.org.insert(object, { LastName: 'L', Company: 'C', Email: 'p0@example.com', ...more }).id
const individual = (more: Fields = {}): string =>
  open.sandbox.org.insert('Individual', { LastName: 'L', ...more }).id
const valueOf = (object: 'Contact' | 'Lead' | 'Individual', id: string, field: string): unknown =>
  open.sandbox.org.get(object, id)?.fields[field]

async function optOut(kind: string, ...emails: string[]): Promise<readonly Outcome[]> {
  const target = destination(open, kind)
  const audience = await target.find({ name: kind.replaceAll('_', ' ').replace('opt out', 'opt-out') })
  if (!audience) throw new Error('no such audience')
  return target.add({ audience, records: emails.map((Email) => ({ fields: { Email } })), signal: never })
}

/** As most orgs are: Data Protection and Privacy is off. */
async function openWithoutIndividuals(config: JsonObject = {}): Promise<void> {
  open = await openOrg({}, config)
  for (const object of ['Individual', 'ContactPointTypeConsent'] as const) open.sandbox.rights.delete(object)
  for (const object of ['Contact', 'Lead'] as const) open.sandbox.org.fieldsOf(object).delete('individualid')
}

describe('reading', () => {
  it('Individuals are a stream of their own, joined by IndividualId, with changes and merges', async () => {
    open = await openOrg()
    const [kept, lost] = [individual(), individual()]
    const contact = person('Contact', { IndividualId: kept })
    const fields = ['Id', 'HasOptedOutSolicit', 'HasOptedOutProcessing', 'ShouldForget']
    const { cursor } = await readAll(open, 'individuals', { fields })
    open.clock.advance(60_000)
    open.sandbox.org.update('Individual', kept, { HasOptedOutSolicit: true })
    open.sandbox.org.remove('Individual', lost, { MasterRecordId: kept })
    const { records } = await readAll(open, 'individuals', { cursor, fields })
    expect(records).toMatchObject([
      {
        externalId: kept,
        mergedIds: [lost],
        fields: { Id: kept, HasOptedOutSolicit: true, ShouldForget: false },
      },
    ])
    const { records: people } = await readAll(open, 'contacts', { fields: ['IndividualId'] })
    expect(people).toMatchObject([{ externalId: contact, fields: { IndividualId: kept } }])
  })

  it('opt-outs of the Individual can be joined to contacts and leads by path', async () => {
    open = await openOrg()
    const id = individual({ HasOptedOutSolicit: true })
    for (const object of ['Contact', 'Lead'] as const) person(object, { IndividualId: id })
    const fields = ['Individual.HasOptedOutSolicit', 'DoNotCall']
    for (const stream of ['contacts', 'leads'])
      expect((await readAll(open, stream, { fields })).records).toMatchObject([
        { fields: { 'Individual.HasOptedOutSolicit': true, DoNotCall: false } },
      ])
  })

  it('consents come apart by e-mail and phone; those of the other kind are gone from a stream', async () => {
    open = await openOrg()
    const consent = (ContactPointType: string, PrivacyConsentStatus: string, more: Fields = {}): string =>
      open.sandbox.org.insert('ContactPointTypeConsent', {
        Name: 'c',
        PartyId: individual(),
        ContactPointType,
        PrivacyConsentStatus,
        ...more,
      }).id
    const ids = {
      email: consent('Email', 'OptOut'),
      phone: consent('Phone', 'OptIn'),
      social: consent('Social', 'OptIn'),
    }
    for (const [stream, id] of [
      ['email_consents', ids.email],
      ['phone_consents', ids.phone],
    ] as const) {
      const { records } = await readAll(open, stream, { fields: ['PartyId', 'PrivacyConsentStatus'] })
      expect(records.filter(({ deleted }) => !deleted).map(({ externalId }) => externalId)).toEqual([id])
    }
  })

  it('an opt-in that has not begun, or that ends, is none; an opt-out always is one', async () => {
    open = await openOrg()
    const consent = (PrivacyConsentStatus: string, more: Fields = {}): void => {
      const fields = { Name: 'c', PartyId: individual(), ContactPointType: 'Email', PrivacyConsentStatus }
      open.sandbox.org.insert('ContactPointTypeConsent', { ...fields, ...more })
    }
    const [past, future] = ['2026-01-01T00:00:00.000+0000', '2027-01-01T00:00:00.000+0000']
    consent('OptIn', { EffectiveFrom: past })
    consent('OptIn', { EffectiveFrom: future })
    consent('OptIn', { EffectiveFrom: past, EffectiveTo: future })
    consent('OptOut', { EffectiveFrom: past, EffectiveTo: past })
    const { records } = await readAll(open, 'email_consents', { fields: ['PrivacyConsentStatus'] })
    expect(records.map(({ deleted, fields }) => (deleted ? 'none' : fields['PrivacyConsentStatus']))).toEqual(
      ['OptIn', 'none', 'none', 'OptOut'],
    )
  })

  it.each(['individuals', 'email_consents', 'phone_consents'])(
    'an org without %s says what to switch on, and its contacts are read all the same',
    async (stream) => {
      await openWithoutIndividuals()
      person('Contact')
      const error = await failure(readAll(open, stream, { fields: ['Id'] }))
      expect(error.code).toBe('platform.permission_missing')
      expect(error.params['remedy']).toMatch(/Setup › Data Protection and Privacy/)
      expect((await readAll(open, 'contacts')).records).toHaveLength(1)
    },
  )

  it('a consent whose status is hidden stops the stream: none of them would stand', async () => {
    open = await openOrg()
    open.sandbox.org.fieldsOf('ContactPointTypeConsent').delete('privacyconsentstatus')
    const error = await failure(readAll(open, 'email_consents', { fields: ['PartyId'] }))
    expect([error.code, error.params['fields']]).toEqual([
      'platform.permission_missing',
      'PrivacyConsentStatus',
    ])
  })
})

describe('call_opt_out', () => {
  it('sets Do Not Call on every contact and lead of the address, and leaves e-mail alone', async () => {
    open = await openOrg()
    const [contact, lead] = [person('Contact'), person('Lead')]
    expect(codes(await optOut('call_opt_out', 'P0@example.com', 'nobody@example.com'))).toEqual([
      'applied',
      'not_found_on_platform',
    ])
    expect([valueOf('Contact', contact, 'DoNotCall'), valueOf('Lead', lead, 'DoNotCall')]).toEqual([
      true,
      true,
    ])
    expect(valueOf('Contact', contact, 'HasOptedOutOfEmail')).toBeUndefined()
  })

  it('trap 26: goes through the account of a Person Account', async () => {
    open = await openOrg({ personAccounts: true })
    const AccountId = open.sandbox.org.insert('Account', { Name: 'P' }).id
    person('Contact', { AccountId, IsPersonAccount: true })
    await optOut('call_opt_out', 'p0@example.com')
    expect(open.sandbox.org.get('Account', AccountId)?.fields['PersonDoNotCall']).toBe(true)
  })
})

describe('solicit_opt_out', () => {
  it('marks the Individuals of contacts and leads, each once, and does nothing the second time', async () => {
    open = await openOrg()
    const shared = individual()
    person('Contact', { IndividualId: shared })
    person('Lead', { IndividualId: shared })
    expect(codes(await optOut('solicit_opt_out', 'p0@example.com'))).toEqual(['applied'])
    expect(valueOf('Individual', shared, 'HasOptedOutSolicit')).toBe(true)
    const before = open.sandbox.ledger.length
    expect(codes(await optOut('solicit_opt_out', 'p0@example.com'))).toEqual(['applied'])
    expect(open.sandbox.ledger).toHaveLength(before)
  })

  it('rejects an address of which one record has no Individual: that one would go on being written to', async () => {
    open = await openOrg()
    const linked = individual()
    person('Contact', { IndividualId: linked })
    person('Lead')
    const [outcome] = await optOut('solicit_opt_out', 'p0@example.com')
    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'no_individual' } })
    expect(valueOf('Individual', linked, 'HasOptedOutSolicit')).toBe(true)
  })

  it('a locked Individual makes the address fail, to be tried again', async () => {
    open = await openOrg()
    person('Contact', { IndividualId: individual() })
    const error = {
      statusCode: 'UNABLE_TO_LOCK_ROW',
      message: 'unable to obtain exclusive access',
      fields: [],
    }
    open.sandbox.org.refuse({ object: 'Individual', error })
    expect(await optOut('solicit_opt_out', 'p0@example.com')).toMatchObject([{ status: 'failed' }])
  })

  it('an org without Individuals says what to switch on, and nothing is lost', async () => {
    await openWithoutIndividuals()
    person('Contact')
    const error = await failure(optOut('solicit_opt_out', 'p0@example.com'))
    expect(error.code).toBe('platform.permission_missing')
    expect(error.params['remedy']).toMatch(/Data Protection and Privacy/)
  })
})

describe('erasure "forget"', () => {
  it('fails, and says so, where one of the records has no Individual that could be marked', async () => {
    open = await openOrg({}, { erasure: 'forget' })
    const linked = individual()
    const contact = person('Contact', { IndividualId: linked, Hub_Person_Id__c: 'p_0' })
    const lead = person('Lead')
    const outcome = await open.connection.erase?.({ keys: [contact, lead], sent: [] })
    expect(outcome).toMatchObject({
      status: 'failed',
      message: expect.stringMatching(/1 of them have no Individual/),
    })
    expect(valueOf('Individual', linked, 'ShouldForget')).toBe(true)
    expect(valueOf('Contact', contact, 'Hub_Person_Id__c')).toBeNull()
  })

  it('is told by the connection test where the org has no Individuals; other settings do not need them', async () => {
    await openWithoutIndividuals({ erasure: 'forget' })
    const failed = (await open.connection.test()).filter(({ ok }) => !ok)
    expect(failed.map(({ name }) => name)).toEqual(['Individual (needed for "erasure": "forget")'])
    await open.sandbox.close()
    await openWithoutIndividuals()
    expect((await open.connection.test()).every(({ ok }) => ok)).toBe(true)
  })
})
