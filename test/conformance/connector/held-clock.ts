import type { Clock } from '../../../core/port/clock.ts'
import type { FixedClock } from '../../support/fixed-clock.ts'

/** A clock that holds whoever sleeps until it is told to let them go: what happens inside a wait can then be looked at. */
export interface HeldClock extends Clock {
  /** How many sleep now. */
  readonly sleeping: number
  /** Moves time by what the longest sleeper asked for and wakes all; nobody is held from then on. */
  release(): void
}

export function createHeldClock(inner: FixedClock): HeldClock {
  let isHeld = true
  let longest = 0
  const sleepers: (() => void)[] = []
  return {
    get sleeping() {
      return sleepers.length
    },
    now: () => inner.now(),
    sleep(ms, signal) {
      if (!isHeld) return inner.sleep(ms, signal)
      longest = Math.max(longest, ms)
      return new Promise((resolve) => sleepers.push(resolve))
    },
    release() {
      isHeld = false
      inner.advance(longest)
      for (const wake of sleepers.splice(0)) wake()
    },
  }
}
