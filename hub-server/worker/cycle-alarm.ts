import type { Clock } from '../../core/port/clock.ts'

/** After the first signal of a burst, so that the cycle sees most of the burst, in milliseconds. */
const gatherMs = 5_000

/** Between the starts of two cycles, however many signals come, in milliseconds: each cycle asks every source. */
const leastGapMs = 60_000

/** When the cycles of a hub that stays up begin. */
export interface CycleAlarm {
  /** Signals wait: the next cycle begins early. */
  ring(): void
  /** Resolves when the next cycle is due, `everyMs` after the last one started at the latest. Rejects when the signal aborts. */
  waitForCycle(
    last: { readonly startedAt: number; readonly everyMs: number },
    signal: AbortSignal,
  ): Promise<void>
}

export function createCycleAlarm(clock: Clock): CycleAlarm {
  let rung = Promise.withResolvers<void>()
  return {
    ring: () => rung.resolve(),
    async waitForCycle({ startedAt, everyMs }, signal) {
      const over = new AbortController()
      const ends = AbortSignal.any([signal, over.signal])
      const until = (at: number): Promise<void> => clock.sleep(Math.max(0, at - clock.now()), ends)
      const due = until(startedAt + everyMs).then(() => 'due' as const)
      try {
        const first = await Promise.race([due, rung.promise.then(() => 'early' as const)])
        if (first === 'due') return
        await Promise.race([due, until(Math.max(clock.now() + gatherMs, startedAt + leastGapMs))])
      } finally {
        over.abort()
        // What rang until now is read by the cycle that begins.
        rung = Promise.withResolvers()
      }
    },
  }
}
