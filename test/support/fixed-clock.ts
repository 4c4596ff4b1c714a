import type { Clock } from '../../core/port/clock.ts'

/** A clock that stands still until it is moved; sleepers wake, in order, as time passes over them. */
export interface FixedClock extends Clock {
  advance(ms: number): void
  /** How long until the next sleeper wakes, in milliseconds; Infinity: nobody sleeps. */
  untilNextWake(): number
  /** How long the sleepers asked to sleep, in order of asking. */
  readonly sleeps: readonly number[]
}

/** `autoAdvance`: a sleep moves the clock itself, so code that waits runs through at once and the waits can be read afterwards. */
export function createFixedClock(
  startAt: number | string,
  options: { autoAdvance?: boolean } = {},
): FixedClock {
  let time = typeof startAt === 'string' ? Date.parse(startAt) : startAt
  const sleeps: number[] = []
  let sleepers: { at: number; wake: () => void }[] = []
  const wakeDue = (): void => {
    const due = sleepers.filter((sleeper) => sleeper.at <= time).sort((a, b) => a.at - b.at)
    sleepers = sleepers.filter((sleeper) => sleeper.at > time)
    for (const sleeper of due) sleeper.wake()
  }
  return {
    sleeps,
    now: () => time,
    advance(ms) {
      time += ms
      wakeDue()
    },
    untilNextWake: () => Math.min(...sleepers.map(({ at }) => at)) - time,
    sleep(ms, signal) {
      signal?.throwIfAborted()
      sleeps.push(ms)
      if (options.autoAdvance) {
        time += ms
        wakeDue()
        return Promise.resolve()
      }
      return new Promise((resolve, reject) => {
        const sleeper = { at: time + ms, wake: resolve }
        sleepers.push(sleeper)
        const giveUp = (): void => {
          sleepers = sleepers.filter((other) => other !== sleeper)
          reject(new Error('aborted', { cause: signal?.reason }))
        }
        signal?.addEventListener('abort', giveUp, { once: true })
      })
    },
  }
}
