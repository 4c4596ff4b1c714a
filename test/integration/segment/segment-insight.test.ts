import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { LiveCount } from '../../../core/port/segment-insight.ts'
import type { ProfileSchema } from '../../../core/profile/profile-schema.ts'
import type { Person } from '../../../core/segment/person.ts'
import type { Rule } from '../../../core/segment/rule.ts'
import type { DuckDb } from '../../../hub-server/warehouse/duckdb.ts'
import { createSegmentInsight } from '../../../hub-server/warehouse/segment-insight.ts'
import { createSegmentStore } from '../../../hub-server/warehouse/segment-store.ts'
import { aPerson, aPurchase, bought, inCountry } from './a-person.ts'
import { worldAsOf as asOf, worldSchema as schema } from './random-world.ts'
import { openWarehouse, storePeople } from './store-people.ts'

const day = 86_400_000

const question = (rule: Rule, more: Record<string, Rule> = {}) => ({
  segment: 'draft',
  segments: new Map<string, Rule>([['draft', rule], ...Object.entries(more)]),
  asOf,
})

const spent = (amount: number, place: Person['traits'] = {}) =>
  aPerson({ traits: place, events: [aPurchase({ properties: { amount } })] })

/** Takes long on many people. */
const heavy: Rule = {
  any: Array.from({ length: 400 }, (_, index): Rule => ({
    trait: 'country',
    op: 'matches',
    value: `^(a|b)*${index}$`,
  })),
}

async function collect<T>(of: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const each of of) found.push(each)
  return found
}

