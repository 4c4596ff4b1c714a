import type { Clock } from '../../../core/port/clock.ts'

/** Calls of the last while. */
export interface CallWindow {
  /** Counts one call; false, and not counted, when it is one too many. */
  take(cost?: number): boolean
  /** Until one more fits. */
  msUntilFree(): number
}

/** A rolling window of `lengthMs` that holds at most `limit` calls. */
export function createCallWindow(clock: Clock, limit: number, lengthMs: number): CallWindow {
  const slots: { readonly at: number; cost: number }[] = []
  let total = 0
  const prune = (): void => {
    while (slots[0] && slots[0].at <= clock.now() - lengthMs) total -= slots.shift()?.cost ?? 0
  }
  return {
    take(cost = 1) {
      prune()
      if (total + cost > limit) return false
      const last = slots.at(-1)
      if (last?.at === clock.now()) last.cost += cost
      else slots.push({ at: clock.now(), cost })
      total += cost
      return true
    },
    msUntilFree() {
      prune()
      return total < limit ? 0 : (slots[0]?.at ?? 0) + lengthMs - clock.now()
    },
  }
}
