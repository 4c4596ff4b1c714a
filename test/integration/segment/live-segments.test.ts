import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { priorityListManifest, splitManifest } from '../../../core/manifest/manifest.ts'
import { deriveSegments } from '../../../core/membership/derive-segments.ts'
import type { Rule } from '../../../core/segment/rule.ts'
import type { DuckDb } from '../../../hub-server/warehouse/duckdb.ts'
import { createSegmentStore } from '../../../hub-server/warehouse/segment-store.ts'
import { worldAsOf as asOf, worldSchema as schema } from './random-world.ts'
import { openWarehouse } from './store-people.ts'

const header = { version: 1 }
const list = priorityListManifest.parse({
  kind: 'priority_list',
  ...header,
  name: 'live',
  segments: ['young', 'french', 'anybody'],
})
const split = splitManifest.parse({
  kind: 'split',
  ...header,
  name: 'spring',
  segment: 'anybody',
  arms: [
    { name: 'a', percent: 30 },
    { name: 'b', percent: 40 },
  ],
  holdout: 20,
})
const rules = new Map<string, Rule>([
  ['young', { trait: 'score', op: 'less_than', value: 30 }],
  ['french', { trait: 'country', op: 'equals', value: 'FR' }],
  ['anybody', { all: [] }],
  ...deriveSegments([list, split]).map(({ name, rule }): [string, Rule] => [name, rule]),
])

let duckdb: DuckDb
beforeAll(async () => {
  duckdb = await openWarehouse(schema)
})
beforeEach(async () => {
  await duckdb.run('DELETE FROM profile')
  await duckdb.run('DELETE FROM membership')
})
afterAll(() => duckdb.close())

/** People of these ids, written in the given order; every third is French, every second young, every fifth of unknown age (their score). */
async function addPeople(from: number, until: number, order: 'ASC' | 'DESC' = 'ASC'): Promise<void> {
  await duckdb.run(
    `INSERT INTO profile (profile_id, created_at, updated_at, trait_country, trait_score)
     SELECT i, TIMESTAMP '2024-01-01', TIMESTAMP '2024-01-01', CASE WHEN i % 3 = 0 THEN 'FR' ELSE 'DE' END,
       CASE WHEN i % 5 = 0 THEN NULL WHEN i % 2 = 0 THEN 20 ELSE 50 END
     FROM range(${from}, ${until}) t(i) ORDER BY i ${order}`,
  )
}

async function membersOf(at = asOf): Promise<ReadonlyMap<string, readonly number[]>> {
  await createSegmentStore(duckdb, schema).evaluate(rules, at)
  const rows = await duckdb.all<{ segment: string; people: { items: number[] } }>(
    `SELECT segment, list(profile_id::INTEGER ORDER BY profile_id) AS people FROM membership
     WHERE exited_at IS NULL GROUP BY segment`,
  )
  return new Map(rows.map(({ segment, people }) => [segment, people.items]))
}

const isYoung = (id: number): boolean => id % 5 !== 0 && id % 2 === 0
const arms = ['spring.a', 'spring.b', 'spring.holdout']

describe('a priority list', () => {
  it('has everybody of its segments in exactly one live segment, that of the highest rank', async () => {
    await addPeople(1, 601)
    const members = await membersOf()
    const everybody = Array.from({ length: 600 }, (_, index) => index + 1)
    expect(members.get('live.young')).toEqual(everybody.filter(isYoung))
    expect(members.get('live.french')).toEqual(everybody.filter((id) => id % 3 === 0 && !isYoung(id)))
    expect(members.get('live.anybody')).toEqual(everybody.filter((id) => id % 3 !== 0 && !isYoung(id)))
  })

  it('moves a person on when they leave the higher segment', async () => {
    await addPeople(1, 7)
    expect((await membersOf()).get('live.young')).toEqual([2, 4, 6])
    await duckdb.run('UPDATE profile SET trait_score = 31 WHERE profile_id = 6')
    const after = await membersOf(asOf + 1000)
    expect(after.get('live.young')).toEqual([2, 4])
    expect(after.get('live.french')).toEqual([3, 6])
  })
})

describe('a split', () => {
  it('keeps everybody in their arm whoever comes or goes, in whatever order they were written, and over a rebuild', async () => {
    await addPeople(1, 1001)
    const before = await membersOf()
    await addPeople(1001, 2001)
    await duckdb.run('DELETE FROM profile WHERE profile_id % 4 = 0')
    const after = await membersOf(asOf + 1000)
    for (const arm of arms)
      expect(after.get(arm)?.filter((id) => id <= 1000)).toEqual(
        before.get(arm)?.filter((id) => id % 4 !== 0),
      )
    await duckdb.run('DELETE FROM profile')
    await duckdb.run('DELETE FROM membership')
    await addPeople(1, 1001, 'DESC')
    const rebuilt = await membersOf(asOf + 2000)
    for (const arm of arms) expect(rebuilt.get(arm)).toEqual(before.get(arm))
  })

  it('takes somebody who comes back into the same arm', async () => {
    await addPeople(1, 201)
    const before = await membersOf()
    await duckdb.run('DELETE FROM profile')
    expect((await membersOf(asOf + 1000)).size).toBe(0)
    await addPeople(1, 201)
    const after = await membersOf(asOf + 2000)
    for (const arm of arms) expect(after.get(arm)).toEqual(before.get(arm))
    expect(new Set(arms.flatMap((arm) => after.get(arm) ?? [])).size).toBe(
      arms.reduce((sum, arm) => sum + (after.get(arm)?.length ?? 0), 0),
    )
  })
})
