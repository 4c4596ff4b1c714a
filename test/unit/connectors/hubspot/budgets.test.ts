import { array, assert, double, property } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hubspotBudgets } from '../../../../connectors/hubspot/budgets.ts'
import { createRateWindow } from '../../../../connectors/hubspot/sandbox/rate-window.ts'
import { createFixedClock } from '../../../support/fixed-clock.ts'

/** The published limits (chapter 1.5), in requests and milliseconds. */
const published = [
  ['marketplace_app', 110, 10_000],
  ['free_starter', 100, 10_000],
  ['professional_enterprise', 190, 10_000],
  ['limit_increase', 250, 10_000],
  ['search', 5, 1000],
] as const

function budgetOf(name: string) {
  const budget = hubspotBudgets.find((candidate) => candidate.name === name)
  if (!budget) throw new Error(`there is no budget ${name}`)
  return budget
}

/**
 * Calls spaced as the hub's limiter spaces them, each on its way for between 0 and `jitterMs`, counted by the sandbox's rolling
 * window on a clock that only this test moves. Returns how many were refused.
 */
function refusals(name: string, jitterMs: readonly number[]): number {
  const { limit, windowMs } = budgetOf(name)
  const spacing = windowMs / limit
  const arrivals = jitterMs.map((late, index) => index * spacing + late).sort((a, b) => a - b)
  const clock = createFixedClock(0)
  const window = createRateWindow(
    clock,
    { burst: published.find(([tier]) => tier === name)?.[1] ?? 0, searchPerSecond: 5, daily: 1e9 },
    'UTC',
  )
  let refused = 0
  for (const at of arrivals) {
    clock.advance(at - clock.now())
    if (window.admit(name === 'search') !== undefined) refused += 1
  }
  return refused
}

describe('rate budgets', () => {
  it.each(published)('%s uses at least 95 %% of the published %i per %i ms', (name, limit, windowMs) => {
    const budget = budgetOf(name)
    const share = budget.limit / budget.windowMs / (limit / windowMs)
    expect(share).toBeGreaterThanOrEqual(0.95)
    expect(share).toBeLessThan(1)
  })

  it.each([
    ['marketplace_app', 200],
    ['free_starter', 200],
    ['professional_enterprise', 200],
    ['limit_increase', 200],
    ['search', 33],
  ])(
    '%s: the rolling window never refuses evenly spaced calls that arrive up to %i ms late',
    (name, jitter) => {
      assert(
        property(
          array(double({ min: 0, max: jitter, noNaN: true }), { minLength: 600, maxLength: 1200 }),
          (jitterMs) => {
            expect(refusals(name, jitterMs)).toBe(0)
          },
        ),
        { numRuns: 30 },
      )
    },
  )

  it('the window that this is shown on does refuse calls at a tenth more than the limit', () => {
    const clock = createFixedClock(0)
    const window = createRateWindow(clock, { burst: 110, searchPerSecond: 5, daily: 1e9 }, 'UTC')
    let refused = 0
    for (let call = 0; call < 600; call += 1) {
      if (window.admit(false) !== undefined) refused += 1
      clock.advance(10_000 / 121)
    }
    expect(refused).toBeGreaterThan(0)
  })

  it('knows what is left from the headers, the day included, and nothing from headers that say nothing', () => {
    const read = budgetOf('free_starter').readRemaining
    expect(
      read?.({ 'x-hubspot-ratelimit-remaining': '90', 'x-hubspot-ratelimit-daily-remaining': '7' }),
    ).toBe(7)
    expect(read?.({ 'x-hubspot-ratelimit-remaining': '3' })).toBe(3)
    expect(read?.({ 'x-hubspot-ratelimit-remaining': 'many' })).toBeUndefined()
  })
})
