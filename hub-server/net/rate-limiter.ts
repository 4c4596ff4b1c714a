import Bottleneck from 'bottleneck'
import type { RateBudget } from '../../core/connector/rate-budget.ts'
import type { Clock } from '../../core/port/clock.ts'

const minuteMs = 60_000
const dayMs = 86_400_000
/** Share of a long window that may be spent at once; the rest is handed out evenly, so that no rolling window is exceeded. */
const burstShare = 0.05
/** A refusal slows the whole budget by 30 %, each quiet window speeds it up by 10 % (RudderStack's adaptive throttle). */
const slowDown = 0.7
const speedUp = 1.1
const slowest = 0.05

/** The limiter of one budget of one connection, shared by everything that talks to that account. */
export interface RateLimiter {
  /** Waits for its turn, then runs `work`. Nothing runs while the budget is paused. */
  schedule<T>(cost: number, signal: AbortSignal, work: () => Promise<T>): Promise<T>
  /** The platform refused: nothing is sent for `ms`, and the pace falls by 30 %. */
  refused(ms: number): void
  /** A call went through, with the answer's headers: corrects the budget and lets it recover step by step. */
  accepted(headers: Readonly<Record<string, string>>): void
  /** Present pace as a share of the published limit. */
  readonly pace: number
}

/**
 * Windows up to a minute are paced evenly (a rolling window is then never exceeded), longer ones get a small burst and an even
 * refill, daily quotas are spent freely until the platform says stop: pacing them would slow every large sync for nothing.
 */
export function createRateLimiter(budget: RateBudget, clock: Clock): RateLimiter {
  const bottleneck = new Bottleneck(pacing(budget, 1))
  // Bottleneck adds weights up against maxConcurrent, so a weight above 1 is only used where there is a reservoir instead.
  const weigh = (cost: number): number => (budget.windowMs > minuteMs ? cost : 1)
  let pace = 1
  let pausedUntil = 0
  let lastChangeAt = clock.now()

  const setPace = (next: number): void => {
    if (next === pace) return
    pace = next
    lastChangeAt = clock.now()
    bottleneck.updateSettings(pacing(budget, pace))
  }
  return {
    get pace() {
      return pace
    },
    async schedule(cost, signal, work) {
      return bottleneck.schedule({ weight: weigh(cost) }, async () => {
        while (clock.now() < pausedUntil) await clock.sleep(pausedUntil - clock.now(), signal)
        signal.throwIfAborted()
        return work()
      })
    },
    refused(ms) {
      pausedUntil = Math.max(pausedUntil, clock.now() + ms)
      setPace(Math.max(slowest, pace * slowDown))
    },
    accepted(headers) {
      if (budget.readRemaining?.(headers) === 0)
        pausedUntil = Math.max(pausedUntil, clock.now() + remainderPause(budget))
      if (pace < 1 && clock.now() - lastChangeAt >= budget.windowMs) setPace(Math.min(1, pace * speedUp))
    },
  }
}

/** The platform's own count says the window is spent: wait for a tenth of it rather than run into a refusal. */
const remainderPause = (budget: RateBudget): number => Math.min(budget.windowMs / 10, minuteMs)

function pacing(budget: RateBudget, pace: number): Bottleneck.ConstructorOptions {
  const { limit, windowMs } = budget
  if (windowMs <= minuteMs)
    return { minTime: windowMs / (limit * pace), maxConcurrent: budget.maxConcurrent ?? 4 }
  if (windowMs >= dayMs) return { maxConcurrent: budget.maxConcurrent ?? 4 }
  const refills = 60
  const burst = Math.max(1, Math.floor(limit * burstShare))
  return {
    reservoir: burst,
    reservoirIncreaseAmount: Math.max(1, Math.floor(((limit - burst) * pace) / refills)),
    reservoirIncreaseInterval: Math.ceil(windowMs / refills / 250) * 250,
    reservoirIncreaseMaximum: burst,
  }
}
