import { describe, expect, it } from 'vitest'
import type { RateBudget } from '../../../core/connector/rate-budget.ts'
import { createRateLimiter } from '../../../hub-server/net/rate-limiter.ts'
import type { Turn } from '../../../hub-server/net/turn-queue.ts'
import { createFixedClock } from '../../support/fixed-clock.ts'

const budget: RateBudget = {
  name: 'burst',
  scope: 'account',
  limit: 1_000_000,
  windowMs: 10_000,
  source: 'test',
}
const { signal } = new AbortController()
const turn: Turn = { cost: 1, interactive: false, longestMs: 1000, signal }

describe('rate limiter', () => {
  it('sends nothing inside the wait that the platform asked for', async () => {
    const clock = createFixedClock(0)
    const limiter = createRateLimiter({ budget, clock })
    limiter.refused(90_000)
    const sentAt: number[] = []
    const sent = limiter.schedule(turn, async () => void sentAt.push(clock.now()))
    await expect.poll(() => clock.sleeps).toEqual([90_000])
    clock.advance(89_999)
    expect(sentAt).toEqual([])
    clock.advance(1)
    await sent
    expect(sentAt).toEqual([90_000])
  })

  it('waits no longer when the clock is put back by an hour meanwhile', async () => {
    const clock = createFixedClock(0)
    const limiter = createRateLimiter({ budget, clock })
    limiter.refused(2000)
    clock.advance(-3_600_000)
    const sent = limiter.schedule(turn, async () => clock.now())
    await expect.poll(() => clock.sleeps).toEqual([2000])
    clock.advance(2000)
    expect(await sent).toBe(2000 - 3_600_000)
    // Nor does it take an hour until the pace rises again.
    limiter.accepted({})
    expect(limiter.pace).toBeCloseTo(0.77)
  })

  it('slows by 30 % at a refusal and recovers by 10 % after each quiet window', () => {
    const clock = createFixedClock(0)
    const limiter = createRateLimiter({ budget, clock })
    limiter.refused(1000)
    expect(limiter.pace).toBeCloseTo(0.7)
    limiter.accepted({})
    expect(limiter.pace).toBeCloseTo(0.7)
    clock.advance(10_000)
    limiter.accepted({})
    expect(limiter.pace).toBeCloseTo(0.77)
    for (let window = 0; window < 10; window += 1) {
      clock.advance(10_000)
      limiter.accepted({})
    }
    expect(limiter.pace).toBe(1)
  })

  it('slows once for all calls that were under way when the first was refused', () => {
    const clock = createFixedClock(0)
    const limiter = createRateLimiter({ budget, clock })
    limiter.refused(1000)
    limiter.refused(3000)
    expect(limiter.pace).toBeCloseTo(0.7)
    clock.advance(3000)
    limiter.refused(1000)
    expect(limiter.pace).toBeCloseTo(0.49)
  })

  it('stays above a twentieth of the pace, however often it is refused', () => {
    const clock = createFixedClock(0)
    const limiter = createRateLimiter({ budget, clock })
    for (let refusal = 0; refusal < 50; refusal += 1) {
      limiter.refused(1000)
      clock.advance(1000)
    }
    expect(limiter.pace).toBe(0.05)
  })

  it('gives no new burst when its pace changes', async () => {
    const clock = createFixedClock(0)
    const limiter = createRateLimiter({ budget: { ...budget, limit: 100, windowMs: 3_600_000 }, clock })
    await Promise.all([1, 2, 3].map(() => limiter.schedule(turn, async () => undefined)))
    limiter.refused(1000)
    clock.advance(1000)
    const stop = new AbortController()
    let isSent = false
    const more = limiter.schedule({ ...turn, signal: stop.signal }, async () => {
      isSent = true
    })
    // As long as another limiter needs for ten turns, this one would have given its own.
    const other = createRateLimiter({ budget, clock })
    for (let call = 0; call < 10; call += 1) await other.schedule(turn, async () => undefined)
    expect(isSent).toBe(false)
    stop.abort()
    await expect(more).rejects.toThrow('abort')
  })

  it('ends the wait when the run is aborted', async () => {
    const clock = createFixedClock(0)
    const limiter = createRateLimiter({ budget, clock })
    const stop = new AbortController()
    limiter.refused(60_000)
    const sent = limiter.schedule({ ...turn, signal: stop.signal }, async () => 'sent')
    await expect.poll(() => clock.sleeps.length).toBe(1)
    stop.abort()
    await expect(sent).rejects.toThrow('abort')
  })

  it('believes the platform when its headers say that nothing is left', async () => {
    const clock = createFixedClock(0, { autoAdvance: true })
    const limiter = createRateLimiter({
      budget: { ...budget, readRemaining: (headers) => Number(headers['x-remaining']) },
      clock,
    })
    limiter.accepted({ 'x-remaining': '0' })
    await limiter.schedule(turn, async () => undefined)
    expect(clock.sleeps).toEqual([1000])
  })
})
