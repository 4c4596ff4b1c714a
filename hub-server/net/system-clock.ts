import { setTimeout as wait } from 'node:timers/promises'
import type { Clock } from '../../core/port/clock.ts'

/** Real time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(ms, signal) {
    await wait(ms, undefined, signal ? { signal } : {})
  },
}
