import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SegmentStore } from '../../../core/port/segment-store.ts'
import type { Rule } from '../../../core/segment/rule.ts'
import { createConsentStore } from '../../../hub-server/warehouse/consent-store.ts'
import { createPersonRights } from '../../../hub-server/warehouse/erasure/person-rights.ts'
import { createTombstones } from '../../../hub-server/warehouse/erasure/tombstones.ts'
import { createSegmentStore } from '../../../hub-server/warehouse/segment-store.ts'
import { createIdentifierDigest } from '../../../hub-server/warehouse/suppression/digest.ts'
import {
  aMapping,
  aProfileStore,
  aRecord,
  aSchema,
  ordersMapping,
  type TestStore,
} from '../profile-store/a-profile-store.ts'

const hour = 3_600_000
const day = 24 * hour
const traits = {
  first_name: { type: 'text' },
  country: { type: 'text' },
  points: { type: 'number' },
  vip: { type: 'boolean' },
  born: { type: 'date' },
  seen_at: { type: 'datetime' },
  tags: { type: 'list' },
  spent_30d: {
    type: 'number',
    computed: { event: 'purchase', measure: 'sum', property: 'amount', window: { last: '30 days' } },
  },
  age: { type: 'number', computed: { years_since: { trait: 'born' } } },
  days_since_order: { type: 'number', computed: { days_since: { event: 'purchase', measure: 'last' } } },
  known_points: { type: 'number', imputed: { from: 'points', by: 'constant', value: 7 } },
} as const
const schema = aSchema({ traits })

const segments = new Map<string, Rule>([
  ['french', { trait: 'country', op: 'equals', value: 'FR' }],
  ['spender', { trait: 'spent_30d', op: 'more_than', value: 50 }],
  ['grown_up', { trait: 'age', op: 'at_least', value: 18 }],
  ['lapsed', { trait: 'days_since_order', op: 'at_least', value: 3 }],
  ['pointed', { trait: 'known_points', op: 'at_least', value: 7 }],
  ['buyer', { event: 'purchase', measure: 'count', op: 'at_least', value: 2, window: { last: '7 days' } }],
  ['mailable', { consent: { purpose: 'marketing', channel: 'email' }, is: 'granted' }],
  ['numbered', { identifier: 'customer_id', op: 'exists' }],
  ['both', { all: [{ segment: 'french' }, { not: { segment: 'buyer' } }] }],
  ['best', { rank: { event: 'purchase', measure: 'sum', property: 'amount' }, top: 2, order: 'highest' }],
])

const people = ['a', 'b', 'c', 'd', 'e'] as const
const emails = ['ada@example.com', 'bob@example.com', 'cy@example.com'] as const
const pick = <T>(of: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...of)

type Step = (bench: Bench) => Promise<unknown>

interface Bench extends TestStore {
  readonly segments: SegmentStore
  readonly consents: ReturnType<typeof createConsentStore>
  readonly rights: ReturnType<typeof createPersonRights>
  readonly someone: (number: number) => Promise<string | undefined>
}

async function open(): Promise<Bench> {
  const store = await aProfileStore(schema)
  const { duckdb, clock } = store
  const digest = createIdentifierDigest(new Uint8Array(32))
  const tombstones = createTombstones(duckdb, digest)
  return {
    ...store,
    segments: createSegmentStore(duckdb, schema),
    consents: createConsentStore({ duckdb, schema, digest, clock }),
    rights: createPersonRights({ duckdb, schema, digest, tombstones, path: undefined }),
    async someone(number) {
      const rows = await duckdb.all<{ id: bigint }>(`SELECT profile_id AS id FROM profile ORDER BY 1`)
      return rows.length === 0 ? undefined : `p_${rows[number % rows.length]?.id}`
    },
  }
}

const refresh = ({ refresh }: Bench): Promise<unknown> => refresh([aMapping(), ordersMapping])

/** A record comes or changes; people who share an address or a number become one, and part again. */
const contact = fc
  .record({
    id: pick(people),
    email: pick(emails),
    customer: fc.option(pick(['c1', 'c2']), { nil: undefined }),
    country: pick(['FR', 'DE']),
    born: pick(['2008-02-01', '2008-02-03', '1990-05-01']),
    points: fc.option(pick([1, 9]), { nil: undefined }),
    newsletter: pick(['yes', 'no', '']),
    deleted: fc.nat(5).map((number) => number === 0),
    version: fc.nat(1000),
  })
  .map(({ id, deleted, version, customer, points, ...fields }): Step => async (bench) => {
    const told = { ...fields, ...(customer && { customer_id: customer }), ...(points && { points }) }
    const versionAt = bench.clock.now() - 1000 + version
    await bench.write([aRecord(id, told, { deleted, versionAt })])
    await refresh(bench)
  })

/** An order comes late, lies ahead, goes to somebody else, or is taken back. */
const order = fc
  .record({
    id: pick(['o1', 'o2', 'o3', 'o4', 'o5', 'o6']),
    email: pick(emails),
    amount: pick([10, 30, 60]),
    ago: pick([-2 * day, -hour, 0, hour, 6 * day, 6.9 * day, 29 * day, 31 * day]),
    deleted: fc.nat(6).map((number) => number === 0),
  })
  .map(({ id, email, amount, ago, deleted }): Step => async (bench) => {
    const at = new Date(bench.clock.now() - ago).toISOString()
    await bench.write([aRecord(id, { email, amount, at }, { deleted, versionAt: bench.clock.now() })], {
      stream: 'orders',
    })
    await refresh(bench)
  })

