import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SourceRecord } from '../../../core/connector/source.ts'
import type { Rule } from '../../../core/segment/rule.ts'
import { exportPerson } from '../../../hub-server/warehouse/erasure/export-person.ts'
import { createSegmentStore } from '../../../hub-server/warehouse/segment-store.ts'
import { aMapping, aProfileStore, aRecord, aSchema, ordersMapping } from '../profile-store/a-profile-store.ts'

const { traits } = aSchema({})

/** A shop's schema with traits computed from orders, from traits, and from each other. */
const schema = aSchema({
  traits: {
    ...traits,
    orders_90d: { type: 'number', computed: { event: 'purchase', window: { last: '90 days' } } },
    average_basket: {
      type: 'number',
      computed: { round: { event: 'purchase', measure: 'average', property: 'amount' }, digits: 2 },
    },
    days_since_order: { type: 'number', computed: { days_since: { event: 'purchase', measure: 'last' } } },
    places: { type: 'number', computed: { event: 'purchase', measure: 'distinct', property: 'place' } },
    age: { type: 'number', computed: { years_since: { trait: 'born' } } },
    rhythm: {
      type: 'text',
      computed: {
        bucket: { coalesce: [{ trait: 'orders_90d' }, 0] },
        limits: [1, 3],
        labels: ['asleep', 'awake', 'lively'],
      },
    },
  },
})
const mappings = [aMapping(), ordersMapping]
const segments = new Map<string, Rule>([
  ['awake', { trait: 'orders_90d', op: 'at_least', value: 1 }],
  ['asleep', { trait: 'rhythm', op: 'equals', value: 'asleep' }],
])

async function aShop() {
  const store = await aProfileStore(schema)
  const evaluator = createSegmentStore(store.duckdb, schema)
  return {
    ...store,
    evaluator,
    evaluate: async (asOf: string) => {
      const reports = await evaluator.evaluate(segments, Date.parse(asOf))
      return Object.fromEntries(reports.map(({ segment, members }) => [segment, members]))
    },
    order: (id: string, email: string, fields: SourceRecord['fields']) =>
      store.write([aRecord(id, { email, ...fields })], { stream: 'orders' }),
    derivedOf: async (person: string) => {
      const profile = await store.store.findProfile(person)
      return Object.fromEntries(
        Object.entries(profile?.derivedTraits ?? {}).map(([trait, { value }]) => [trait, value]),
      )
    },
  }
}

