import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Person } from '../../../core/segment/person.ts'
import type { Rule } from '../../../core/segment/rule.ts'
import type { DuckDb } from '../../../hub-server/warehouse/duckdb.ts'
import { createSegmentStore } from '../../../hub-server/warehouse/segment-store.ts'
import { noteTouched } from '../../../hub-server/warehouse/segment/note-touched.ts'
import { randomSegments } from './random-rule.ts'
import { population, populationOf, worldSchema } from './random-world.ts'
import { openWarehouse, storePeople } from './store-people.ts'

const hour = 3_600_000
const day = 24 * hour
/** The night before clocks go forward in Paris, the one before they do in New York, a leap day, the end of a year. */
const starts = [
  '2024-03-30T21:30:00Z',
  '2024-03-10T05:00:00Z',
  '2024-02-28T23:59:59.999Z',
  '2023-12-30T12:00:00Z',
]
const lengths = [
  1,
  999,
  61_000,
  hour,
  3 * hour + 7,
  11 * hour,
  day - 1,
  day,
  2 * day + 1,
  7 * day,
  31 * day,
  365 * day,
]

/** Somebody changes (their traits, consents and events are others), somebody new comes, the last one goes, or time alone goes by. */
type Change =
  | { readonly kind: 'replace'; readonly index: number; readonly by: Person }
  | { readonly kind: 'add'; readonly by: Person }
  | { readonly kind: 'remove' }
  | { readonly kind: 'wait' }

const one = populationOf(1).map(([person]) => person ?? never())
const change: fc.Arbitrary<Change> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('replace' as const), index: fc.nat(24), by: one }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('add' as const), by: one }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove' as const) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('wait' as const) }) },
)
const story = fc.record({
  start: fc.constantFrom(...starts).map((text) => Date.parse(text)),
  steps: fc.array(
    fc.tuple(change, fc.constantFrom(...lengths), fc.double({ min: 0, max: 1, noNaN: true }), fc.boolean()),
    { minLength: 2, maxLength: 6 },
  ),
})

function never(): never {
  throw new Error('a population of one has nobody')
}

/** Few segments may all be about a recent time, so that old events are left out. */
const someSegments = fc.oneof(randomSegments(12), randomSegments(2))

/** Everybody who is somebody else, or not there, after the change. */
function apply(
  people: readonly Person[],
  change: Change,
): { people: readonly Person[]; touched: readonly number[] } {
  if (change.kind === 'wait' || (change.kind === 'remove' && people.length < 2))
    return { people, touched: [] }
  if (change.kind === 'remove') return { people: people.slice(0, -1), touched: [people.length] }
  if (change.kind === 'add') return { people: [...people, change.by], touched: [people.length + 1] }
  const index = change.index % people.length
  return { people: people.with(index, change.by), touched: [index + 1] }
}

describe('an evaluation of those touched', () => {
  let duckdb: DuckDb
  beforeAll(async () => {
    duckdb = await openWarehouse(worldSchema)
  })
  afterAll(() => duckdb.close())

  const numRuns = Number(process.env['SEGMENT_RUNS'] ?? 4)

  it('leaves what an evaluation of everybody would, at every step, and nobody changes before the instant that was told', async () => {
    await fc.assert(
      fc.asyncProperty(population, someSegments, story, async (first, segments, { start, steps }) => {
        for (const table of [
          'membership',
          'membership_exit',
          'segment_state',
          'evaluation_state',
          'evaluation_touched',
          'next_change',
          'next_change_soon',
        ])
          await duckdb.run(`DELETE FROM ${table}`)
        const store = createSegmentStore(duckdb, worldSchema)
        let asOf = start
        let people = first
        await storePeople(duckdb, worldSchema, people)
        await store.evaluateTouched(segments, asOf)
        for (const [change, length, share, isLive] of steps) {
          const next = await store.nextChangeAt()
          const quiet = Math.floor(asOf + share * ((next ?? asOf + 500 * day) - 1 - asOf))
          expect(await movedBy(segments, quiet), 'before the instant that was told').toEqual([])
          expect(await movedBy(segments, (next ?? quiet + 1) - 1), 'just before it').toEqual([])
          const applied = apply(people, change)
          people = applied.people
          await storePeople(duckdb, worldSchema, people)
          for (const id of applied.touched)
            await noteTouched(duckdb, 'SELECT $1::BIGINT AS profile_id', [BigInt(id)])
          asOf += length
          const report = await store.evaluateTouched(segments, asOf, { isLive })
          expect(report.scope).toBe('touched')
          expect(await movedBy(segments, asOf), 'after evaluating those touched').toEqual([])
          expect(new Map(report.reports.map(({ segment, members }) => [segment, members]))).toEqual(
            new Map([...segments.keys()].map((name) => [name, sizeOf(report.reports, name)])),
          )
        }
      }),
      { numRuns },
    )
  }, 3_600_000)

  /** Segments that an evaluation of everybody would change, at an instant. */
  async function movedBy(segments: ReadonlyMap<string, Rule>, asOf: number): Promise<unknown[]> {
    const reports = await duckdb.dryRun(() =>
      createSegmentStore(duckdb, worldSchema).evaluate(segments, asOf),
    )
    return reports
      .filter(({ entered, exited }) => entered + exited > 0)
      .map((report) => [report, JSON.stringify(segments.get(report.segment))])
  }
})

function sizeOf(reports: readonly { segment: string; members: number }[], name: string): number {
  return reports.find(({ segment }) => segment === name)?.members ?? 0
}
