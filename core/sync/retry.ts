import { PlatformError, type AffluentError } from '../errors/affluent-error.ts'
import type { Random } from '../port/clock.ts'

/** What to do after a call failed: again after `waitMs`, later at the instant `until`, or not at all. */
export type RetryDecision =
  | { readonly kind: 'retry'; readonly waitMs: number }
  | { readonly kind: 'park'; readonly until: number }
  | { readonly kind: 'give_up' }

export interface RetryLimits {
  /** The instant of the decision, epoch milliseconds. */
  readonly now: number
  /** Calls made in all before a passing fault is given up. Default 5. */
  readonly maxAttempts?: number
  /** Calls made in all before an endless "slow down" parks the run. Default 60, about half an hour at the cap. */
  readonly maxWaits?: number
  /** First back-off. Default 1,000. */
  readonly baseMs?: number
  /** Longest back-off. Default 60,000. */
  readonly capMs?: number
}

const second = 1000
const hour = 3_600_000
/** The longest period over which a platform we speak to counts a quota is a month; what is said beyond it is nonsense. */
const longestParkMs = 31 * 24 * hour

/**
 * Decides by the error's reaction. A passing fault is tried again with full-jitter exponential back-off
 * (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/); a wait that the platform names is kept to the
 * millisecond, never under a second, and parks the run when it is longer than an hour; a quota parks until it is full again.
 * `attempt` counts the calls made so far, from 1. Everything else is given up: the caller acts on the error itself.
 */
export function decideRetry(
  error: AffluentError,
  attempt: number,
  random: Random,
  limits: RetryLimits,
): RetryDecision {
  const { reaction } = error.rule
  const told = toldWaitMs(error, limits.now)
  if (reaction === 'park') return park(told ?? hour, limits.now)
  if (reaction === 'wait') return decideWait(told, attempt, random, limits)
  if (reaction !== 'retry' || attempt >= (limits.maxAttempts ?? 5)) return { kind: 'give_up' }
  return told === undefined
    ? { kind: 'retry', waitMs: backOffMs(attempt, random, limits) }
    : waitOrPark(told, limits.now)
}

function decideWait(
  told: number | undefined,
  attempt: number,
  random: Random,
  limits: RetryLimits,
): RetryDecision {
  if (attempt >= (limits.maxWaits ?? 60)) return park(told ?? hour, limits.now)
  return waitOrPark(told ?? backOffMs(attempt, random, limits), limits.now)
}

function waitOrPark(waitMs: number, now: number): RetryDecision {
  if (waitMs > hour) return park(waitMs, now)
  return { kind: 'retry', waitMs: Math.max(second, waitMs) }
}

function park(waitMs: number, now: number): RetryDecision {
  return { kind: 'park', until: now + Math.min(Math.max(second, waitMs), longestParkMs) }
}

function toldWaitMs(error: AffluentError, now: number): number | undefined {
  if (!(error instanceof PlatformError)) return undefined
  const { retryAfterMs, until } = error.wait
  const told = retryAfterMs ?? (until === undefined ? undefined : until - now)
  return told === undefined || Number.isNaN(told) ? undefined : told
}

function backOffMs(attempt: number, random: Random, limits: RetryLimits): number {
  const ceiling = Math.min(limits.capMs ?? 60 * second, (limits.baseMs ?? second) * 2 ** (attempt - 1))
  return Math.round(random() * ceiling)
}
