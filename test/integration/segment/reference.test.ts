/**
 * Answers that nobody in the project wrote: questions over 300 contacts and 3,000 events, with their members listed by SQLite. The
 * folder is not part of the project; AFFLUENT_REFERENCE names it, and without it these tests are skipped.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { allTrue, anyTrue } from '../../../core/segment/truth.ts'
import { findDifferences } from './find-differences.ts'
import { readReferencePeople } from './read-reference-people.ts'
import { referenceMembers } from './reference-members.ts'
import { laterRule, referenceRules, referenceSchema as schema } from './reference-rules.ts'
import { ruleEngines } from './rule-engines.ts'

const folder = process.env['AFFLUENT_REFERENCE'] ?? join(import.meta.dirname, '../../../../shared/reference')
const isPresent = existsSync(join(folder, 'expected/segments.json'))
const asOf = Date.parse('2024-06-30T12:00:00Z')

const casesShape = z.object({
  cases: z.array(
    z.object({
      id: z.string(),
      input: z.looseObject({
        fn: z.string(),
        a: z.int().nullish(),
        b: z.int().nullish(),
        op: z.string().optional(),
      }),
      expect: z.object({ ids: z.array(z.int()).optional(), value: z.int().nullable().optional() }),
    }),
  ),
})

const truthOf = (value: number | null | undefined) =>
  value === null || value === undefined ? null : value === 1

describe.skipIf(!isPresent)('the reference’s answers (skipped without its folder)', () => {
  const { cases } = isPresent
    ? casesShape.parse(JSON.parse(readFileSync(join(folder, 'expected/segments.json'), 'utf8')))
    : { cases: [] }

  const people = isPresent ? readReferencePeople(folder) : []

  describe.each(ruleEngines)('in $title', ({ open, missing }) => {
    it.skipIf(missing !== undefined)(
      'are ours, and the reference evaluator’s, for every question the rule language can ask',
      async () => {
        const moment = { schema, asOf }
        const engine = await open(moment)
        await engine.store(people)
        const expected = referenceMembers(referenceRules, people, moment)
        const differences = await findDifferences(engine, referenceRules, expected)
        engine.close()
        expect(differences).toEqual([])
        const asked = cases.filter(({ id, expect: { ids } }) => ids && referenceRules.has(id))
        expect(asked.map(({ id }) => [id, expected[id]])).toEqual(
          asked.map(({ id, expect: { ids } }) => [id, ids]),
        )
        expect(asked.length).toBeGreaterThanOrEqual(42)
      },
    )

    it.skipIf(missing !== undefined)(
      'are ours for events after the moment, once they have happened, and nobody before',
      async () => {
        const segments = new Map([['later', laterRule.rule]])
        const ids = cases.find(({ id }) => id === laterRule.id)?.expect.ids ?? []
        for (const [moment, expected] of [
          [asOf, []],
          [laterRule.asOf, ids],
        ] as const) {
          const engine = await open({ schema, asOf: moment })
          await engine.store(people)
          const { later } = await engine.together(segments)
          engine.close()
          expect(later).toEqual(expected)
          expect(referenceMembers(segments, people, { schema, asOf: moment })['later']).toEqual(expected)
        }
        expect(ids.length).toBeGreaterThan(0)
      },
    )
  })

  it('agree on three-valued logic', () => {
    const logic = cases.filter(({ input }) => input.fn === 'logic3')
    for (const { input, expect: expected } of logic) {
      const truths = [truthOf(input.a), truthOf(input.b)]
      expect(input.op === 'and' ? allTrue(truths) : anyTrue(truths)).toBe(truthOf(expected.value))
    }
    expect(logic.length).toBeGreaterThan(0)
  })
})
