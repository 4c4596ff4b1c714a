import { assert, double, integer, property } from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RateBudget } from '../../../core/connector/rate-budget.ts'
import { startingReservoir, toPacing, weightOf } from '../../../hub-server/net/rate-pacing.ts'

const aBudget = (limit: number, windowMs: number): RateBudget => ({
  name: 'calls',
  scope: 'account',
  limit,
  windowMs,
  source: 'test',
})
const hour = 3_600_000

/** What a long window hands out in its course, the burst included, where it is handed out in whole refills. */
function mostInOneWindow(budget: RateBudget, pace: number): number {
  const { reservoirIncreaseAmount = 0, reservoirIncreaseInterval = 1 } = toPacing(budget, {
    pace,
    shared: true,
  })
  const refills = Math.floor(budget.windowMs / reservoirIncreaseInterval)
  return (startingReservoir(budget, 1) ?? 0) + refills * reservoirIncreaseAmount
}

describe('pacing', () => {
  it('spaces the calls of a short window evenly', () => {
    expect(toPacing(aBudget(100, 10_000), { pace: 1 })).toEqual({ minTime: 100, maxConcurrent: 4 })
    expect(toPacing(aBudget(100, 10_000), { pace: 0.5 }).minTime).toBe(200)
  })

  it('gives each process its part where they cannot ask each other', () => {
    expect(toPacing(aBudget(100, 10_000), { pace: 1, share: 0.25 })).toEqual({
      minTime: 400,
      maxConcurrent: 1,
    })
  })

  it('counts whole milliseconds in Redis, never less than evenly', () => {
    expect(toPacing(aBudget(106, 10_000), { pace: 1, shared: true }).minTime).toBe(95)
  })

  it('lets a daily quota be spent freely', () => {
    expect(toPacing(aBudget(100_000, 24 * hour), { pace: 1 })).toEqual({ maxConcurrent: 4 })
  })

  it.each([5000, 14_000, 190_000])('uses 95 % and more of %i calls an hour', (limit) => {
    const { reservoirIncreaseAmount = 0, reservoirIncreaseInterval = 1 } = toPacing(aBudget(limit, hour), {
      pace: 1,
      shared: true,
    })
    expect((reservoirIncreaseAmount / reservoirIncreaseInterval) * hour).toBeGreaterThanOrEqual(0.95 * limit)
  })

  it('never hands out more than a long window allows, burst included', () => {
    assert(
      property(
        integer({ min: 20, max: 1_000_000 }),
        integer({ min: 61_000, max: 12 * hour }),
        double({ min: 0.05, max: 1, noNaN: true }),
        (limit, windowMs, pace) => {
          expect(mostInOneWindow(aBudget(limit, windowMs), pace)).toBeLessThanOrEqual(limit)
        },
      ),
    )
  })

  it('slows a small budget by as much as a large one', () => {
    const slow = toPacing(aBudget(60, 300_000), { pace: 0.5, shared: true })
    const perWindow = ((slow.reservoirIncreaseAmount ?? 0) / (slow.reservoirIncreaseInterval ?? 1)) * 300_000
    expect(perWindow).toBeLessThanOrEqual(30)
    expect(perWindow).toBeGreaterThan(25)
  })

  it('never waits for more than there can be at once', () => {
    expect(weightOf(aBudget(60, 300_000), 10, 1)).toBe(3)
    expect(weightOf(aBudget(14_000, hour), 10, 1)).toBe(10)
    expect(weightOf(aBudget(100, 10_000), 10, 1)).toBe(1)
  })
})
