import type { Clock } from '../../../core/port/clock.ts'

/** Cost of the calls of the last while. */
export interface CallWindow {
  add(cost: number): void
  sum(): number
  /** Until enough of the counted calls are old enough that one more is within the limit. */
  msUntilBelow(limit: number): number
}

/** A rolling window of `lengthMs`, counted in slots of a second. */
export function createCallWindow(clock: Clock, lengthMs: number): CallWindow {
  const slots: { readonly at: number; cost: number }[] = []
  let total = 0
  const prune = (): void => {
    while (slots[0] && slots[0].at <= clock.now() - lengthMs) total -= slots.shift()?.cost ?? 0
  }
  return {
    add(cost) {
      prune()
      const at = Math.floor(clock.now() / 1000) * 1000
      const last = slots.at(-1)
      if (last?.at === at) last.cost += cost
      else slots.push({ at, cost })
      total += cost
    },
    sum() {
      prune()
      return total
    },
    msUntilBelow(limit) {
      prune()
      let left = total
      for (const slot of slots) {
        if (left < limit) return 0
        left -= slot.cost
        if (left < limit) return slot.at + lengthMs - clock.now()
      }
      return 0
    },
  }
}
