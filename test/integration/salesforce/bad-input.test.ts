/**
 * What admins and users do to an org behind the hub's back: each has an error of its own that says what the admin must do, and no
 * record is lost.
 */
import { afterEach, describe, expect, it } from 'vitest'
import type { FieldDefinition } from '../../../connectors/salesforce/sandbox/object-definitions.ts'
import type { ObjectName } from '../../../connectors/salesforce/sandbox/record-id.ts'
import {
  add,
  codes,
  destination,
  failure,
  makeCampaign,
  membersOf,
  openOrg,
  people,
  readAll,
  type OpenSandbox,
} from './open-salesforce.ts'

let open: OpenSandbox
afterEach(() => open.sandbox.close())

const contact = (email: string, more: Record<string, string | number> = {}): string =>
  open.sandbox.org.insert('Contact', { LastName: 'L', Email: email, ...more }).id

const option = (value: string) => ({ value, active: true })

/** An admin changes a field; descriptions are asked for anew a quarter of an hour later. */
function changeField(object: ObjectName, name: string, change: Partial<FieldDefinition> | 'remove'): void {
  const fields = open.sandbox.org.fieldsOf(object)
  const before = fields.get(name.toLowerCase())
  fields.delete(name.toLowerCase())
  if (change !== 'remove' && before) {
    const after = { ...before, ...change }
    fields.set(after.name.toLowerCase(), after)
  }
  open.clock.advance(16 * 60_000)
}

describe('a drifted schema, reading', () => {
  it.each(['remove', { name: 'Score_New__c' }] as const)(
    'a mapped field that was removed or renamed (%o) is named, and the read goes on from its cursor once it is mapped anew',
    async (change) => {
      open = await openOrg()
      contact('p0@example.com')
      const { cursor } = await readAll(open, 'contacts', { fields: ['Email', 'Score__c'] })
      changeField('Contact', 'Score__c', change)
      const id = contact('p1@example.com')
      const error = await failure(readAll(open, 'contacts', { cursor, fields: ['Email', 'Score__c'] }))
      expect([error.code, error.params['fields']]).toEqual(['platform.permission_missing', 'Score__c'])
      expect(error.params['remedy']).toMatch(/Check the names in the mapping/)
      const { records } = await readAll(open, 'contacts', { cursor })
      expect(records.map(({ externalId }) => externalId)).toContain(id)
    },
  )

  it('a field of another type gives its new values, and an option that was added comes through', async () => {
    open = await openOrg()
    const id = contact('p0@example.com', { Score__c: 7 })
    const fields = ['Score__c', 'Title']
    const { cursor } = await readAll(open, 'contacts', { fields })
    changeField('Contact', 'Score__c', { type: 'string', length: 20 })
    changeField('Contact', 'Title', { type: 'picklist', picklistValues: [{ value: 'New', active: true }] })
    open.sandbox.org.update('Contact', id, { Score__c: 'seven', Title: 'New' })
    const { records } = await readAll(open, 'contacts', { cursor, fields })
    expect(records.at(-1)?.fields).toEqual({ Score__c: 'seven', Title: 'New' })
  })
})