describe('what is asked about a segment without anything being written', () => {
  let duckdb: DuckDb
  beforeEach(async () => {
    duckdb = await openWarehouse(schema)
  })
  afterEach(() => duckdb.close())

  const insightWith = (share?: { fewestSampled: number; smallestShare: number }) =>
    createSegmentInsight({
      duckdb,
      schema,
      segments: createSegmentStore(duckdb, schema),
      ...(share && { share }),
    })

  const crowd = (people: number): Promise<number> =>
    duckdb.run(
      `INSERT INTO profile (profile_id, created_at, updated_at, trait_score)
       SELECT i, TIMESTAMP '2024-01-01', TIMESTAMP '2024-01-01', CASE WHEN hash(i, 5) % 10 < 9 THEN hash(i, 7) % 1000 END
       FROM range(1, ${people + 1}) t(i)`,
    )

  it('never waits for an evaluation under way, and leaves nothing behind', async () => {
    await storePeople(duckdb, schema, [aPerson({ traits: { country: 'FR' } }), aPerson()])
    const insight = insightWith()
    await duckdb.transaction(async () => {
      await duckdb.run(`DELETE FROM profile`)
      // What is not committed is not seen, and the open transaction holds nobody up.
      expect(await insight.preview(question(inCountry('FR')))).toMatchObject({ members: 1, profiles: 2 })
      await duckdb.run(`DELETE FROM event`)
    })
    expect(await duckdb.all(`SELECT table_name FROM duckdb_tables() WHERE temporary`)).toEqual([])
    expect(await insight.preview(question({ all: [] }))).toMatchObject({ members: 0, profiles: 0 })
  })

  it('leaves people out whose data is restricted', async () => {
    await storePeople(duckdb, schema, [aPerson(), aPerson(), aPerson()])
    const [record] = await duckdb.all<{ record_id: bigint }>(`SELECT record_id FROM record_trait LIMIT 1`)
    await duckdb.run(`INSERT INTO restricted_record VALUES ($1, TIMESTAMP '2024-01-01', 'test')`, [
      record?.record_id ?? 0n,
    ])
    expect(await insightWith().preview(question({ all: [] }))).toMatchObject({ members: 2, profiles: 2 })
    const counts = await collect(
      insightWith({ fewestSampled: 1, smallestShare: 2 }).count(question({ all: [] })),
    )
    expect(counts.at(-1)).toEqual({ kind: 'exact', members: 2, profiles: 2 })
  })

  it('estimates from a share of all people first, and its interval holds the truth as often as it says', async () => {
    await crowd(16_000)
    const insight = insightWith({ fewestSampled: 1000, smallestShare: 4 })
    let held = 0
    const tried = 40
    for (let index = 0; index < tried; index += 1) {
      const rule: Rule = {
        trait: 'score',
        op: 'between',
        value: [index * 20, index * 20 + (index % 7) * 60 + 5],
      }
      const [estimate, exact, ...rest] = await collect<LiveCount>(insight.count(question(rule)))
      expect([estimate?.kind, exact?.kind, rest]).toEqual(['estimate', 'exact', []])
      if (estimate?.kind !== 'estimate' || exact?.kind !== 'exact') continue
      expect(estimate.profiles).toBe(16_000)
      expect(estimate.sampled).toBeGreaterThan(800)
      expect(estimate.sampled).toBeLessThan(1200)
      if (estimate.low <= exact.members && exact.members <= estimate.high) held += 1
    }
    // 95 of 100 are promised; the draws share their people, so that they miss together.
    expect(held / tried).toBeGreaterThanOrEqual(0.85)
  }, 60_000)

  it('estimates nothing where counting everybody takes as long', async () => {
    await crowd(500)
    expect(await collect(insightWith().count(question(bought)))).toEqual([
      { kind: 'exact', members: 0, profiles: 500 },
    ])
  })

  it('ranks among all people even when it estimates', async () => {
    await crowd(4000)
    const insight = insightWith({ fewestSampled: 500, smallestShare: 4 })
    const [estimate] = await collect(
      insight.count(question({ rank: { trait: 'score' }, top: '10 %', order: 'highest' })),
    )
    // 10 % of the 9 in 10 who have a score.
    expect(estimate).toMatchObject({ kind: 'estimate' })
    expect(Math.abs((estimate?.members ?? 0) - 360)).toBeLessThan(120)
  })

  it('ends the question of an editor when a newer one comes, and the newer one is answered', async () => {
    await crowd(200_000)
    const insight = insightWith({ fewestSampled: 1000, smallestShare: 4 })
    const older = collect(insight.count(question(heavy), 'console'))
    const ended = older.catch((error: unknown) => error)
    const other = collect(insight.count(question({ trait: 'score', op: 'exists' }), 'another'))
    const newer = await collect(insight.count(question({ trait: 'score', op: 'exists' }), 'console'))
    expect(await ended).toMatchObject({ code: 'run.aborted' })
    expect(newer.at(-1)).toEqual((await other).at(-1))
  }, 60_000)

  it('ends when its time is over, and says so', async () => {
    await crowd(200_000)
    const segments = createSegmentStore(duckdb, schema)
    const insight = createSegmentInsight({ duckdb, schema, segments, limitMs: 1 })
    await expect(insight.preview(question(heavy))).rejects.toMatchObject({ code: 'segment.too_slow' })
    expect(await insightWith().preview(question(bought))).toMatchObject({ members: 0, profiles: 200_000 })
  }, 60_000)

  it('takes hostile names and texts for what they are', async () => {
    const hostile = `'; DROP TABLE profile; --`
    await storePeople(duckdb, schema, [aPerson({ traits: { country: hostile } }), aPerson()])
    const insight = insightWith()
    expect(await insight.preview(question(inCountry(hostile)))).toMatchObject({ members: 1, profiles: 2 })
    expect(await insight.history(hostile, { every: 'day', from: asOf, to: asOf })).toMatchObject({
      steps: [{ size: 0 }],
    })
    expect(await insight.firstEntry(hostile)).toBeUndefined()
    await expect(insight.explain(hostile, question(bought))).rejects.toMatchObject({
      code: 'run.profile_unknown',
    })
    expect(await duckdb.one(`SELECT count(*) AS n FROM profile`)).toEqual({ n: 2n })
  })

  it('ends at the signal of whoever asks', async () => {
    await crowd(1000)
    const signal = AbortSignal.abort()
    await expect(insightWith().preview({ ...question(bought), signal })).rejects.toMatchObject({
      code: 'run.aborted',
    })
  })

  it('explains ranks, distances, memberships and audiences by what decided them', async () => {
    await storePeople(duckdb, schema, [
      spent(10, { latitude: 48.8566, longitude: 2.3522, country: 'FR' }),
      spent(30, { latitude: 0, longitude: 0 }),
      spent(20),
      aPerson(),
    ])
    await createSegmentStore(duckdb, schema).evaluate(new Map([['french', inCountry('FR')]]), asOf - 1000)
    const rule: Rule = {
      all: [
        {
          time_zone: 'Europe/Paris',
          rule: { rank: { event: 'purchase', measure: 'sum', property: 'amount' }, top: 2, order: 'highest' },
        },
        {
          place: { latitude: 'latitude', longitude: 'longitude' },
          within: { latitude: 48.8566, longitude: 2.4522, radius_km: 10 },
        },
        { segment: 'french' },
        { audience: 'to-ads' },
      ],
    }
    const explain = async (person: string) => {
      const [ranked, place, member, audience] = (
        await insightWith().explain(person, question(rule, { french: inCountry('FR') }))
      ).children
      return [ranked?.children[0]?.detail, place?.detail, member?.detail, audience?.detail]
    }
    expect(await explain('p_1')).toEqual([
      { kind: 'rank', rank: 3, ranked: 3, most: 2, value: 10 },
      { kind: 'distance', km: expect.closeTo(7.32, 1) },
      { kind: 'member', isMember: true, since: asOf - 1000 },
      { kind: 'audience', since: null },
    ])
    expect(await explain('p_2')).toMatchObject([
      { rank: 1, value: 30 },
      { km: expect.closeTo(5424, -2) },
      { isMember: false, since: null },
      {},
    ])
    expect(await explain('p_4')).toMatchObject([{ rank: null, ranked: 3, value: null }, { km: null }, {}, {}])
    await expect(explain('p_9')).rejects.toMatchObject({ code: 'run.profile_unknown' })
  })
})

