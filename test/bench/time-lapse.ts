import type { Clock } from '../../core/port/clock.ts'
import { systemClock } from '../../hub-server/net/system-clock.ts'

/** Time that runs faster, for the whole process. */
export interface TimeLapse {
  readonly clock: Clock
  /** Gives the process its own time back. */
  end(): void
}

/**
 * Lets `Date.now`, `setTimeout` and `setInterval` run `factor` times as fast: the limiter, which takes its time from them, and the sandbox,
 * which is handed the clock, live through an hour in minutes. A call's own time grows by the same factor, so figures err downwards.
 */
export function startTimeLapse(factor: number): TimeLapse {
  const { setTimeout, setInterval } = globalThis
  const { now } = Date
  const startedAt = now()
  const elapsed = (): number => startedAt + (performance.now() - startedPerformance) * factor
  const startedPerformance = performance.now()
  Object.assign(globalThis, {
    setTimeout: (work: () => void, ms = 0, ...rest: []) => setTimeout(work, ms / factor, ...rest),
    setInterval: (work: () => void, ms = 0, ...rest: []) => setInterval(work, ms / factor, ...rest),
  })
  Date.now = () => Math.floor(elapsed())
  return {
    clock: { now: elapsed, sleep: (ms, signal) => systemClock.sleep(ms / factor, signal) },
    end() {
      Object.assign(globalThis, { setTimeout, setInterval })
      Date.now = now
    },
  }
}