const decision = fc.record({ value: pick(emails), status: pick(['granted', 'denied'] as const) }).map(
  ({ value, status }): Step =>
    (bench) =>
      bench.consents.append([
        {
          subject: { kind: 'email', value },
          purpose: 'marketing',
          channel: 'email',
          status,
          origin: 'person',
          source: 'test',
          decidedAt: bench.clock.now(),
          legalBasis: null,
          wording: null,
          note: null,
          key: null,
        },
      ]),
)

const right = fc
  .record({ number: fc.nat(9), what: pick(['restrict', 'lift', 'rectify', 'erase', 'retain'] as const) })
  .map(({ number, what }): Step => async (bench) => {
    const id = await bench.someone(number)
    if (id === undefined) return
    const order = { actor: 'test', at: bench.clock.now() }
    if (what === 'restrict') await bench.rights.restrict(id, order)
    else if (what === 'lift') await bench.rights.liftRestriction(id)
    else if (what === 'rectify') await bench.rights.rectify(id, { trait: 'country', value: 'FR' }, order)
    else if (what === 'erase') await bench.rights.eraseHere(id, `r${number}`, order.at)
    else await bench.rights.retain({ keepDays: { events: 20 }, at: order.at })
  })

const steps = fc.array(
  fc.tuple(
    fc.oneof({ weight: 4, arbitrary: contact }, { weight: 4, arbitrary: order }, decision, right),
    pick([0, 1, hour, day, 3 * day, 20 * day]),
  ),
  { minLength: 3, maxLength: 10 },
)

describe('whoever may have changed', () => {
  const numRuns = Number(process.env['SEGMENT_RUNS'] ?? 4)

  it('is evaluated again, whatever changed them: records, events, merges, partings, decisions and rights', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (steps) => {
        const bench = await open()
        const { duckdb, clock } = bench
        try {
          await bench.segments.evaluateTouched(segments, clock.now())
          for (const [step, length] of steps) {
            await step(bench)
            clock.advance(length)
            const { reports } = await bench.segments.evaluateTouched(segments, clock.now())
            const traitsBefore = await duckdb.all(`FROM profile ORDER BY profile_id`)
            await duckdb.dryRun(async () => {
              const full = await bench.segments.evaluate(segments, clock.now())
              const moved = full.filter(({ entered, exited }) => entered + exited > 0)
              expect(moved).toEqual([])
              expect(toSizes(reports)).toEqual(toSizes(full))
              expect(await duckdb.all(`FROM profile ORDER BY profile_id`)).toEqual(traitsBefore)
            })
          }
        } finally {
          duckdb.close()
        }
      }),
      { numRuns },
    )
  }, 600_000)

  it('is also who lost an order to somebody else', async () => {
    const bench = await open()
    const { duckdb, clock } = bench
    await bench.write(['1', '2'].map((id) => aRecord(id, { email: `p${id}@example.com` })))
    const order = (id: string, email: string, version: number) =>
      aRecord(id, { email, amount: 60, at: '2026-01-31T10:00:00Z' }, { versionAt: clock.now() + version })
    const mine = ['o1', 'o2', 'o3'].map((id) => order(id, 'p1@example.com', 0))
    await bench.write(mine, { stream: 'orders' })
    await refresh(bench)
    await bench.segments.evaluateTouched(segments, clock.now())
    await bench.write(
      ['o2', 'o3'].map((id) => order(id, 'p2@example.com', 1)),
      { stream: 'orders' },
    )
    await refresh(bench)
    const { moves, scope } = await bench.segments.evaluateTouched(segments, clock.now() + 1)
    expect(scope).toBe('touched')
    const buyers = moves.filter(({ segment }) => segment === 'buyer')
    expect(buyers.map(({ profileId, direction }) => `${direction} ${profileId}`).toSorted()).toEqual([
      'entered p_2',
      'exited p_1',
    ])
    duckdb.close()
  })

  it('is nobody else: one late order among many people looks at one person', async () => {
    const bench = await open()
    const { duckdb, clock } = bench
    const ids = Array.from({ length: 50 }, (_, index) => String(index))
    await bench.write(ids.map((id) => aRecord(id, { email: `p${id}@example.com`, country: 'FR' })))
    await refresh(bench)
    expect(await bench.segments.evaluateTouched(segments, clock.now())).toMatchObject({ scope: 'everybody' })
    await bench.write(
      [aRecord('late', { email: 'p7@example.com', amount: 99, at: '2026-01-20T10:00:00Z' })],
      {
        stream: 'orders',
      },
    )
    await refresh(bench)
    const report = await bench.segments.evaluateTouched(segments, clock.now() + 1)
    expect(report).toMatchObject({ scope: 'touched', touched: 1 })
    const moved = report.moves.map(
      ({ segment, profileId, direction }) => `${segment} ${direction} ${profileId}`,
    )
    expect(moved.toSorted()).toEqual(['best entered p_8', 'lapsed entered p_8', 'spender entered p_8'])
    expect(await bench.segments.evaluateTouched(segments, clock.now() + 2)).toMatchObject({
      touched: 0,
      moves: [],
    })
    duckdb.close()
  })
})

const toSizes = (reports: readonly { segment: string; members: number }[]): Record<string, number> =>
  Object.fromEntries(reports.map(({ segment, members }) => [segment, members]))