describe('computed traits in the warehouse', () => {
  it('are worked out from imputed traits as they are filled in', async () => {
    const filled = aSchema({
      traits: {
        points: { type: 'number' },
        points_filled: { type: 'number', imputed: { from: 'points', by: 'mean' } },
        twice: { type: 'number', computed: { multiply: [{ trait: 'points_filled' }, 2] } },
      },
    })
    const store = await aProfileStore(filled)
    const points = aMapping({ traits: { points: { from: 'points' } } })
    await store.write([
      aRecord('1', { email: 'ada@example.com', points: 10 }),
      aRecord('2', { email: 'bob@example.com', points: 30 }),
      aRecord('3', { email: 'eve@example.com' }),
    ])
    await store.refresh([points])
    await createSegmentStore(store.duckdb, filled).evaluate(new Map(), store.clock.now())
    const eve = await store.store.findProfile('eve@example.com')
    expect(eve?.derivedTraits).toMatchObject({ points_filled: { value: 20 }, twice: { value: 40 } })
    store.duckdb.close()
  })

  it('are there after an evaluation, with what they are, and rules use them as any trait', async () => {
    const shop = await aShop()
    await shop.write([aRecord('1', { email: 'ada@example.com', born: '1990-02-02' })])
    await shop.order('o1', 'ada@example.com', { at: '2026-01-10', amount: 10, place: 'Paris' })
    await shop.order('o2', 'ada@example.com', { at: '2025-06-01', amount: 5.555, place: 'Paris' })
    await shop.refresh(mappings)
    expect(await shop.evaluate('2026-02-01T00:00:00Z')).toEqual({ awake: 1, asleep: 0 })
    expect(await shop.derivedOf('ada@example.com')).toEqual({
      orders_90d: 1,
      average_basket: 7.78,
      days_since_order: 22,
      places: 1,
      age: 35,
      rhythm: 'awake',
    })
    const profile = await shop.store.findProfile('ada@example.com')
    expect(profile?.derivedTraits['age']).toEqual({ value: 35, origin: 'computed' })
    expect(profile?.traits).not.toHaveProperty('age')
    shop.duckdb.close()
  })

  it('are told to the person who asks for their data, as derived values', async () => {
    const shop = await aShop()
    await shop.write([aRecord('1', { email: 'ada@example.com', born: '1990-02-02' })])
    await shop.refresh(mappings)
    await shop.evaluate('2026-02-01T00:00:00Z')
    const { profileId = '' } = (await shop.store.findProfile('ada@example.com')) ?? {}
    const told = await exportPerson(shop.duckdb, schema, BigInt(profileId.slice(2)))
    expect(told?.tables['derived_values']).toContainEqual({ trait: 'age', value: 35 })
    expect(told?.tables['values']?.map((row) => row['trait'])).toEqual(['born'])
    shop.duckdb.close()
  })

  it('move with time alone: windows empty, days pass and birthdays come without any new record', async () => {
    const shop = await aShop()
    await shop.write([aRecord('1', { email: 'ada@example.com', born: '1990-02-02' })])
    await shop.order('o1', 'ada@example.com', { at: '2026-01-10', amount: 10 })
    await shop.refresh(mappings)
    expect(await shop.evaluate('2026-02-01T00:00:00Z')).toEqual({ awake: 1, asleep: 0 })
    expect(await shop.refresh(mappings)).toMatchObject({ normalised: 0 })
    expect(await shop.evaluate('2026-04-09T23:59:59Z')).toEqual({ awake: 1, asleep: 0 })
    expect(await shop.evaluate('2026-04-10T00:00:00Z')).toEqual({ awake: 0, asleep: 1 })
    expect(await shop.derivedOf('ada@example.com')).toMatchObject({
      orders_90d: 0,
      days_since_order: 90,
      age: 36,
      rhythm: 'asleep',
    })
    shop.duckdb.close()
  })

  it('count as zero or missing for people without events, as in rules', async () => {
    const shop = await aShop()
    await shop.write([aRecord('1', { email: 'bob@example.com' })])
    await shop.refresh(mappings)
    await shop.evaluate('2026-02-01T00:00:00Z')
    expect(await shop.derivedOf('bob@example.com')).toEqual({ orders_90d: 0, places: 0, rhythm: 'asleep' })
    shop.duckdb.close()
  })

  it('are explained as of the moment that is asked about, not as of the last evaluation', async () => {
    const shop = await aShop()
    await shop.order('o1', 'ada@example.com', { at: '2026-01-10', amount: 10 })
    await shop.refresh(mappings)
    await shop.evaluate('2026-02-01T00:00:00Z')
    const { profileId = '' } = (await shop.store.findProfile('ada@example.com')) ?? {}
    const later = Date.parse('2026-06-01T00:00:00Z')
    const explained = await shop.evaluator.explain(profileId, 'awake', segments, later)
    expect(explained).toMatchObject({ truth: false, value: 0 })
    shop.duckdb.close()
  })

  it('never make a profile look changed: only what sources told does', async () => {
    const shop = await aShop()
    await shop.write([aRecord('1', { email: 'ada@example.com', born: '1990-02-02' })])
    await shop.refresh(mappings)
    await shop.evaluate('2026-02-01T00:00:00Z')
    await shop.duckdb.run('DELETE FROM normalised_stream')
    expect(await shop.refresh(mappings)).toMatchObject({ normalised: 1, profilesUpdated: 0 })
    await shop.evaluate('2027-02-01T00:00:00Z')
    await shop.duckdb.run('DELETE FROM normalised_stream')
    expect(await shop.refresh(mappings)).toMatchObject({ normalised: 1, profilesUpdated: 0 })
    expect(await shop.derivedOf('ada@example.com')).toMatchObject({ age: 36 })
    shop.duckdb.close()
  })

  it('are the same after any steps of records and evaluations as after one evaluation of everything', async () => {
    const email = fc.constantFrom('a@example.com', 'b@example.com', 'c@example.com')
    const contact = fc.record({
      stream: fc.constant('contacts'),
      id: fc.constantFrom('1', '2', '3'),
      fields: fc.record({
        email,
        customer_id: fc.constantFrom('', 'x'),
        born: fc.constantFrom('', '1990-02-28'),
      }),
    })
    const order = fc.record({
      stream: fc.constant('orders'),
      id: fc.constantFrom('o1', 'o2', 'o3', 'o4'),
      fields: fc.record({
        email,
        at: fc.constantFrom('2025-11-20', '2026-01-31', '2026-02-03'),
        amount: fc.constantFrom(0.1, 0.2, 19.99),
        place: fc.constantFrom('Paris', 'Lyon', ''),
      }),
    })
    const step = fc.record({
      records: fc.array(fc.oneof(contact, order), { maxLength: 4 }),
      days: fc.integer({ min: 0, max: 60 }),
    })
    const contents = `SELECT * EXCLUDE (profile_id, created_at, updated_at) FROM profile ORDER BY ALL`
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 4 }), async (steps) => {
        const stepwise = await aShop()
        const atOnce = await aShop()
        let version = 0
        let asOf = Date.parse('2026-02-01T00:00:00Z')
        for (const { records, days } of steps) {
          for (const { stream, id, fields } of records) {
            version += 1
            for (const shop of [stepwise, atOnce])
              await shop.write([aRecord(id, fields, { versionAt: version })], { stream })
          }
          asOf += days * 86_400_000
          await stepwise.refresh(mappings)
          await stepwise.evaluator.evaluate(segments, asOf)
        }
        await atOnce.refresh(mappings)
        await atOnce.evaluator.evaluate(segments, asOf)
        expect(await stepwise.duckdb.all(contents)).toEqual(await atOnce.duckdb.all(contents))
        stepwise.duckdb.close()
        atOnce.duckdb.close()
      }),
      { numRuns: 8 },
    )
  }, 120_000)
})
