import { describe, expect, it } from 'vitest'
import { aMapping, aProfileStore, aRecord, aSchema, ordersMapping } from './a-profile-store.ts'

const order = (id: string, fields: Record<string, string | number>) =>
  aRecord(id, { at: '2026-01-15T12:00:00Z', amount: 10, ...fields })

describe('profile store: events', () => {
  it('gives an event to whoever has its identifiers, and a person of its own to who is known from events alone', async () => {
    const { store, write, refresh } = await aProfileStore()
    await write([order('o1', { email: 'A@example.com' }), order('o2', { email: 'guest@example.com' })], {
      stream: 'orders',
    })
    await write([aRecord('1', { email: 'a@example.com', first_name: 'Ada' })])
    const report = await refresh([aMapping(), ordersMapping])
    expect(report).toMatchObject({ events: 2, profilesCreated: 2 })
    expect(await store.findProfile('a@example.com')).toMatchObject({
      events: 1,
      traits: { first_name: { value: 'Ada' } },
    })
    expect(await store.findProfile('guest@example.com')).toMatchObject({
      events: 1,
      sourceRecords: [],
      identifiers: [{ kind: 'email', value: 'guest@example.com', connection: 'shop', stream: 'orders' }],
    })
  })

  it('replaces an event that is delivered again, and never doubles it', async () => {
    const { store, duckdb, write, refresh } = await aProfileStore()
    const mappings = [aMapping(), ordersMapping]
    await write([order('o1', { email: 'a@example.com' })], { stream: 'orders' })
    await refresh(mappings)
    await write([order('o1', { email: 'a@example.com' })], { stream: 'orders' })
    expect(await refresh(mappings)).toMatchObject({ events: 0 })
    const corrected = {
      ...order('o1', { email: 'a@example.com', amount: 12 }),
      versionAt: Date.UTC(2026, 0, 2),
    }
    await write([corrected], { stream: 'orders' })
    expect(await refresh(mappings)).toMatchObject({ events: 1, profilesCreated: 0 })
    expect(await store.counts()).toMatchObject({ events: 1, profiles: 1 })
    expect(await duckdb.one(`SELECT message_id, property_amount FROM event`)).toEqual({
      message_id: 'shop/orders/o1/purchase',
      property_amount: 12,
    })
  })

  it('gives a further event to whom a person belongs by now, tells rules of it, and touches no profile', async () => {
    const { store, duckdb, clock, write, refresh } = await aProfileStore()
    const mappings = [aMapping(), ordersMapping]
    await write([order('o1', { email: 'a@example.com' })], { stream: 'orders' })
    await refresh(mappings)
    await write([aRecord('1', { email: 'a@example.com', first_name: 'Ada' })])
    await refresh(mappings)
    const before = await duckdb.all(`FROM profile`)
    const known = await duckdb.all(`FROM event_person`)
    await duckdb.run(`DELETE FROM evaluation_touched`)
    clock.advance(1000)
    await write([order('o2', { email: 'a@example.com' })], { stream: 'orders' })
    expect(await refresh(mappings)).toMatchObject({ events: 1, profilesCreated: 0, profilesUpdated: 0 })
    expect(await store.findProfile('a@example.com')).toMatchObject({ events: 2 })
    expect(await duckdb.all(`FROM profile`)).toEqual(before)
    expect(await duckdb.all(`FROM event_person`)).toEqual(known)
    expect(await duckdb.all(`FROM evaluation_touched`)).toEqual([{ profile_id: 2n }])
  })

  it('knows people of events that were stored before they were found by a number', async () => {
    const { store, duckdb, write, refresh } = await aProfileStore()
    await write([order('o1', { email: 'a@example.com' })], { stream: 'orders' })
    await refresh([ordersMapping])
    await duckdb.run(`ALTER TABLE event_person DROP COLUMN key_hash`)
    await store.prepare(aSchema({}))
    await write([order('o2', { email: 'a@example.com' })], { stream: 'orders' })
    await refresh([ordersMapping])
    expect(await store.counts()).toMatchObject({ profiles: 1, events: 2 })
    expect(await duckdb.all(`SELECT record_id FROM event_person`)).toHaveLength(1)
  })

  it('moves events with the person through a merge and back through a split', async () => {
    const { store, write, refresh } = await aProfileStore()
    const mappings = [aMapping(), ordersMapping]
    await write([order('o1', { email: 'a@example.com' }), order('o2', { customer_id: 'c2' })], {
      stream: 'orders',
    })
    await refresh(mappings)
    await write([aRecord('1', { email: 'a@example.com', customer_id: 'c2' })])
    await refresh(mappings)
    expect(await store.findProfile('c2')).toMatchObject({ events: 2 })
    expect(await store.counts()).toMatchObject({ profiles: 1 })
    await write([aRecord('1', { email: 'a@example.com' }, { versionAt: Date.UTC(2026, 0, 2) })])
    await refresh(mappings)
    expect(await store.findProfile('c2')).toMatchObject({ events: 1 })
    expect(await store.findProfile('a@example.com')).toMatchObject({ events: 1 })
  })

  it('removes the event of a deleted record, and the person who was known from it alone', async () => {
    const { store, write, refresh } = await aProfileStore()
    await write([order('o1', { email: 'guest@example.com' })], { stream: 'orders' })
    await refresh([ordersMapping])
    await write([aRecord('o1', {}, { versionAt: Date.UTC(2026, 0, 2), deleted: true })], { stream: 'orders' })
    expect(await refresh([ordersMapping])).toMatchObject({ profilesRemoved: 1 })
    expect(await store.counts()).toEqual({ profiles: 0, events: 0, sourceRecords: 0 })
  })

  it('reports events that nobody did or that have no time', async () => {
    const { store, write, refresh } = await aProfileStore()
    await write(
      [
        order('o1', {}),
        order('o2', { email: 'a@example.com', at: 'yesterday' }),
        order('o3', { email: 'a@example.com', at: '' }),
      ],
      {
        stream: 'orders',
      },
    )
    expect((await refresh([ordersMapping])).invalid).toEqual({
      'orders purchase nobody': 1,
      'orders at not_a_datetime': 1,
      'orders at missing_time': 1,
    })
    expect(await store.counts()).toMatchObject({ events: 0, profiles: 0 })
  })

  it('lets a contact record stand for the person of its own events', async () => {
    const { store, duckdb, write, refresh } = await aProfileStore()
    const mapping = aMapping({
      events: [{ event: 'visit', person: { email: { from: 'email' } }, time: { from: 'seen_at' } }],
    })
    await write([aRecord('1', { email: 'a@example.com', seen_at: '2026-01-01' })])
    await refresh([mapping])
    expect(await store.findProfile('a@example.com')).toMatchObject({ events: 1 })
    expect(await duckdb.one(`SELECT count(*) AS people FROM event_person`)).toEqual({ people: 0n })
  })
})
