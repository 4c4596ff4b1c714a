import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openDuckDb, type DuckDb } from '../../../hub-server/warehouse/duckdb.ts'
import { overlapSegments, pairSegments } from '../../../hub-server/warehouse/segment/overlap.ts'
import { prepareTables } from '../../../hub-server/warehouse/tables.ts'

let duckdb: DuckDb
beforeAll(async () => {
  duckdb = await openDuckDb({ path: ':memory:' })
  await prepareTables(duckdb, {
    traits: {},
    identifiers: {},
    events: {},
    consents: {},
    source_priority: [],
  })
})
beforeEach(() => duckdb.run('DELETE FROM membership'))
afterAll(() => duckdb.close())

/** Members by segment; of those after "|" the membership has ended. */
async function fill(members: Readonly<Record<string, readonly number[]>>, ended = false): Promise<void> {
  for (const [segment, people] of Object.entries(members)) {
    for (const person of people) {
      await duckdb.run(
        `INSERT INTO membership (segment, profile_id, entered_at, exited_at) VALUES ($1, $2, TIMESTAMP '2026-01-01', ${ended ? "TIMESTAMP '2026-02-01'" : 'NULL'})`,
        [segment, person],
      )
    }
  }
}

const names = (count: number): string[] => Array.from({ length: count }, (_, place) => `segment-${place}`)

/** People 0 to 199: each is in the segments whose place, plus 2, divides their number. */
async function fillDivisors(segments: readonly string[]): Promise<ReadonlyMap<number, readonly string[]>> {
  const people = Array.from({ length: 200 }, (_, person) => person)
  await duckdb.run(
    `INSERT INTO membership (segment, profile_id, entered_at, exited_at) SELECT 'segment-' || s, p, TIMESTAMP '2026-01-01', NULL
     FROM range(200) a(p), range(${segments.length}) b(s) WHERE p % (s + 2) = 0`,
  )
  return new Map(people.map((person) => [person, segments.filter((_, place) => person % (place + 2) === 0)]))
}

describe('overlapSegments', () => {
  it('tells each combination by itself and with whatever else, and who is alone', async () => {
    await fill({ 'live.a': [1, 2, 3, 4], b: [3, 4, 5], c: [4, 6] })
    await fill({ b: [1], c: [1, 2, 3] }, true)
    expect(await overlapSegments(duckdb, ['live.a', 'b', 'c'], { combinations: 20 })).toEqual({
      segments: [
        { segment: 'live.a', members: 4, alone: 2 },
        { segment: 'b', members: 3, alone: 1 },
        { segment: 'c', members: 2, alone: 1 },
      ],
      people: 6,
      inSeveral: 2,
      combinations: [
        { segments: ['live.a'], exactly: 2, atLeast: 4 },
        { segments: ['b'], exactly: 1, atLeast: 3 },
        { segments: ['live.a', 'b'], exactly: 1, atLeast: 2 },
        { segments: ['c'], exactly: 1, atLeast: 2 },
        { segments: ['live.a', 'b', 'c'], exactly: 1, atLeast: 1 },
        { segments: ['live.a', 'c'], exactly: 0, atLeast: 1 },
        { segments: ['b', 'c'], exactly: 0, atLeast: 1 },
      ],
      combinationsLeftOut: 0,
      pairs: [
        { first: 'live.a', second: 'b', both: 2, ofFirst: 0.5, ofSecond: 2 / 3, similarity: 0.4 },
        { first: 'b', second: 'c', both: 1, ofFirst: 1 / 3, ofSecond: 0.5, similarity: 0.25 },
        { first: 'live.a', second: 'c', both: 1, ofFirst: 0.25, ofSecond: 0.5, similarity: 0.2 },
      ],
    })
  })

  it('counts a segment that is asked twice once, and one without members as empty', async () => {
    await fill({ a: [1] })
    const overlap = await overlapSegments(duckdb, ['a', 'nobody', 'a'], { combinations: 20 })
    expect(overlap.segments).toEqual([
      { segment: 'a', members: 1, alone: 1 },
      { segment: 'nobody', members: 0, alone: 0 },
    ])
    expect(overlap.pairs).toEqual([
      { first: 'a', second: 'nobody', both: 0, ofFirst: 0, ofSecond: 0, similarity: 0 },
    ])
  })

  it('has nothing to tell of no segment, and of one its size', async () => {
    await fill({ a: [1, 2] })
    expect(await overlapSegments(duckdb, [], { combinations: 20 })).toMatchObject({ people: 0, pairs: [] })
    expect(await overlapSegments(duckdb, ['a'], { combinations: 20 })).toMatchObject({
      people: 2,
      inSeveral: 0,
      combinations: [{ segments: ['a'], exactly: 2, atLeast: 2 }],
      pairs: [],
    })
  })

  it('says how many combinations it leaves out', async () => {
    await fill({ a: [1, 2, 3], b: [2, 3], c: [3] })
    const overlap = await overlapSegments(duckdb, ['a', 'b', 'c'], { combinations: 2 })
    expect(overlap.combinations).toHaveLength(2)
    expect(overlap.combinationsLeftOut).toBe(5)
  })

  it.each([8, 9, 10, 11, 20, 63, 64, 65, 130])(
    'agrees with counting people one by one, for %i segments',
    async (count) => {
      const segments = names(count)
      const held = await fillDivisors(segments)
      const overlap = await overlapSegments(duckdb, segments, { combinations: 2000 })
      const sets = [...held.values()]
      const countWhere = (test: (set: readonly string[]) => boolean): number => sets.filter(test).length
      expect(overlap.people).toBe(countWhere((set) => set.length > 0))
      expect(overlap.inSeveral).toBe(countWhere((set) => set.length > 1))
      for (const { segment, members, alone } of overlap.segments)
        expect([members, alone]).toEqual([
          countWhere((set) => set.includes(segment)),
          countWhere((set) => set.length === 1 && set[0] === segment),
        ])
      for (const { segments: some, exactly, atLeast } of overlap.combinations)
        expect([exactly, atLeast]).toEqual([
          countWhere((set) => set.length === some.length && some.every((one) => set.includes(one))),
          countWhere((set) => some.every((one) => set.includes(one))),
        ])
      expect(overlap.combinations.reduce((sum, { exactly }) => sum + exactly, 0)).toBe(overlap.people)
      expect(overlap.combinationsLeftOut).toBe(0)
      for (const { first, second, both } of overlap.pairs)
        expect(both).toBe(countWhere((set) => set.includes(first) && set.includes(second)))
      expect(overlap.pairs).toHaveLength((count * (count - 1)) / 2)
      expect(await pairSegments(duckdb, segments)).toEqual(overlap.pairs)
    },
  )
})
