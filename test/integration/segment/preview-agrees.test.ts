import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { NodeCount } from '../../../core/port/segment-insight.ts'
import { traceRule, type NodeTruth } from '../../../core/segment/evaluate-rule.ts'
import type { Person, Truth } from '../../../core/segment/person.ts'
import type { Rule } from '../../../core/segment/rule.ts'
import { orderSegments, segmentClosure } from '../../../core/segment/segment-order.ts'
import type { DuckDb } from '../../../hub-server/warehouse/duckdb.ts'
import { createSegmentInsight } from '../../../hub-server/warehouse/segment-insight.ts'
import { createSegmentStore } from '../../../hub-server/warehouse/segment-store.ts'
import { rankedPeople } from '../../support/ranked-people.ts'
import { randomSegments } from './random-rule.ts'
import { population, worldAsOf, worldSchema } from './random-world.ts'
import { openWarehouse, storePeople } from './store-people.ts'

/** SEGMENT_RUNS=800 for a long run. */
const numRuns = Number(process.env['SEGMENT_RUNS'] ?? 12)

const context = { schema: worldSchema, asOf: worldAsOf }

/** What the rule of a segment is for each person, node by node, by the reference evaluator. */
function traces(
  segment: string,
  segments: ReadonlyMap<string, Rule>,
  people: readonly Person[],
): readonly NodeTruth[] {
  const ranked = rankedPeople(people, segments.values(), context)
  return ranked.flatMap((person) => {
    const memberOf = new Set<string>()
    return orderSegments(segmentClosure(segment, segments))
      .flat()
      .flatMap((name) => {
        const trace = traceRule(segments.get(name) ?? { any: [] }, { ...person, segments: memberOf }, context)
        if (trace.truth === true) memberOf.add(name)
        return name === segment ? [trace] : []
      })
  })
}

type Counted = Pick<NodeCount, 'whereTrue' | 'whereFalse' | 'whereUnknown'> & {
  readonly children: readonly Counted[]
}

function countTraces(told: readonly NodeTruth[]): Counted {
  const count = (wanted: Truth): number => told.filter(({ truth }) => truth === wanted).length
  return {
    whereTrue: count(true),
    whereFalse: count(false),
    whereUnknown: count(null),
    children: (told[0]?.children ?? []).map((_, index) =>
      countTraces(told.flatMap(({ children }) => children[index] ?? [])),
    ),
  }
}

const bare = ({ whereTrue, whereFalse, whereUnknown, children }: NodeCount): Counted => ({
  whereTrue,
  whereFalse,
  whereUnknown,
  children: children.map(bare),
})

describe('a preview', () => {
  let duckdb: DuckDb
  beforeAll(async () => {
    duckdb = await openWarehouse(worldSchema)
  })
  afterAll(() => duckdb.close())

  it('counts every node of random rules as the reference evaluator does: true, false and unknown', async () => {
    const insight = createSegmentInsight({
      duckdb,
      schema: worldSchema,
      segments: createSegmentStore(duckdb, worldSchema),
    })
    await fc.assert(
      fc.asyncProperty(population, randomSegments(6), async (people, segments) => {
        await storePeople(duckdb, worldSchema, people)
        for (const segment of segments.keys()) {
          const {
            rule,
            members,
            profiles,
            people: shown,
          } = await insight.preview({ segment, segments, asOf: worldAsOf })
          const told = traces(segment, segments, people)
          expect({ rule: rule.rule, ...bare(rule) }).toEqual({
            rule: segments.get(segment),
            ...countTraces(told),
          })
          expect([members, profiles]).toEqual([rule.whereTrue, people.length])
          const ids = told.flatMap(({ truth }, index) => (truth === true ? [`p_${index + 1}`] : []))
          expect(shown).toHaveLength(Math.min(10, ids.length))
          expect(ids).toEqual(expect.arrayContaining(shown.map(({ profileId }) => profileId)))
        }
      }),
      { numRuns },
    )
  }, 600_000)
})
