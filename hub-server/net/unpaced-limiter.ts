import type { RateBudget } from '../../core/connector/rate-budget.ts'
import type { Clock } from '../../core/port/clock.ts'
import type { RateLimiter } from './rate-limiter.ts'

const defaultConcurrent = 4

/**
 * The limiter of a budget that is not paced: for sandboxes whose limits are off. Only as many calls as the budget allows are under
 * way at once, and what the platform itself refuses is honoured. It is not Bottleneck with a limit out of reach, because that hands each
 * call on by timers, five milliseconds a call: longer than a local platform takes to answer.
 */
export function createUnpacedLimiter({ maxConcurrent }: RateBudget, clock: Clock): RateLimiter {
  const waiting: (() => void)[] = []
  let free = maxConcurrent ?? defaultConcurrent
  let pausedUntil = 0

  const enter = async (): Promise<void> => {
    if (free > 0) free -= 1
    // Whoever leaves hands its place on, so that a newcomer cannot take it first.
    else await new Promise<void>((resolve) => waiting.push(resolve))
  }
  const leave = (): void => {
    const next = waiting.shift()
    if (next) next()
    else free += 1
  }
  return {
    pace: 1,
    async schedule({ signal }, work) {
      await enter()
      try {
        while (clock.now() < pausedUntil) await clock.sleep(pausedUntil - clock.now(), signal)
        signal.throwIfAborted()
        return await work()
      } finally {
        leave()
      }
    },
    refused(ms) {
      pausedUntil = Math.max(pausedUntil, clock.now() + ms)
    },
    accepted: () => undefined,
  }
}
