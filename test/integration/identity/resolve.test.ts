import { afterEach, describe, expect, it } from 'vitest'
import type { SurvivorshipRule } from '../../../core/manifest/identity.ts'
import {
  aMapping,
  anIdentity,
  aProfileStore,
  aRecord,
  aSchema,
  ordersMapping,
  useProfileStore,
  type TestStore,
} from '../profile-store/a-profile-store.ts'

let open: TestStore[] = []
afterEach(() => {
  for (const { duckdb } of open) duckdb.close()
  open = []
})

async function aStore(identity?: Parameters<typeof anIdentity>[0]): Promise<TestStore> {
  const store = await aProfileStore(aSchema({}), ':memory:', identity && anIdentity(identity))
  open.push(store)
  return store
}

async function profilesOf(store: TestStore): Promise<number> {
  return new Set(Object.values(await store.partition())).size
}

describe('a blocked value', () => {
  it('joins nobody, and stays on the record', async () => {
    const store = await aStore({ identifiers: { email: { blocked: ['Info@*'] } } })
    await store.write([
      aRecord('1', { email: 'info@shop.example' }),
      aRecord('2', { email: 'INFO@shop.example' }),
      aRecord('3', { email: 'ada@shop.example' }),
      aRecord('4', { email: ' Ada@shop.example' }),
    ])
    await store.refresh()
    expect(await store.partition()).toEqual({
      'shop/1': 'p_1',
      'shop/2': 'p_2',
      'shop/3': 'p_3',
      'shop/4': 'p_3',
    })
    const view = await store.store.findProfile('p_1')
    expect(view?.identifiers.map(({ value }) => value)).toEqual(['info@shop.example'])
  })
})

describe('a shared value', () => {
  const shared = { identifiers: { phone: { shared_by: 2 } } }
  const desk = '+33142685300'

  it('joins nobody from one holder too many on, and joins again when a holder goes', async () => {
    const store = await aStore(shared)
    await store.write([aRecord('1', { phone: desk }), aRecord('2', { phone: desk })])
    await store.refresh()
    expect(await profilesOf(store)).toBe(1)
    await store.write([aRecord('3', { phone: desk, customer_id: 'c3' })])
    await store.refresh()
    expect(await profilesOf(store)).toBe(3)
    await store.write([
      aRecord('3', { phone: '+33142685301', customer_id: 'c3' }, { versionAt: Date.UTC(2026, 1, 1) }),
    ])
    await store.refresh()
    expect(await store.partition()).toEqual({ 'shop/1': 'p_1', 'shop/2': 'p_1', 'shop/3': 'p_3' })
  })

  it('counts a person known from events as one holder, whatever they do further', async () => {
    const { store, write, refresh } = await aStore({ identifiers: { email: { shared_by: 2 } } })
    const mappings = [aMapping(), ordersMapping]
    const email = 'desk@shop.example'
    const order = (id: string) => write([aRecord(id, { email, at: '2026-01-01' })], { stream: 'orders' })
    await write([aRecord('1', { email, first_name: 'Ada' })])
    await order('o1')
    await refresh(mappings)
    await order('o2')
    await write([aRecord('1', { email, first_name: 'Ada L.' }, { versionAt: Date.UTC(2026, 1, 1) })])
    await refresh(mappings)
    expect(await store.counts()).toMatchObject({ profiles: 1, events: 2 })
    await write([aRecord('2', { email })])
    await refresh(mappings)
    expect(await store.counts()).toMatchObject({ profiles: 3, events: 2 })
    await order('o3')
    await refresh(mappings)
    expect(await store.counts()).toMatchObject({ profiles: 3, events: 3 })
  })

  it('joins the others again when a holder is deleted', async () => {
    const store = await aStore(shared)
    await store.write(['1', '2', '3'].map((id) => aRecord(id, { phone: desk })))
    await store.refresh()
    expect(await profilesOf(store)).toBe(3)
    await store.write([aRecord('3', { phone: desk }, { deleted: true, versionAt: Date.UTC(2026, 1, 1) })])
    await store.refresh()
    expect(await store.partition()).toEqual({ 'shop/1': 'p_1', 'shop/2': 'p_1' })
  })

  it('leaves two people apart who share a device and have mailboxes of their own', async () => {
    const store = await aStore({
      identifiers: { customer_id: { limit: 1 } },
      order: ['customer_id', 'email'],
    })
    await store.write([
      aRecord('1', { customer_id: 'c1', email: 'family@shop.example' }),
      aRecord('2', { customer_id: 'c2', email: 'family@shop.example' }),
    ])
    await store.refresh()
    expect(await profilesOf(store)).toBe(2)
  })
})

describe('a limit', () => {
  it('follows the more trusted identifiers first', async () => {
    const store = await aStore({
      order: ['customer_id', 'email'],
      identifiers: { customer_id: { limit: 1 } },
    })
    await store.write([
      aRecord('1', { customer_id: 'c1', email: 'a@shop.example' }),
      aRecord('2', { email: 'a@shop.example' }),
      aRecord('3', { customer_id: 'c2', email: 'a@shop.example' }),
      aRecord('4', { customer_id: 'c2' }),
    ])
    await store.refresh()
    expect(await store.partition()).toEqual({
      'shop/1': 'p_1',
      'shop/2': 'p_1',
      'shop/3': 'p_3',
      'shop/4': 'p_3',
    })
  })
})

