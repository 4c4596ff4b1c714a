import type { Clock } from '../../../core/port/clock.ts'
import { nextMidnight } from '../next-midnight.ts'

/** How much the sandbox lets through. */
export interface SandboxLimits {
  /** Requests in a rolling window of ten seconds, object search excluded. */
  readonly burst: number
  /** Object searches in a rolling window of one second. */
  readonly searchPerSecond: number
  /** Requests of one calendar day of the account. */
  readonly daily: number
}

/** Limits of a private credential on the Professional tier. */
export const publishedLimits: SandboxLimits = { burst: 190, searchPerSecond: 5, daily: 625_000 }

type RatePolicy = 'TEN_SECONDLY_ROLLING' | 'SECONDLY' | 'DAILY'

/** Counts requests as HubSpot does, by the clock handed in. */
export interface RateWindow {
  /** Counts one request, or names the policy that refuses it. Refused requests are not counted. */
  admit(isSearch: boolean): RatePolicy | undefined
  /** The rate headers of an answer that is not an object search. */
  headers(): Readonly<Record<string, string>>
}

export function createRateWindow(clock: Clock, limits: SandboxLimits, timeZone: string): RateWindow {
  const burst: number[] = []
  const searches: number[] = []
  let usedToday = 0
  let dayEndsAt = nextMidnight(clock.now(), timeZone)
  const forget = (times: number[], windowMs: number): void => {
    while (times[0] !== undefined && times[0] <= clock.now() - windowMs) times.shift()
  }
  return {
    admit(isSearch) {
      const now = clock.now()
      if (now >= dayEndsAt) {
        usedToday = 0
        dayEndsAt = nextMidnight(now, timeZone)
      }
      forget(burst, 10_000)
      forget(searches, 1000)
      if (usedToday >= limits.daily) return 'DAILY'
      if (isSearch && searches.length >= limits.searchPerSecond) return 'SECONDLY'
      if (!isSearch && burst.length >= limits.burst) return 'TEN_SECONDLY_ROLLING'
      usedToday += 1
      if (isSearch) searches.push(now)
      else burst.push(now)
      return undefined
    },
    headers: () => ({
      'x-hubspot-ratelimit-max': String(limits.burst),
      'x-hubspot-ratelimit-remaining': String(Math.max(0, limits.burst - burst.length)),
      'x-hubspot-ratelimit-interval-milliseconds': '10000',
      'x-hubspot-ratelimit-daily': String(limits.daily),
      'x-hubspot-ratelimit-daily-remaining': String(Math.max(0, limits.daily - usedToday)),
    }),
  }
}
