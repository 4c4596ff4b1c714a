import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { evaluateRule } from '../../../core/segment/evaluate-rule.ts'
import { selectNextChanges } from '../../../core/segment/next-change/select-next-changes.ts'
import type { Person } from '../../../core/segment/person.ts'
import type { Rule } from '../../../core/segment/rule.ts'
import type { CompileContext } from '../../../core/segment/to-formula.ts'
import { duckdbDialect } from '../../../core/sql/dialects/duckdb.ts'
import type { DuckDb } from '../../../hub-server/warehouse/duckdb.ts'
import { toDuckDb } from '../../../hub-server/warehouse/segment/bound-values.ts'
import { warehouseCatalogue } from '../../../hub-server/warehouse/segment/warehouse-catalogue.ts'
import { aPerson, aPurchase } from './a-person.ts'
import { comparison, durations, periods, pick, zones } from './random-comparison.ts'
import { worldSchema } from './random-world.ts'
import { openWarehouse, storePeople } from './store-people.ts'

const hour = 3_600_000
const day = 24 * hour
const starts = [
  '2024-03-30T23:30:00Z',
  '2024-10-26T23:45:00.001Z',
  '2024-11-03T05:00:00Z',
  '2024-02-28T22:59:59.999Z',
  '2025-01-31T12:00:00Z',
]

const duration = pick(durations)
const inZone = (rule: fc.Arbitrary<Rule>): fc.Arbitrary<Rule> =>
  fc.tuple(pick(zones), rule).map(([time_zone, rule]) => ({ time_zone, rule }))
const traitRule = fc.oneof(
  comparison('datetime').map((asked): Rule => ({ trait: 'signup', ...asked })),
  comparison('date').map((asked): Rule => ({ trait: 'birthday', ...asked })),
)
const window = fc.oneof(
  duration.map((last) => ({ last })),
  pick(periods).map((during) => ({ during })),
  fc.tuple(duration, duration).map(([from, to]) => ({ from: `${from} ago`, to: `${to} ago` })),
)
const eventRule = fc.oneof(
  window.map((window): Rule => ({ event: 'purchase', measure: 'count', op: 'at_least', value: 1, window })),
  fc
    .tuple(pick(['more_than', 'at_most', 'equals'] as const), pick([0, 0.5, 1, 7, 30, 1e15]))
    .map(([op, value]): Rule => ({ event: 'purchase', measure: 'recency', op, value })),
  duration.map((value): Rule => ({ event: 'purchase', measure: 'last', op: 'within_last', value })),
  pick(['1 minute', '24 hours', '30 days']).map((within): Rule => ({
    event: 'purchase',
    measure: 'count',
    op: 'at_least',
    value: 1,
    not_followed_by: { event: 'open', within },
  })),
)
const rules = fc.array(fc.oneof(inZone(traitRule), inZone(eventRule), traitRule, eventRule), {
  minLength: 1,
  maxLength: 4,
})

/** Somewhere near the moment, or about so far from it that something may happen soon. */
const away = fc
  .tuple(
    pick([0, 0, 1, 7, 28, 30, 31, 59, 90, 181, 184, 365, 366]),
    pick([-1, 1]),
    fc.integer({ min: -36 * hour, max: 36 * hour }),
  )
  .map(([days, sign, off]) => sign * days * day + off)

describe('the next instant of change', () => {
  let duckdb: DuckDb
  beforeAll(async () => {
    duckdb = await openWarehouse(worldSchema)
  })
  afterAll(() => duckdb.close())

  const numRuns = Number(process.env['SEGMENT_RUNS'] ?? 20)

  it('is never later than the truth: until then, no answer changes', async () => {
    let asked = 0
    let atOnce = 0
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(fc.constantFrom(...starts), fc.nat(3 * hour)),
        rules,
        fc.array(fc.tuple(away, fc.nat(999)), { minLength: 20, maxLength: 40 }),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 6, maxLength: 6 }),
        async ([start, off], rules, offsets, shares) => {
          const asOf = Date.parse(start) + off
          const people = offsets.map(([ms, micros]) => somebody(BigInt(asOf + ms) * 1000n + BigInt(micros)))
          await storePeople(duckdb, worldSchema, people)
          const dues = await readDues(rules, asOf)
          for (const [index, person] of people.entries()) {
            const due = dues.get(BigInt(index + 1)) ?? asOf + 800 * day
            asked += 1
            if (due === asOf + 1) atOnce += 1
            expect(due).toBeGreaterThan(asOf)
            const before = answers(rules, person, asOf)
            // Most changes come soon, or just before the instant that was told.
            const instants = shares.map((share) => asOf + 1 + Math.floor((due - 1 - asOf) * share ** 3))
            for (const instant of new Set([...instants, due - 1].filter((at) => at < due)))
              expect([instant, answers(rules, person, instant)]).toEqual([instant, before])
          }
        },
      ),
      { numRuns },
    )
    expect(atOnce / asked, 'looked at again at once').toBeLessThan(0.01)
  }, 3_600_000)

  async function readDues(rules: readonly Rule[], asOf: number): Promise<ReadonlyMap<bigint, number>> {
    const context: CompileContext = {
      schema: worldSchema,
      catalogue: warehouseCatalogue,
      dialect: duckdbDialect,
      asOf,
    }
    const select = selectNextChanges(rules, context)
    if (!select) return new Map()
    const { text, params } = toDuckDb(select)
    const rows = await duckdb.all<{ profile_id: bigint; due_at: number }>(text, params)
    return new Map(rows.map((row) => [row.profile_id, row.due_at]))
  }
})

function somebody(instant: bigint): Person {
  return aPerson({
    traits: { signup: instant, birthday: instant / 86_400_000_000n },
    events: [aPurchase({ time: instant })],
  })
}

function answers(rules: readonly Rule[], person: Person, asOf: number): unknown[] {
  return rules.map((rule) => evaluateRule(rule, person, { schema: worldSchema, asOf }))
}