describe('computed traits in a draft', () => {
  it('are brought to the moment for all people, for a share of them, and for one, without being stored', async () => {
    const computing: ProfileSchema = {
      ...schema,
      traits: {
        ...schema.traits,
        orders: {
          type: 'number',
          computed: { event: 'purchase', measure: 'count', window: { last: '90 days' } },
        },
      },
    }
    const duckdb = await openWarehouse(computing)
    try {
      const people = Array.from({ length: 200 }, (_, index) =>
        aPerson({ events: index % 4 === 0 ? [aPurchase({ messageId: `m${index}` })] : [] }),
      )
      await storePeople(duckdb, schema, people)
      const insight = createSegmentInsight({
        duckdb,
        schema: computing,
        segments: createSegmentStore(duckdb, computing),
        share: { fewestSampled: 50, smallestShare: 4 },
      })
      const asked = question({ trait: 'orders', op: 'at_least', value: 1 })
      expect(await insight.preview(asked)).toMatchObject({
        members: 50,
        rule: { whereFalse: 150, whereUnknown: 0 },
      })
      const [estimate, exact] = await collect(insight.count(asked))
      expect(exact).toMatchObject({ members: 50 })
      expect(estimate).toSatisfy(
        (told: LiveCount) => told.kind === 'estimate' && told.low <= 50 && 50 <= told.high,
      )
      expect(await insight.preview({ ...asked, asOf: asOf + 100 * day })).toMatchObject({ members: 0 })
      expect(await insight.explain('p_1', asked)).toMatchObject({ truth: true, value: 1 })
      expect(await duckdb.one(`SELECT count(trait_orders) AS n FROM profile`)).toEqual({ n: 0n })
    } finally {
      duckdb.close()
    }
  })
})
