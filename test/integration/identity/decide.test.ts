import { afterEach, describe, expect, it } from 'vitest'
import type { IdentityStore } from '../../../core/port/identity-store.ts'
import { createIdentityStore } from '../../../hub-server/warehouse/identity-store.ts'
import {
  aMapping,
  anIdentity,
  aProfileStore,
  aRecord,
  aSchema,
  ordersMapping,
  type TestStore,
} from '../profile-store/a-profile-store.ts'

let open: TestStore[] = []
afterEach(() => {
  for (const { duckdb } of open) duckdb.close()
  open = []
})

interface People extends TestStore {
  readonly people: IdentityStore
}

async function aPeopleStore(rules: Parameters<typeof anIdentity>[0] = {}): Promise<People> {
  const identity = anIdentity(rules)
  const store = await aProfileStore(aSchema({}), ':memory:', identity)
  open.push(store)
  const { duckdb, clock } = store
  return { ...store, people: createIdentityStore({ duckdb, clock, schema: aSchema({}), identity }) }
}

const settled = (): Promise<void> => Promise.resolve()
const mappings = [aMapping(), ordersMapping]

/** Two people without a common identifier; the second one has an order. */
async function twoPeople(): Promise<People> {
  const store = await aPeopleStore()
  await store.write([
    aRecord('1', { email: 'ada@shop.example', first_name: 'Ada', newsletter: 'yes' }),
    aRecord('2', { email: 'a.byron@shop.example', first_name: 'Adda', country: 'FR', newsletter: 'no' }),
  ])
  await store.write([aRecord('o1', { email: 'a.byron@shop.example', at: '2026-01-05', amount: 9 })], {
    stream: 'orders',
  })
  await store.refresh(mappings)
  return store
}

const consentOf = async ({ store }: People, person: string) =>
  (await store.findProfile(person))?.consents.find(({ channel }) => channel === 'email')?.status

describe('a merge by hand', () => {
  it('can be looked at without happening', async () => {
    const store = await twoPeople()
    const before = await store.partition()
    const preview = await store.duckdb.dryRun(() =>
      store.people.merge('p_1', 'a.byron@shop.example', settled),
    )
    expect(preview.before.map(({ profile }) => profile.profileId)).toEqual(['p_1', 'p_2'])
    expect(preview.after.map(({ profile }) => profile.profileId)).toEqual(['p_1'])
    expect(preview.after[0]?.profile.traits['country']?.externalId).toBe('2')
    expect(await store.partition()).toEqual(before)
  })

  it('brings records, events and the stricter consent together, and survives a full rebuild', async () => {
    const store = await twoPeople()
    await store.people.merge('p_1', 'p_2', settled)
    const merged = await store.store.findProfile('p_2')
    expect(merged).toMatchObject({ profileId: 'p_1', events: 1 })
    expect(await consentOf(store, 'p_1')).toBe('denied')
    await store.duckdb.run(`DELETE FROM normalised_stream`)
    await store.refresh(mappings)
    expect(await store.partition()).toEqual({ 'shop/1': 'p_1', 'shop/2': 'p_1' })
  })

  it('is undone by an unmerge: both sides come back with their events and consents, and never together again', async () => {
    const store = await twoPeople()
    const before = await Promise.all(['p_1', 'p_2'].map((id) => store.store.findProfile(id)))
    await store.people.merge('p_1', 'p_2', settled)
    const change = await store.people.unmerge('p_1', ['shop/contacts/1'], settled)
    expect(change.after.map(({ profile }) => profile.profileId)).toEqual(['p_1', 'p_2'])
    expect(await Promise.all(['p_1', 'p_2'].map((id) => store.store.findProfile(id)))).toEqual(before)
    await store.write([aRecord('2', { email: 'ada@shop.example' }, { versionAt: Date.UTC(2026, 1, 1) })])
    await store.refresh(mappings)
    expect(await store.partition()).toEqual({ 'shop/1': 'p_1', 'shop/2': 'p_2' })
  })

  it('outranks an earlier unmerge, and limits', async () => {
    const store = await aPeopleStore({ identifiers: { email: { limit: 1 } } })
    await store.write([aRecord('1', { email: 'a@shop.example' }), aRecord('2', { email: 'b@shop.example' })])
    await store.refresh()
    await store.people.merge('p_1', 'p_2', settled)
    await store.people.unmerge('p_1', [], settled)
    expect(new Set(Object.values(await store.partition())).size).toBe(2)
    await store.people.merge('p_1', 'p_2', settled)
    expect(new Set(Object.values(await store.partition())).size).toBe(1)
  })

  it('of merges ends, in a ring too, and a second one of the same two is refused', async () => {
    const store = await aPeopleStore()
    await store.write(['1', '2', '3'].map((id) => aRecord(id, { customer_id: `c${id}` })))
    await store.refresh()
    await store.people.merge('p_1', 'p_2', settled)
    await store.people.merge('p_2', 'p_3', settled)
    await expect(store.people.merge('p_3', 'p_1', settled)).rejects.toMatchObject({
      code: 'identity.same_profile',
    })
    expect(await store.store.findProfile('p_3')).toMatchObject({ profileId: 'p_1' })
    await expect(store.people.merge('p_1', 'nobody@shop.example', settled)).rejects.toMatchObject({
      code: 'run.profile_unknown',
    })
  })
})