describe('a drifted schema, writing', () => {
  it('a field that was removed is named before anything is sent', async () => {
    open = await openOrg()
    const audience = await makeCampaign(open)
    await add(open, audience, people(1, { Score__c: 1 }))
    changeField('Contact', 'Score__c', 'remove')
    changeField('Lead', 'Score__c', 'remove')
    const before = open.sandbox.ledger.length
    const error = await failure(add(open, audience, people(2, { Score__c: 2 })))
    expect([error.code, error.params['fields']]).toEqual(['platform.permission_missing', 'Score__c'])
    expect(open.sandbox.ledger).toHaveLength(before)
  })

  it('a field of another type rejects the values that it cannot hold, by name, and no neighbour', async () => {
    open = await openOrg()
    const known = contact('p0@example.com')
    const audience = await makeCampaign(open)
    changeField('Contact', 'Title', { type: 'int', length: 0 })
    changeField('Lead', 'Title', { type: 'int', length: 0 })
    const records = [
      { fields: { Email: 'p0@example.com', Title: 'CEO' } },
      { fields: { Email: 'p1@example.com', Title: 'CEO' } },
      { fields: { Email: 'p2@example.com', Title: '43' } },
    ]
    const outcomes = await add(open, audience, records)
    expect(codes(outcomes)).toEqual(['wrong_type', 'wrong_type', 'applied'])
    expect(outcomes[0]).toMatchObject({
      reason: { message: expect.stringMatching(/Contact\.Title is of type int/) },
    })
    expect(membersOf(open, audience)).not.toContain(known)
    const [lead] = [...open.sandbox.org.all('Lead').values()].filter(
      ({ fields }) => fields['Title'] !== undefined,
    )
    expect(lead?.fields['Title']).toBe(43)
  })

  it('an option that is none is rejected with the field, and is taken once it was added', async () => {
    open = await openOrg()
    const audience = await makeCampaign(open)
    const shape = { type: 'picklist', restrictedPicklist: true } as const
    changeField('Lead', 'Title', { ...shape, picklistValues: [option('CTO')] })
    const records = [
      { fields: { Email: 'p0@example.com', Title: 'CEO' } },
      { fields: { Email: 'p1@example.com', Title: 'CTO' } },
    ]
    expect(codes(await add(open, audience, records))).toEqual(['invalid_option', 'applied'])
    changeField('Lead', 'Title', { ...shape, picklistValues: [option('CTO'), option('CEO')] })
    expect(codes(await add(open, audience, records))).toEqual(['applied', 'applied'])
  })

  it('an external id field that is none any more says so, and creates nobody twice', async () => {
    open = await openOrg()
    const audience = await makeCampaign(open)
    changeField('Lead', 'Hub_Person_Id__c', { externalId: false })
    const error = await failure(add(open, audience, people(1)))
    expect(error.code).toBe('platform.permission_missing')
    expect(error.params['remedy']).toMatch(/Make Lead\.Hub_Person_Id__c an External ID again/)
    expect(open.sandbox.org.all('Lead').size).toBe(0)
  })
})

describe('reduced rights', () => {
  it('an object that the user may not see any more is named, with the repair', async () => {
    open = await openOrg()
    open.sandbox.rights.get('Opportunity')?.clear()
    const error = await failure(readAll(open, 'opportunities', { fields: ['Name'] }))
    expect(error.code).toBe('platform.permission_missing')
    expect(error.params['remedy']).toMatch(/Grant read access to Opportunity/)
  })

  it('a field that was hidden although its object counts as unchanged is refused once, and then named', async () => {
    open = await openOrg()
    await readAll(open, 'contacts', { fields: ['Score__c'] })
    open.sandbox.org.fieldsOf('Contact').delete('score__c')
    open.sandbox.faults.add({ kind: 'reply', match: /Contact\/describe/, reply: { status: 304 } })
    const refused = await failure(readAll(open, 'contacts', { fields: ['Score__c'] }))
    expect([refused.code, refused.params['error_code']]).toEqual([
      'platform.permission_missing',
      'INVALID_FIELD',
    ])
    const named = await failure(readAll(open, 'contacts', { fields: ['Score__c'] }))
    expect([named.code, named.params['fields']]).toEqual(['platform.permission_missing', 'Score__c'])
  })

  it('a field that was made read-only is named before anything is sent', async () => {
    open = await openOrg()
    contact('p0@example.com')
    const audience = await makeCampaign(open)
    changeField('Contact', 'Title', { updateable: false })
    const error = await failure(add(open, audience, people(1, { Title: 'CEO' })))
    expect([error.code, error.params['fields']]).toEqual(['platform.permission_missing', 'Title'])
  })
})

describe('a campaign that somebody', () => {
  it('closed is unusable, and says how to open it again', async () => {
    open = await openOrg()
    const audience = await makeCampaign(open)
    open.sandbox.org.update('Campaign', audience.externalId, { IsActive: false })
    const error = await failure(destination(open, 'campaign').find(audience))
    expect(error.code).toBe('platform.audience_unusable')
    expect(error.params['remedy']).toMatch(/Set the campaign to Active/)
    const byName = await failure(destination(open, 'campaign').find({ name: audience.name }))
    expect(byName.code).toBe('platform.audience_unusable')
  })

  it('deleted while it was written to blames no person for it', async () => {
    open = await openOrg()
    const audience = await makeCampaign(open)
    open.sandbox.org.remove('Campaign', audience.externalId)
    const error = await failure(add(open, audience, people(2)))
    expect([error.code, error.params['said']]).toEqual([
      'platform.audience_unusable',
      'the campaign was deleted',
    ])
    expect(error.params['remedy']).toMatch(/recycle bin/)
  })
})
