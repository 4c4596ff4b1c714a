import { afterEach, describe, expect, it } from 'vitest'
import type { Audience } from '../../../core/connector/destination.ts'
import {
  add,
  codes,
  connectHubspot,
  keys,
  makeList,
  openSandbox,
  people,
  statuses,
  type OpenSandbox,
} from './open-hubspot.ts'

let open: OpenSandbox
afterEach(() => open.sandbox.close())

const members = (audience: Audience): string[] =>
  [...(open.sandbox.lists.get(audience.externalId)?.members.keys() ?? [])].sort()
const emailsOf = (ids: readonly string[]): (string | undefined)[] =>
  ids.map((id) => open.sandbox.contacts.get(id)?.properties['email'])
const requestsTo = (ending: string): number =>
  open.sandbox.requests.filter(({ path }) => path.endsWith(ending)).length

describe('add', () => {
  it('creates contacts that are missing and puts all on the list', async () => {
    open = await openSandbox({ contacts: [{ id: '900', properties: { email: 'p1@example.com' } }] })
    const audience = await makeList(open)
    const outcomes = await add(open, audience, people(3, { firstname: 'Ada' }))
    expect(statuses(outcomes)).toEqual(['applied', 'applied', 'applied'])
    expect(emailsOf(keys(outcomes))).toEqual(['p0@example.com', 'p1@example.com', 'p2@example.com'])
    expect(members(audience)).toEqual(keys(outcomes).toSorted())
    expect(open.sandbox.contacts.get('900')?.properties['firstname']).toBe('Ada')
  })

  it('trap 16: ten thousand records are looked up and written by hundreds and added in one call', async () => {
    open = await openSandbox()
    const audience = await makeList(open)
    const outcomes = await add(open, audience, people(10_000))
    expect(new Set(statuses(outcomes))).toEqual(new Set(['applied']))
    expect(members(audience)).toHaveLength(10_000)
    expect([requestsTo('/batch/read'), requestsTo('/batch/upsert'), requestsTo('/memberships/add')]).toEqual([
      100, 100, 1,
    ])
  })

  it('B49: a record with a known id and no fields costs one membership call, however many lists there are', async () => {
    open = await openSandbox({ contacts: [{ id: '900', properties: { email: 'a@example.com' } }] })
    for (let index = 0; index < 1200; index += 1) open.sandbox.lists.create(`Other ${index}`, 'MANUAL')
    const audience = await makeList(open)
    open.calls.length = 0
    expect(statuses(await add(open, audience, [{ key: '900', fields: { email: 'a@example.com' } }]))).toEqual(
      ['applied'],
    )
    expect(open.calls).toHaveLength(1)
  })

  it('writes fields of a known contact by id and leaves its e-mail alone', async () => {
    open = await openSandbox({
      contacts: [{ id: '900', properties: { email: 'old@example.com', city: 'Lille' } }],
    })
    const audience = await makeList(open)
    const fields = { email: 'new@example.com', city: 'Nantes', phone: null }
    expect(statuses(await add(open, audience, [{ key: '900', fields }]))).toEqual(['applied'])
    expect(open.sandbox.contacts.get('900')?.properties).toEqual({ email: 'old@example.com', city: 'Nantes' })
    expect(requestsTo('/batch/upsert')).toBe(0)
  })

  it('skips who is a member already, and tells the key', async () => {
    open = await openSandbox()
    const audience = await makeList(open)
    const first = await add(open, audience, people(2))
    const again = await add(open, audience, people(2))
    expect(codes(again)).toEqual(['already_member', 'already_member'])
    expect(keys(again)).toEqual(keys(first))
  })

  it('trap 22: reads the vendor’s spelling recordsIdsAdded, so new members are applied and old ones skipped', async () => {
    open = await openSandbox()
    const audience = await makeList(open)
    const [first] = await add(open, audience, people(1))
    const mixed = people(2).map((record, index) =>
      index === 0 && first && 'key' in first && first.key !== undefined
        ? { ...record, key: first.key }
        : record,
    )
    expect(statuses(await add(open, audience, mixed))).toEqual(['skipped', 'applied'])
  })

  it('B47: an id that HubSpot does not have is rejected and its neighbours are added', async () => {
    open = await openSandbox({ contacts: [{ id: '900', properties: {} }] })
    const audience = await makeList(open)
    const outcomes = await add(open, audience, [
      { key: '900', fields: {} },
      { key: '999999', fields: {} },
      { key: 'not-a-number', fields: {} },
    ])
    expect(codes(outcomes)).toEqual(['applied', 'not_found_on_platform', 'invalid_identifier'])
  })

  it('follows a merge: a former id leads to the surviving contact, for its fields and its membership', async () => {
    open = await openSandbox({
      contacts: [
        { id: '900', properties: { email: 'a@example.com' } },
        { id: '901', properties: { email: 'b@example.com' } },
      ],
    })
    const survivor = open.sandbox.contacts.merge('900', '901')
    const audience = await makeList(open)
    const outcomes = await add(open, audience, [{ key: '901', fields: { city: 'Brest' } }])
    expect(outcomes).toEqual([{ status: 'applied', key: survivor.id }])
    expect(open.sandbox.contacts.get(survivor.id)?.properties['city']).toBe('Brest')
    const other = await makeList(open, 'Without fields')
    expect(await add(open, other, [{ key: '900', fields: {} }])).toEqual([
      { status: 'applied', key: survivor.id },
    ])
  })

  it('finds a person by a secondary address and creates nobody', async () => {
    open = await openSandbox({
      contacts: [
        { id: '900', properties: { email: 'main@example.com', hs_additional_emails: 'p0@example.com' } },
      ],
    })
    const audience = await makeList(open)
    expect(await add(open, audience, people(1, { city: 'Lille' }))).toEqual([
      { status: 'applied', key: '900' },
    ])
    expect(requestsTo('/batch/upsert')).toBe(0)
    expect(open.sandbox.contacts.all.size).toBe(1)
  })

  it('B29: twenty parallel first sends of one new address make one contact', async () => {
    open = await openSandbox()
    const audience = await makeList(open)
    const sends = Array.from({ length: 20 }, () =>
      add(connectHubspot(open.sandbox.url, open.clock), audience, people(1, { city: 'Lille' })),
    )
    const outcomes = (await Promise.all(sends)).flat()
    expect(open.sandbox.contacts.all.size).toBe(1)
    expect(new Set(keys(outcomes)).size).toBe(1)
    expect(members(audience)).toHaveLength(1)
  })

  it('adopts a contact that appeared between the look-up and the write', async () => {
    open = await openSandbox({ uniqueProperties: ['hub_person_id'] })
    const audience = await makeList(open)
    open.sandbox.faults.add({
      kind: 'reply',
      match: /batch\/read$/,
      reply: { status: 200, body: { status: 'COMPLETE', results: [] } },
    })
    open.sandbox.contacts.create({ email: 'p0@example.com' }, { id: '777' })
    const outcomes = await add(open, audience, people(1, { hub_person_id: 'p_0', city: 'Lille' }))
    expect(outcomes).toEqual([{ status: 'applied', key: '777' }])
    expect(open.sandbox.contacts.get('777')?.properties).toMatchObject({
      hub_person_id: 'p_0',
      city: 'Lille',
    })
    expect(open.sandbox.contacts.all.size).toBe(1)
  })

  it('sends one address that comes twice with equal values once, and rejects it with others', async () => {
    open = await openSandbox()
    const audience = await makeList(open)
    const outcomes = await add(open, audience, [
      { fields: { email: 'a@example.com', city: 'Lille' } },
      { fields: { email: 'A@example.com ', city: 'Lille' } },
      { fields: { email: 'a@example.com', city: 'Nantes' } },
    ])
    expect(codes(outcomes)).toEqual(['applied', 'applied', 'duplicate_identifier'])
    expect(open.sandbox.contacts.all.size).toBe(1)
  })

  it('N32: poison values are rejected here and harm nobody', async () => {
    open = await openSandbox()
    const audience = await makeList(open)
    const outcomes = await add(open, audience, [
      ...people(1),
      { fields: { email: 'b@example.com', city: 'a\uD800' } },
      { fields: { email: 'c@example.com', city: 'x'.repeat(70_000) } },
      { fields: { email: 'not an address' } },
      { fields: { city: 'Lille' } },
      { fields: { email: 'f@example.com' } },
    ])
    expect(codes(outcomes)).toEqual([
      'applied',
      'invalid_value',
      'invalid_value',
      'invalid_email',
      'missing_identifier',
      'applied',
    ])
  })

  it('never empties a value of HubSpot’s because the hub has none', async () => {
    open = await openSandbox({
      contacts: [{ id: '900', properties: { email: 'p0@example.com', phone: '1' } }],
    })
    const audience = await makeList(open)
    await add(open, audience, people(1, { phone: null, city: 'Lille' }))
    expect(open.sandbox.contacts.get('900')?.properties).toMatchObject({ phone: '1', city: 'Lille' })
  })
})
