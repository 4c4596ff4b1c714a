import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { describeEngines } from './describe-engines.ts'
import { compareMembers, findDifferences } from './find-differences.ts'
import { randomChange } from './random-change.ts'
import { randomSegments } from './random-rule.ts'
import { population, worldAsOf, worldSchema } from './random-world.ts'
import { referenceMembers } from './reference-members.ts'

const segmentsPerRun = 25
const moment = { schema: worldSchema, asOf: worldAsOf }

describeEngines('the reference evaluator and the engine', moment, ({ engine, share }) => {
  // SEGMENT_RUNS=800 tries 20,000 rules in each engine, each alone and with the others; the default 1,000 in DuckDB.
  const numRuns = Number(process.env['SEGMENT_RUNS'] ?? Math.ceil(24 * share))

  it('give the same members for random rules over random people, one by one, all together, and explained', async () => {
    await fc.assert(
      fc.asyncProperty(population, randomSegments(segmentsPerRun), async (people, segments) => {
        await engine().store(people)
        const expected = referenceMembers(segments, people, moment)
        expect(await findDifferences(engine(), segments, expected)).toEqual([])
        const last = [...segments.keys()].at(-1) ?? ''
        const explained = await engine().explain?.(last, segments)
        expect(explained ?? expected[last]?.includes(1)).toBe(expected[last]?.includes(1))
      }),
      { numRuns },
    )
  }, 3_600_000)

  it('give the same members when only those are looked at who changed or whose instant came', async () => {
    const story = population.chain((after) => randomChange(after, 8))
    await fc.assert(
      fc.asyncProperty(story, randomSegments(segmentsPerRun), async (change, segments) => {
        const followed = await engine().followChange?.(change, segments)
        const expected = referenceMembers(segments, change.after, moment)
        const told = followed?.members ?? {}
        expect(compareMembers('changed', segments, { told, expected })).toEqual([])
        expect(followed?.scope).toBe('touched')
      }),
      { numRuns: Math.ceil(numRuns / 8) },
    )
  }, 3_600_000)
})
