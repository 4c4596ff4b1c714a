import { monitorEventLoopDelay } from 'node:perf_hooks'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { compileBlocked, isBlocked } from '../../../core/identity/blocked-values.ts'
import { evaluateRule } from '../../../core/segment/evaluate-rule.ts'
import type { Rule } from '../../../core/segment/rule.ts'
import { validateRule } from '../../../core/segment/validate-rule.ts'
import { openDuckDb, type DuckDb } from '../../../hub-server/warehouse/duckdb.ts'
import { createSegmentStore } from '../../../hub-server/warehouse/segment-store.ts'
import { prepareTables } from '../../../hub-server/warehouse/tables.ts'
import { reportFigure } from '../../support/report-figure.ts'
import { aPerson, inCountry } from '../segment/a-person.ts'
import { worldAsOf, worldSchema } from '../segment/random-world.ts'
import { storePeople } from '../segment/store-people.ts'
import { badPatterns, nearMatches } from './bad-patterns.ts'

const nanosecondsPerMs = 1e6

async function openWarehouse(): Promise<DuckDb> {
  const duckdb = await openDuckDb({ path: ':memory:', threads: 1 })
  onTestFinished(() => duckdb.close())
  await prepareTables(duckdb, worldSchema)
  return duckdb
}

const isLegal = (rule: Rule): boolean =>
  validateRule(rule, { name: 'asked', profileSchema: worldSchema, segments: new Map([['asked', rule]]) })
    .length === 0

describe('X27: patterns that have stopped servers', () => {
  it('are refused, or answered in a time that grows with the text alone', async (context) => {
    const duckdb = await openWarehouse()
    await storePeople(
      duckdb,
      worldSchema,
      nearMatches.map((country) => aPerson({ traits: { country } })),
    )
    const store = createSegmentStore(duckdb, worldSchema, { segmentLimitMs: 10_000 })
    const rules = badPatterns.map((value): Rule => ({ trait: 'country', op: 'matches', value }))
    const legal = rules.filter(isLegal)
    const delay = monitorEventLoopDelay({ resolution: 5 })
    delay.enable()
    let longest = 0
    const failed: string[] = []
    for (let from = 0; from < legal.length; from += 10) {
      const batch = new Map(legal.slice(from, from + 10).map((rule, index) => [`s${from + index}`, rule]))
      const startedAt = performance.now()
      const { reports } = await store.evaluateTouched(batch, worldAsOf + from)
      longest = Math.max(longest, performance.now() - startedAt)
      failed.push(
        ...reports.flatMap(({ segment, failure }) => (failure ? [`${segment} ${failure.code}`] : [])),
      )
    }
    delay.disable()
    reportFigure(context, {
      check: 'X27',
      claim: 'bad patterns that were neither refused nor answered',
      value: failed.length,
      of: rules.length,
      target: '0',
    })
    reportFigure(context, {
      check: 'X27',
      claim: 'event-loop delay p99 while the warehouse matched them',
      value: delay.percentile(99) / nanosecondsPerMs,
      unit: 'ms',
      target: '< 50 on a quiet machine',
    })
    reportFigure(context, {
      check: 'X27',
      claim: 'longest query, with ten of them each',
      value: Math.round(longest),
      unit: 'ms',
      target: 'told',
    })
    expect(rules.length).toBe(500)
    expect(legal.length).toBeGreaterThan(200)
    expect(failed).toEqual([])
  })

  it('take no longer where the hub itself matches a single person', (context) => {
    let longest = 0
    for (const value of badPatterns) {
      const rule: Rule = { trait: 'country', op: 'matches', value }
      if (!isLegal(rule)) continue
      const person = aPerson({ traits: { country: nearMatches[0] ?? '' } })
      const startedAt = performance.now()
      evaluateRule(rule, person, { schema: worldSchema, asOf: worldAsOf })
      longest = Math.max(longest, performance.now() - startedAt)
    }
    reportFigure(context, {
      check: 'X27',
      claim: 'longest match of one person by the hub itself',
      value: Math.round(longest),
      unit: 'ms',
      target: 'told',
    })
    expect(longest).toBeGreaterThan(0)
  })
})

describe('X27: blocked values with many stars', () => {
  it('are looked for in a time that grows with the text alone', (context) => {
    const blocked = compileBlocked([`${'*a'.repeat(24)}*b@shop.example`], 'email', undefined)
    const value = `${'a'.repeat(60)}@shop.example`
    const startedAt = performance.now()
    expect(isBlocked(value, blocked)).toBe(false)
    expect(isBlocked(`${'xa'.repeat(24)}b@shop.example`, blocked)).toBe(true)
    reportFigure(context, {
      check: 'X27',
      claim: 'two looks for a blocked value with 25 stars',
      value: performance.now() - startedAt,
      unit: 'ms',
      target: 'told',
    })
  })
})

describe('X29: a heavy but legal rule', () => {
  let duckdb: DuckDb
  beforeAll(async () => {
    duckdb = await openDuckDb({ path: ':memory:', threads: 2 })
    await prepareTables(duckdb, worldSchema)
    await storePeople(duckdb, worldSchema, [aPerson({ traits: { country: 'FR' } })])
    await duckdb.run(
      `INSERT INTO event (message_id, record_id, profile_id, name, time, received_at, source_record_id)
       SELECT 'm' || i, 1, 1, 'purchase', TIMESTAMP '2020-01-01' + to_hours(i), TIMESTAMP '2024-01-01', 1 FROM range(12000) t(i)`,
    )
    return () => duckdb.close()
  })

  it('is cancelled at its limit, and others are answered meanwhile', async (context) => {
    const long = Array.from({ length: 10_000 }, (_, index) => `X${index}`)
    const heavy: Rule = {
      all: [
        { trait: 'country', op: 'not_in', value: long },
        {
          event: 'purchase',
          measure: 'count',
          window: { last: '5 years' },
          op: 'at_least',
          value: 1,
          followed_by: Array.from({ length: 5 }, () => ({ event: 'purchase', within: '1800 days' })),
        },
      ],
    }
    const limitMs = 1500
    const store = createSegmentStore(duckdb, worldSchema, { segmentLimitMs: limitMs })
    const state = { isOver: false }
    const startedAt = performance.now()
    const evaluated = store
      .evaluateTouched(
        new Map<string, Rule>([
          ['french', inCountry('FR')],
          ['heavy', heavy],
        ]),
        worldAsOf,
      )
      .finally(() => (state.isOver = true))
    const waits: number[] = []
    while (!state.isOver) {
      const asked = performance.now()
      await duckdb.read('SELECT count(*) AS people FROM profile')
      waits.push(performance.now() - asked)
    }
    const { reports } = await evaluated
    const sorted = waits.toSorted((left, right) => left - right)
    reportFigure(context, {
      check: 'X29',
      claim: `time until a rule with a limit of ${limitMs} ms was cancelled, with all around it`,
      value: Math.round(performance.now() - startedAt),
      unit: 'ms',
      target: 'told',
    })
    reportFigure(context, {
      check: 'X29',
      claim: 'p99 of other questions meanwhile',
      value: sorted[Math.floor(sorted.length * 0.99)] ?? 0,
      unit: 'ms',
      target: 'told',
    })
    expect(reports.map(({ segment, members, failure }) => [segment, members, failure?.code])).toEqual([
      ['french', 1, undefined],
      ['heavy', 0, 'segment.too_slow'],
    ])
    expect(waits.length).toBeGreaterThan(10)
  })
})
