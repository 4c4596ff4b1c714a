import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBTimestampValue } from '@duckdb/node-api'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Rule } from '../../../core/segment/rule.ts'
import { openDuckDb, type DuckDb } from '../../../hub-server/warehouse/duckdb.ts'
import { createSegmentStore } from '../../../hub-server/warehouse/segment-store.ts'
import { noteTouched } from '../../../hub-server/warehouse/segment/note-touched.ts'
import { settleExits, settleStretch } from '../../../hub-server/warehouse/segment/settle-exits.ts'
import { prepareTables } from '../../../hub-server/warehouse/tables.ts'
import { inCountry } from './a-person.ts'
import { worldAsOf, worldSchema as schema } from './random-world.ts'
import { openWarehouse } from './store-people.ts'

/** People of one segment come and go at some of forty instants; the last exits of each wait to be settled. */
const comings = fc.uniqueArray(
  fc.record({
    person: fc.integer({ min: 1, max: 30 }),
    segment: fc.constantFrom('s', 't'),
    cuts: fc.uniqueArray(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 7 }),
    settled: fc.nat(3),
  }),
  { selector: ({ person, segment }) => `${person} ${segment}`, minLength: 1, maxLength: 40 },
)
type Comings = typeof comings extends fc.Arbitrary<infer Each> ? Each : never

const at = (instant: number): DuckDBTimestampValue => new DuckDBTimestampValue(BigInt(instant) * 1_000_000n)

async function store(duckdb: DuckDb, people: Comings): Promise<void> {
  await duckdb.run(`DELETE FROM membership; DELETE FROM membership_exit`)
  for (const { person, segment, cuts, settled } of people)
    for (const [place, since] of cuts.toSorted((a, b) => a - b).entries()) {
      if (place % 2 === 1) continue
      const until = cuts.toSorted((a, b) => a - b)[place + 1]
      const isSettled = until !== undefined && place / 2 < settled
      await duckdb.run(`INSERT INTO membership VALUES ($1, $2, $3, $4, 'data', $5)`, [
        segment,
        BigInt(person),
        at(since),
        isSettled ? at(until) : null,
        isSettled ? 'time' : null,
      ])
      if (until !== undefined && !isSettled)
        await duckdb.run(`INSERT INTO membership_exit VALUES ($1, $2, $3, $4)`, [
          segment,
          BigInt(person),
          at(until),
          until % 2 === 0 ? 'data' : 'time',
        ])
    }
}

const everything = (duckdb: DuckDb, table = 'every_membership'): Promise<unknown[]> =>
  duckdb.all(`SELECT * FROM (SELECT * FROM ${table}) ORDER BY segment, profile_id, entered_at`)

const waiting = async (duckdb: DuckDb): Promise<number> =>
  Number((await duckdb.one<{ n: bigint }>('SELECT count(*) AS n FROM membership_exit'))?.n)

describe('exits that wait', () => {
  let duckdb: DuckDb
  beforeEach(async () => {
    duckdb = await openWarehouse(schema)
  })
  afterEach(() => duckdb.close())

  it('are the same memberships before and after each stretch that is settled, undone or not, and after all as if settled at once', async () => {
    await fc.assert(
      fc.asyncProperty(
        comings,
        fc.integer({ min: 4, max: 40 }),
        fc.array(fc.boolean(), { minLength: 20, maxLength: 20 }),
        async (people, rows, areKept) => {
          await store(duckdb, people)
          const before = await everything(duckdb)
          let from = 0
          for (const isKept of [...areKept, true, true]) {
            const settle = (): ReturnType<typeof settleStretch> => settleStretch(duckdb, from, rows)
            const { next } = await (isKept ? duckdb.transaction(settle) : duckdb.dryRun(settle))
            if (isKept) from = next
            expect(await everything(duckdb)).toEqual(before)
          }
          // What no stretch came to is settled at once.
          await duckdb.transaction(() => settleExits(duckdb))
          expect(await waiting(duckdb)).toBe(0)
          expect(await everything(duckdb, 'membership')).toEqual(before)
        },
      ),
      { numRuns: 8 },
    )
  }, 60_000)

  it('are all settled when each stretch was', async () => {
    await fc.assert(
      fc.asyncProperty(comings, fc.integer({ min: 3, max: 25 }), async (people, rows) => {
        await store(duckdb, people)
        const before = await everything(duckdb)
        let from = 0
        do from = (await duckdb.transaction(() => settleStretch(duckdb, from, rows))).next
        while (from > 0)
        expect(await waiting(duckdb)).toBe(0)
        expect(await everything(duckdb, 'membership')).toEqual(before)
      }),
      { numRuns: 8 },
    )
  }, 60_000)
})

