import { DuckDBTimestampValue } from '@duckdb/node-api'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { DuckDb } from '../../../hub-server/warehouse/duckdb.ts'
import { createSegmentInsight } from '../../../hub-server/warehouse/segment-insight.ts'
import { createSegmentStore } from '../../../hub-server/warehouse/segment-store.ts'
import { aPerson, inCountry } from './a-person.ts'
import { worldAsOf as asOf, worldSchema as schema } from './random-world.ts'
import { openWarehouse, storePeople } from './store-people.ts'

const day = 86_400_000
const begin = Date.parse('2024-01-01T00:00:00Z')

/** Spans of few people over 40 days, at few instants, so that people leave and come back within one period. */
const spans = fc.uniqueArray(
  fc.record({
    person: fc.integer({ min: 1, max: 6 }),
    cuts: fc.uniqueArray(fc.integer({ min: 0, max: 160 }), { minLength: 1, maxLength: 7 }),
  }),
  { selector: ({ person }) => person, minLength: 1, maxLength: 6 },
)

/** Cuts as they follow each other: in, out, in, out. */
const pairsOf = (cuts: readonly number[]): (readonly [place: number, since: number, until?: number])[] => {
  const ordered = cuts.toSorted((a, b) => a - b)
  return ordered.flatMap((since, place) => {
    const until = ordered[place + 1]
    return place % 2 === 0
      ? [until === undefined ? ([place, since] as const) : ([place, since, until] as const)]
      : []
  })
}

const atCut = (cut: number): DuckDBTimestampValue => toTimestamp(begin + cut * (day / 4))

