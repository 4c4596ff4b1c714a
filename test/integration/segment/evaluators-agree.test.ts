import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compileRule } from '../../../core/segment/compile-rule.ts'
import { evaluateRule } from '../../../core/segment/evaluate-rule.ts'
import type { Person } from '../../../core/segment/person.ts'
import type { Rule } from '../../../core/segment/rule.ts'
import { orderSegments } from '../../../core/segment/segment-order.ts'
import { duckdbDialect } from '../../../core/sql/dialects/duckdb.ts'
import type { DuckDb } from '../../../hub-server/warehouse/duckdb.ts'
import { createSegmentStore } from '../../../hub-server/warehouse/segment-store.ts'
import { toDuckDb } from '../../../hub-server/warehouse/segment/bound-values.ts'
import { warehouseCatalogue } from '../../../hub-server/warehouse/segment/warehouse-catalogue.ts'
import { rankedPeople } from '../../support/ranked-people.ts'
import { randomSegments } from './random-rule.ts'
import { population, worldAsOf, worldSchema } from './random-world.ts'
import { openWarehouse, storePeople } from './store-people.ts'

const segmentsPerRun = 25
/** SEGMENT_RUNS=800 tries 20,000 rules, each alone and with the others; the default 1,000. */
const numRuns = Number(process.env['SEGMENT_RUNS'] ?? 40)

/** Members by the reference evaluator, segment by segment in their order. */
function referenceMembers(
  segments: ReadonlyMap<string, Rule>,
  people: readonly Person[],
): Record<string, number[]> {
  const memberships = people.map(() => new Set<string>())
  const members: Record<string, number[]> = {}
  const ranked = rankedPeople(people, segments.values(), { schema: worldSchema, asOf: worldAsOf })
  for (const name of orderSegments(segments).flat()) {
    const rule = segments.get(name) ?? { any: [] }
    members[name] = ranked.flatMap((person, index) => {
      const segmentsOf = memberships[index] ?? new Set()
      const truth = evaluateRule(
        rule,
        { ...person, segments: segmentsOf },
        { schema: worldSchema, asOf: worldAsOf },
      )
      return truth === true ? [index + 1] : []
    })
    for (const member of members[name]) memberships[member - 1]?.add(name)
  }
  return members
}

async function storedMembers(
  duckdb: DuckDb,
  segments: ReadonlyMap<string, Rule>,
): Promise<Record<string, number[]>> {
  const rows = await duckdb.all<{ segment: string; profile_id: bigint }>(
    `SELECT segment, profile_id FROM membership WHERE exited_at IS NULL ORDER BY profile_id`,
  )
  const members: Record<string, number[]> = Object.fromEntries([...segments.keys()].map((name) => [name, []]))
  for (const { segment, profile_id } of rows) members[segment]?.push(Number(profile_id))
  return members
}

async function compiledMembers(duckdb: DuckDb, rule: Rule): Promise<number[]> {
  const context = {
    schema: worldSchema,
    catalogue: warehouseCatalogue,
    dialect: duckdbDialect,
    asOf: worldAsOf,
  }
  const { text, params } = toDuckDb(compileRule(rule, context))
  const rows = await duckdb.all<{ profile_id: bigint }>(text, params)
  return rows.map(({ profile_id }) => Number(profile_id)).sort((a, b) => a - b)
}

describe('the reference evaluator and DuckDB', () => {
  let duckdb: DuckDb
  beforeAll(async () => {
    duckdb = await openWarehouse(worldSchema)
  })
  afterAll(() => duckdb.close())

  it('give the same members for random rules over random people, one by one, all together, and explained', async () => {
    const store = createSegmentStore(duckdb, worldSchema)
    await fc.assert(
      fc.asyncProperty(population, randomSegments(segmentsPerRun), async (people, segments) => {
        await storePeople(duckdb, worldSchema, people)
        const expected = referenceMembers(segments, people)
        const reports = await store.evaluate(segments, worldAsOf)
        expect(await storedMembers(duckdb, segments)).toEqual(expected)
        for (const { segment, members } of reports) expect(members).toBe(expected[segment]?.length)
        const last = [...segments.keys()].at(-1) ?? ''
        const explained = await store.explain('p_1', last, segments, worldAsOf)
        expect(explained.truth === true).toBe(expected[last]?.includes(1))
        for (const [name, rule] of segments)
          expect({ rule, members: await compiledMembers(duckdb, rule) }).toEqual({
            rule,
            members: expected[name],
          })
      }),
      { numRuns },
    )
  }, 600_000)
})
