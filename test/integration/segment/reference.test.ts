/**
 * Answers that nobody in the project wrote: questions over 300 contacts and 3,000 events, with their members listed by SQLite. The
 * folder is not part of the project; AFFLUENT_REFERENCE names it, and without it these tests are skipped.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { evaluateRule } from '../../../core/segment/evaluate-rule.ts'
import { allTrue, anyTrue } from '../../../core/segment/truth.ts'
import { createSegmentStore } from '../../../hub-server/warehouse/segment-store.ts'
import { rankedPeople } from '../../support/ranked-people.ts'
import { readReferencePeople } from './read-reference-people.ts'
import { laterRule, referenceRules, referenceSchema as schema } from './reference-rules.ts'
import { openWarehouse, storePeople } from './store-people.ts'

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

  it('are ours, in DuckDB and in the reference evaluator, for every question the rule language can ask', async () => {
    const people = rankedPeople(readReferencePeople(folder), referenceRules.values(), { schema, asOf })
    const duckdb = await openWarehouse(schema)
    await storePeople(duckdb, schema, people)
    await createSegmentStore(duckdb, schema).evaluate(referenceRules, asOf)
    const rows = await duckdb.all<{ segment: string; id: number }>(
      `SELECT segment, profile_id::INTEGER AS id FROM membership WHERE exited_at IS NULL ORDER BY id`,
    )
    duckdb.close()
    const compiled = Map.groupBy(rows, ({ segment }) => segment)
    const noOpen = referenceRules.get('no-open-30d') ?? { any: [] }
    const differing = cases.filter(({ id, expect: { ids } }) => {
      const rule = referenceRules.get(id)
      if (!rule || !ids) return false
      const evaluated = people.flatMap((person, index) => {
        const isQuiet = evaluateRule(noOpen, person, { schema, asOf }) === true
        const segments = new Set(isQuiet ? ['no-open-30d'] : [])
        return evaluateRule(rule, { ...person, segments }, { schema, asOf }) === true ? [index + 1] : []
      })
      const stored = (compiled.get(id) ?? []).map((row) => row.id)
      return JSON.stringify([evaluated, stored]) !== JSON.stringify([ids, ids])
    })
    expect(differing.map(({ id }) => id)).toEqual([])
    expect(cases.filter(({ id }) => referenceRules.has(id)).length).toBeGreaterThanOrEqual(42)
  })

  it('are ours for events after the moment, once they have happened, and nobody before', async () => {
    const people = readReferencePeople(folder)
    const duckdb = await openWarehouse(schema)
    await storePeople(duckdb, schema, people)
    const store = createSegmentStore(duckdb, schema)
    const segments = new Map([['later', laterRule.rule]])
    const ids = cases.find(({ id }) => id === laterRule.id)?.expect.ids ?? []
    expect(await store.preview('later', segments, asOf)).toBe(0)
    expect(await store.preview('later', segments, laterRule.asOf)).toBe(ids.length)
    duckdb.close()
    const members = people.flatMap((person, index) =>
      evaluateRule(laterRule.rule, person, { schema, asOf: laterRule.asOf }) === true ? [index + 1] : [],
    )
    expect(members).toEqual(ids)
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