describe('the history of a segment', () => {
  let duckdb: DuckDb
  beforeEach(async () => {
    duckdb = await openWarehouse(schema)
  })
  afterEach(() => duckdb.close())

  it('tells the same of memberships that it has counted before, however far the clock went on, as counting anew does', async () => {
    const segments = createSegmentStore(duckdb, schema)
    const insight = createSegmentInsight({ duckdb, schema, segments })
    const ticks = fc.array(fc.integer({ min: 0, max: day * 6 }), { minLength: 2, maxLength: 5 })
    await fc.assert(
      fc.asyncProperty(spans, ticks, async (people, steps) => {
        await duckdb.run(`DELETE FROM membership`)
        for (const { person, cuts } of people)
          for (const [, since, until] of pairsOf(cuts))
            await duckdb.run(
              `INSERT INTO membership (segment, profile_id, entered_at, exited_at) VALUES ('s', $1, $2, $3)`,
              [BigInt(person), atCut(since), until === undefined ? null : atCut(until)],
            )
        let to = begin + 20 * day
        for (const step of steps) {
          // Now and then by nothing, or by so little that the period stays.
          to += step % 3 === 0 ? Math.floor(step / 100) : step
          const asked = { every: 'week' as const, from: to - 15 * day, to }
          const anew = createSegmentInsight({ duckdb, schema, segments })
          expect(await insight.history('s', asked)).toEqual(await anew.history('s', asked))
        }
        expect(await insight.firstEntry('s')).toBe(
          begin + Math.min(...people.flatMap(({ cuts }) => cuts)) * (day / 4),
        )
      }),
      { numRuns: 12 },
    )
  })

  it('tells sizes, moves, who stayed and how alike the ends are, as counting people one by one does', async () => {
    const insight = createSegmentInsight({ duckdb, schema, segments: createSegmentStore(duckdb, schema) })
    await fc.assert(
      fc.asyncProperty(
        spans,
        fc.constantFrom('day' as const, 'week' as const, 'month' as const),
        async (people, every) => {
          const rows = people.flatMap(({ person, cuts }) => {
            const ordered = cuts.toSorted((a, b) => a - b).map((cut) => begin + cut * (day / 4))
            return ordered.flatMap((since, index) =>
              index % 2 === 0 ? [{ person, since, until: ordered[index + 1] }] : [],
            )
          })
          await duckdb.run(`DELETE FROM membership`)
          for (const { person, since, until } of rows)
            await duckdb.run(
              `INSERT INTO membership (segment, profile_id, entered_at, exited_at) VALUES ('s', $1, $2, $3)`,
              [BigInt(person), toTimestamp(since), until === undefined ? null : toTimestamp(until)],
            )
          const membersBefore = (at: number): Set<number> =>
            new Set(
              rows.flatMap(({ person, since, until }) =>
                since < at && (until === undefined || until >= at) ? [person] : [],
              ),
            )
          const [from, to] = [begin + 3 * day, begin + 33 * day + 1]
          const { steps, whole } = await insight.history('s', { every, from, to })
          expect(whole).toMatchObject({ from: from + 1, to: to + 1 })
          for (const step of [...steps, whole]) {
            const [was, is] = [membersBefore(step.from), membersBefore(step.to)]
            const within = (at: number | undefined): boolean =>
              at !== undefined && at >= step.from && at < step.to
            expect(step).toMatchObject({
              from: step.from,
              to: step.to,
              size: is.size,
              entered: rows.filter(({ since }) => within(since)).length,
              exited: rows.filter(({ until }) => within(until)).length,
              retained: was.intersection(is).size,
              jaccard: was.union(is).size === 0 ? null : was.intersection(is).size / was.union(is).size,
            })
          }
          expect(steps.at(-1)?.to).toBe(to + 1)
          expect(steps.every(({ to: end }, index) => (steps[index + 1]?.from ?? end) === end)).toBe(true)
        },
      ),
      { numRuns: 30 },
    )
  }, 60_000)

  it('begins periods at midnight UTC, weeks on Monday, months on the first', async () => {
    const insight = createSegmentInsight({ duckdb, schema, segments: createSegmentStore(duckdb, schema) })
    const starts = async (every: 'day' | 'week' | 'month') =>
      (
        await insight.history('s', {
          every,
          from: Date.parse('2024-02-28T10:00Z'),
          to: Date.parse('2024-03-04T10:00Z'),
        })
      ).steps.map(({ from }) => new Date(from).toISOString().slice(0, 10))
    expect(await starts('month')).toEqual(['2024-02-01', '2024-03-01'])
    expect(await starts('week')).toEqual(['2024-02-26', '2024-03-04'])
    expect(await starts('day')).toHaveLength(6)
  })

  it('tells one person’s memberships as the view of all memberships does, with exits that are not settled yet', async () => {
    const insight = createSegmentInsight({ duckdb, schema, segments: createSegmentStore(duckdb, schema) })
    await fc.assert(
      fc.asyncProperty(spans, fc.integer({ min: 0, max: 7 }), async (people, unsettled) => {
        await duckdb.run(`DELETE FROM membership; DELETE FROM membership_exit`)
        for (const [index, { person, cuts }] of people.entries())
          for (const [place, since, until] of pairsOf(cuts)) {
            const waits = until !== undefined && place >= cuts.length - unsettled
            await duckdb.run(
              `INSERT INTO membership (segment, profile_id, entered_at, exited_at) VALUES ($1, $2, $3, $4)`,
              [`s${index % 2}`, BigInt(person), at(since), until === undefined || waits ? null : at(until)],
            )
            if (waits)
              await duckdb.run(`INSERT INTO membership_exit VALUES ($1, $2, $3, 'time')`, [
                `s${index % 2}`,
                BigInt(person),
                at(until),
              ])
          }
        for (const { person } of people) {
          const viewed = await duckdb.all(
            `SELECT segment, epoch_ms(entered_at)::DOUBLE AS since, coalesce(entered_by, 'unknown') AS "enteredBy",
               epoch_ms(exited_at)::DOUBLE AS until, CASE WHEN exited_at IS NOT NULL THEN coalesce(exited_by, 'unknown') END AS "exitedBy"
             FROM every_membership WHERE profile_id = ${person}
             ORDER BY exited_at IS NULL DESC, coalesce(exited_at, entered_at) DESC, segment`,
          )
          expect(await insight.spans(`p_${person}`)).toEqual(viewed)
        }
      }),
      { numRuns: 30 },
    )
  })

  it('tells how each membership of one person went', async () => {
    await storePeople(duckdb, schema, [aPerson({ traits: { country: 'FR' } }), aPerson()])
    const store = createSegmentStore(duckdb, schema)
    const insight = createSegmentInsight({ duckdb, schema, segments: store })
    await store.evaluate(new Map([['people', inCountry('FR')]]), asOf)
    await store.evaluate(new Map([['people', inCountry('DE')]]), asOf + day)
    await store.evaluate(new Map([['people', { all: [] }]]), asOf + 2 * day)
    expect(await insight.spans('p_1')).toEqual([
      { segment: 'people', since: asOf + 2 * day, enteredBy: 'rule', until: null, exitedBy: null },
      { segment: 'people', since: asOf, enteredBy: 'rule', until: asOf + day, exitedBy: 'rule' },
    ])
    const { whole } = await insight.history('people', { every: 'day', from: asOf - 1, to: asOf + 2 * day })
    expect(whole).toMatchObject({
      enteredBy: { rule: 3, data: 0, time: 0, unknown: 0 },
      exitedBy: { rule: 1, data: 0, time: 0, unknown: 0 },
    })
    expect(await insight.firstEntry('people')).toBe(asOf)
    expect(await insight.firstEntry('none')).toBeUndefined()
  })
})

const at = (quarter: number): DuckDBTimestampValue => toTimestamp(begin + quarter * (day / 4))

const toTimestamp = (at: number): DuckDBTimestampValue => new DuckDBTimestampValue(BigInt(at) * 1000n)