describe('a changed identity manifest', () => {
  it('resolves everybody again, and back', async () => {
    const store = await aStore()
    await store.write(['1', '2'].map((id) => aRecord(id, { email: 'info@shop.example' })))
    await store.refresh()
    expect(await profilesOf(store)).toBe(1)
    const identity = anIdentity({ identifiers: { email: { blocked: ['info@*'] } } })
    const strict = await useProfileStore(store.duckdb, aSchema({}), identity)
    expect(await strict.refresh()).toMatchObject({ normalised: 0, profilesCreated: 1 })
    expect(await profilesOf(store)).toBe(2)
    expect(await strict.refresh()).toMatchObject({
      profilesCreated: 0,
      profilesUpdated: 0,
      profilesRemoved: 0,
    })
    await store.refresh()
    expect(await profilesOf(store)).toBe(1)
  })
})

describe('Unicode', () => {
  it('joins the forms of one value and never what merely looks alike', async () => {
    const store = await aStore()
    await store.write([
      aRecord('1', { email: 'jos\u00e9@shop.example' }),
      aRecord('2', { email: 'jose\u0301@shop.example' }),
      aRecord('3', { email: 'ａda@shop.example' }),
      aRecord('4', { email: 'ada@shop.example' }),
      aRecord('5', { email: '\u0430da@shop.example' }),
    ])
    await store.refresh()
    expect(await store.partition()).toEqual({
      'shop/1': 'p_1',
      'shop/2': 'p_1',
      'shop/3': 'p_3',
      'shop/4': 'p_3',
      'shop/5': 'p_5',
    })
  })
})

describe('loops of merges', () => {
  it('end: records that name each other as absorbed, in a ring, are one person', async () => {
    const store = await aStore()
    const ring = ['1', '2', '3', '4'].map((id, at, all) =>
      aRecord(id, { first_name: id }, { mergedIds: [all[(at + 1) % all.length] ?? '', id] }),
    )
    await store.write(ring)
    await store.refresh()
    const [together] = await store.duckdb.all(`SELECT count(DISTINCT profile_id) AS people FROM record_trait`)
    expect(together).toEqual({ people: 1n })
  })
})

/** What a source tells of one person, as of the first of a month counted from 0. */
const told = (fields: object, month: number) =>
  aRecord('a', { email: 'a@shop.example', ...fields }, { versionAt: Date.UTC(2026, month, 1) })

describe('survivorship', () => {
  const values = [
    ['a', 'shop', 'Al', ['x'], 3],
    ['b', 'crm', 'Alexandra', ['y', 'x'], 1],
    ['c', 'web', 'Al', undefined, 2],
  ] as const

  it.each([
    ['source_priority', 'Alexandra'],
    ['most_recent', 'Al'],
    ['most_frequent', 'Al'],
    ['longest', 'Alexandra'],
  ] as const)('by %s gives %s, where it came from too', async (rule, name) => {
    const store = await aStore({ survivorship: { first_name: rule, tags: 'union' } })
    for (const [id, connection, first_name, tags, month] of values) {
      const fields = { email: 'a@shop.example', first_name, ...(tags && { tags }) }
      await store.write([aRecord(id, fields, { versionAt: Date.UTC(2026, month, 1) })], { connection })
    }
    const mappings = ['shop', 'crm', 'web'].map((connection) => aMapping({ name: connection, connection }))
    await store.refresh(mappings)
    const view = await store.store.findProfile('a@shop.example')
    expect(view?.traits['first_name']?.value).toBe(name)
    expect(view?.traits['tags']?.value).toEqual(['x', 'y'])
    const [stored] = await store.duckdb.all(
      `SELECT trait_first_name AS name, trait_tags::VARCHAR AS tags FROM profile`,
    )
    expect(stored).toEqual({ name, tags: '[x, y]' })
  })

  describe('where one source’s empty field clears', () => {
    const clearing = ['first_name', 'tags'].map((name) => [name, { from: name, empty: 'clears' as const }])
    const mappings = [
      aMapping({ name: 'shop' }),
      aMapping({ name: 'crm', connection: 'crm', traits: Object.fromEntries(clearing) }),
    ]
    async function nameAfter(rule: SurvivorshipRule, crm: object, crmMonth = 5) {
      const store = await aStore({ survivorship: { first_name: rule, tags: 'union' } })
      await store.write([told({ first_name: 'Ada', tags: ['x'] }, 3)])
      await store.write([told(crm, crmMonth)], { connection: 'crm' })
      await store.refresh(mappings)
      const [stored] = await store.duckdb.all<{ name: string | null; tags: string }>(
        `SELECT trait_first_name AS name, trait_tags::VARCHAR AS tags FROM profile`,
      )
      const view = await store.store.findProfile('a@shop.example')
      expect(view?.traits['first_name']?.value ?? null).toBe(stored?.name)
      expect(stored?.tags).toBe('[x]')
      return stored?.name
    }

    it.each([
      ['source_priority', null],
      ['most_recent', null],
      ['most_frequent', null],
      ['longest', 'Ada'],
    ] as const)('by %s its word gives %s', async (rule, name) => {
      expect(await nameAfter(rule, { first_name: '', tags: null })).toBe(name)
    })

    it('is outranked by a value that is more recent, and says nothing where the field is missing', async () => {
      expect(await nameAfter('most_recent', { first_name: null }, 1)).toBe('Ada')
      expect(await nameAfter('most_recent', {})).toBe('Ada')
    })

    it('counts from the moment the mapping says so', async () => {
      const store = await aStore()
      await store.write([told({ first_name: 'Ada' }, 3)])
      await store.write([told({ first_name: '' }, 5)], { connection: 'crm' })
      const before = [aMapping({ name: 'shop' }), aMapping({ name: 'crm', connection: 'crm' })]
      await store.refresh(before)
      const named = async () => (await store.store.findProfile('a@shop.example'))?.traits['first_name']?.value
      expect(await named()).toBe('Ada')
      await store.refresh(mappings)
      expect(await named()).toBeUndefined()
      await store.refresh(before)
      expect(await named()).toBe('Ada')
    })
  })
})