describe('a warehouse that is closed between two stretches', () => {
  let folder = ''
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'affluent-upkeep-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  it('has the same memberships when it is opened again, and settles the rest', async () => {
    const path = join(folder, 'warehouse.duckdb')
    const first = await openDuckDb({ path })
    await prepareTables(first, schema)
    const people = Array.from({ length: 30 }, (_, person) => ({
      person,
      segment: 's' as const,
      cuts: [1, 5, 9, 12 + person],
      settled: 0,
    }))
    await store(first, people)
    const before = await everything(first)
    const { next, exits } = await first.transaction(() => settleStretch(first, 0, 20))
    expect([next, exits]).toEqual([20, 20])
    first.close()
    const second = await openDuckDb({ path })
    expect(await everything(second)).toEqual(before)
    for (let from = next; from > 0;)
      from = (await second.transaction(() => settleStretch(second, from, 20))).next
    await second.transaction(() => settleStretch(second, 0, 20))
    expect(await everything(second)).toEqual(before)
    expect(await waiting(second)).toBe(0)
    second.close()
  })
})

describe('evaluations that follow closely', () => {
  let duckdb: DuckDb
  beforeEach(async () => {
    duckdb = await openWarehouse(schema)
  })
  afterEach(() => duckdb.close())

  const rules = new Map<string, Rule>([
    ['french', inCountry('FR')],
    ['german', inCountry('DE')],
    ['recent', { trait: 'signup', op: 'within_last', value: '7 days' }],
  ])

  /** Some of thirty people move to the other country, or are seen, each time. */
  const change = async (round: number): Promise<void> => {
    const ids = `SELECT i AS profile_id FROM range(1, 31) t(i) WHERE i % 3 = ${round % 3}`
    await duckdb.run(
      `UPDATE profile SET trait_country = CASE trait_country WHEN 'FR' THEN 'DE' ELSE 'FR' END,
         trait_signup = make_timestamp(${worldAsOf + round * 60_000 - (round % 7) * 86_400_000}::BIGINT * 1000)
       WHERE profile_id IN (${ids})`,
    )
    await noteTouched(duckdb, ids)
  }

  it('leave what an evaluation of everybody would, however often what they keep is made narrow in portions', async () => {
    const segments = createSegmentStore(duckdb, schema)
    await duckdb.run(
      `INSERT INTO profile (profile_id, created_at, updated_at, trait_country)
       SELECT i, TIMESTAMP '2024-01-01', TIMESTAMP '2024-01-01', CASE WHEN i % 2 = 0 THEN 'FR' ELSE 'DE' END FROM range(1, 31) t(i)`,
    )
    await segments.evaluateTouched(rules, worldAsOf)
    for (let round = 1; round <= 60; round += 1) {
      await change(round)
      const asOf = worldAsOf + round * 60_000
      const { scope } = await segments.evaluateTouched(rules, asOf, { isLive: true })
      expect(scope).toBe('touched')
      // As if many exits waited: a stretch is settled at the next one.
      if (round % 10 === 5) await duckdb.run(`UPDATE kept_seats_state SET exits = settle_at`)
      // As if many instants had been noted, of people who are gone: all that are due later are put back among the others.
      if (round === 20)
        await duckdb.run(
          `INSERT INTO next_change_soon SELECT 1000 + i, ${asOf + 86_400_000} + i FROM range(25_000) t(i)`,
        )
      if (round % 3 > 0) continue
      const moved = await duckdb.dryRun(() => createSegmentStore(duckdb, schema).evaluate(rules, asOf))
      expect(moved.map(({ entered, exited }) => entered + exited)).toEqual([0, 0, 0])
    }
    expect(await waiting(duckdb)).toBeLessThan(5 * 20)
    const sizes = await duckdb.one<{ kept: bigint; noted: bigint; soon: bigint }>(
      `SELECT (SELECT count(*) FROM kept_seats) AS kept, (SELECT count(*) FROM next_change) AS noted,
         (SELECT count(*) FROM next_change_soon) AS soon`,
    )
    expect(Number(sizes?.kept)).toBeLessThan(2 * (30 + 170) + 170)
    expect(Number(sizes?.noted)).toBeLessThanOrEqual(2 * 30 + 10)
    expect(Number(sizes?.soon)).toBeLessThanOrEqual(40 * 10)
  })
})
