import { describe, expect, it } from 'vitest'
import { createUnpacedLimiter } from '../../../hub-server/net/unpaced-limiter.ts'
import { createFixedClock } from '../../support/fixed-clock.ts'

const budget = { name: 'calls', scope: 'account', limit: 1, windowMs: 1000, source: 'test' } as const
const { signal } = new AbortController()
const turn = { cost: 1, interactive: false, longestMs: 1000, signal }

describe('unpaced limiter', () => {
  it('lets only as many calls be under way as the budget says, in the order they came', async () => {
    const limiter = createUnpacedLimiter({ ...budget, maxConcurrent: 2 }, createFixedClock(0))
    const started: number[] = []
    const ends = Array.from({ length: 5 }, () => Promise.withResolvers<undefined>())
    const calls = ends.map(({ promise }, index) =>
      limiter.schedule(turn, () => {
        started.push(index)
        return promise
      }),
    )
    await Promise.resolve()
    expect(started).toEqual([0, 1])
    ends[1]?.resolve(undefined)
    await calls[1]
    await Promise.resolve()
    expect(started).toEqual([0, 1, 2])
    for (const { resolve } of ends) resolve(undefined)
    await Promise.all(calls)
    expect(started).toEqual([0, 1, 2, 3, 4])
  })

  it('sends nothing while the platform said to wait', async () => {
    const clock = createFixedClock(0, { autoAdvance: true })
    const limiter = createUnpacedLimiter(budget, clock)
    limiter.refused(7000)
    limiter.refused(2000)
    expect(await limiter.schedule(turn, () => Promise.resolve(clock.now()))).toBe(7000)
  })

  it('gives the place of a failed call free', async () => {
    const limiter = createUnpacedLimiter({ ...budget, maxConcurrent: 1 }, createFixedClock(0))
    await expect(limiter.schedule(turn, () => Promise.reject(new Error('lost')))).rejects.toThrow('lost')
    expect(await limiter.schedule(turn, () => Promise.resolve('next'))).toBe('next')
  })

  it('starts nothing once the signal has aborted', async () => {
    const limiter = createUnpacedLimiter(budget, createFixedClock(0))
    let ran = false
    const aborted = AbortSignal.abort(new Error('stopped'))
    const work = (): Promise<void> => {
      ran = true
      return Promise.resolve()
    }
    await expect(limiter.schedule({ ...turn, signal: aborted }, work)).rejects.toThrow('stopped')
    expect(ran).toBe(false)
  })
})