describe('an unmerge', () => {
  it('takes one record out of a shared mailbox, also when a further record arrives', async () => {
    const store = await aPeopleStore()
    await store.write(
      ['1', '2', '3'].map((id) => aRecord(id, { email: 'family@shop.example', first_name: id })),
    )
    await store.refresh()
    await store.people.unmerge('p_1', ['shop/contacts/2'], settled)
    expect(await store.partition()).toEqual({ 'shop/1': 'p_1', 'shop/2': 'p_2', 'shop/3': 'p_1' })
    await store.write([aRecord('4', { email: 'family@shop.example' })])
    await store.refresh()
    expect(await store.partition()).toMatchObject({
      'shop/1': 'p_1',
      'shop/2': 'p_2',
      'shop/3': 'p_1',
      'shop/4': 'p_1',
    })
  })

  it('refuses records that the profile does not have, or all of them', async () => {
    const store = await aPeopleStore()
    await store.write(['1', '2'].map((id) => aRecord(id, { email: 'family@shop.example' })))
    await store.refresh()
    for (const [records, code] of [
      [['shop/contacts/9'], 'identity.no_such_record'],
      [['shop/contacts/1', 'shop/contacts/2'], 'identity.choose_records'],
    ] as const)
      await expect(store.people.unmerge('p_1', records, settled)).rejects.toMatchObject({ code })
  })

  it('gives each side the events that tell its identifiers, also of people known from events alone', async () => {
    const store = await aPeopleStore()
    const shared = { phone: '+33142685300' }
    await store.write([
      aRecord('1', { ...shared, email: 'ada@shop.example' }),
      aRecord('2', { ...shared, email: 'ralph@shop.example' }),
    ])
    const orders = ['ada', 'ralph', 'ralph'].map((name, at) =>
      aRecord(`o${at}`, { email: `${name}@shop.example`, at: '2026-01-05', amount: 1 }),
    )
    await store.write(orders, { stream: 'orders' })
    await store.refresh(mappings)
    const eventsOf = async (person: string) => (await store.store.findProfile(person))?.events
    expect(await eventsOf('p_1')).toBe(3)
    await store.people.unmerge('p_1', [], settled)
    expect([await eventsOf('ada@shop.example'), await eventsOf('ralph@shop.example')]).toEqual([1, 2])
    await store.duckdb.run(`DELETE FROM normalised_stream`)
    await store.refresh(mappings)
    expect([await eventsOf('ada@shop.example'), await eventsOf('ralph@shop.example')]).toEqual([1, 2])
    expect(await store.partition()).toEqual({ 'shop/1': 'p_1', 'shop/2': 'p_2' })
  })
})

describe('a person', () => {
  it('is shown with why their records are together, and what joins nobody', async () => {
    const store = await aPeopleStore({ identifiers: { phone: { blocked: ['+33142*'] } } })
    await store.write([
      aRecord('1', { email: 'ada@shop.example', phone: '+33142685300' }),
      aRecord('2', { email: 'ada@shop.example', phone: '+33142685300' }),
      aRecord('3', { email: 'аda@shop.example' }),
    ])
    await store.refresh()
    const view = await store.people.show('ada@shop.example')
    expect(view?.reasons).toEqual([
      {
        left: { connection: 'shop', stream: 'contacts', externalId: '1' },
        right: { connection: 'shop', stream: 'contacts', externalId: '2' },
        by: 'identifier',
        kind: 'email',
        value: 'ada@shop.example',
      },
    ])
    expect(view?.dead).toEqual([{ kind: 'phone', value: '+33142685300', reason: 'blocked', holders: 2 }])
    expect(view?.lookalikes[0]?.addresses).toEqual([
      { address: 'ada@shop.example', profileId: 'p_1' },
      { address: 'аda@shop.example', profileId: 'p_3' },
    ])
    expect(await store.people.lookalikes(5)).toEqual(view?.lookalikes)
    expect(await store.people.show('nobody@shop.example')).toBeUndefined()
  })
})

describe('rules that would merge everybody', () => {
  it('are refused with the size of the largest profile, and nothing of it remains', async () => {
    const store = await aPeopleStore({ order: ['customer_id'] })
    await store.write(
      Array.from({ length: 90 }, (_, at) =>
        aRecord(String(at), { customer_id: ['FR', 'DE', 'ES'][at % 3] ?? '' }),
      ),
    )
    await expect(store.refresh()).rejects.toMatchObject({
      code: 'identity.merges_everything',
      params: { largest: 30, records: 90, kind: 'customer_id', values: 1 },
    })
    expect(await store.partition()).toEqual({})
  })
})
