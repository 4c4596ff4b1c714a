import { check, double, integer, property } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AffluentError, PlatformError } from '../../../core/errors/affluent-error.ts'
import { decideRetry } from '../../../core/sync/retry.ts'

const now = Date.parse('2026-01-01T00:00:00Z')
const hour = 3_600_000

describe('decideRetry', () => {
  it('waits the 90 seconds that a 429 names, to the millisecond', () => {
    const error = new PlatformError('platform.rate_limited', {}, { retryAfterMs: 90_000 })
    expect(decideRetry(error, 1, () => 0.5, { now })).toEqual({ kind: 'retry', waitMs: 90_000 })
  })

  it('doubles the ceiling of a passing fault with each attempt, up to the cap', () => {
    const error = new PlatformError('platform.transient')
    const waits = [1, 2, 3, 7, 8, 9].map((attempt) =>
      decideRetry(error, attempt, () => 1, { now, maxAttempts: 20 }),
    )
    expect(waits.map((wait) => wait.kind === 'retry' && wait.waitMs)).toEqual([
      1000, 2000, 4000, 60_000, 60_000, 60_000,
    ])
  })

  it('spreads back-offs over the whole range down to none', () => {
    const error = new PlatformError('platform.timed_out')
    expect(decideRetry(error, 3, () => 0, { now })).toEqual({ kind: 'retry', waitMs: 0 })
    expect(decideRetry(error, 3, () => 0.25, { now })).toEqual({ kind: 'retry', waitMs: 1000 })
  })

  it('gives a passing fault up after the last attempt', () => {
    const error = new PlatformError('platform.transient')
    expect(decideRetry(error, 5, () => 0.5, { now }).kind).toBe('give_up')
  })

  it('parks a quota until the instant that the platform names', () => {
    const error = new PlatformError('platform.quota_exhausted', {}, { until: now + 5 * hour })
    expect(decideRetry(error, 1, () => 0.5, { now })).toEqual({ kind: 'park', until: now + 5 * hour })
  })

  it('parks a quota for an hour when the platform names no instant', () => {
    const error = new PlatformError('platform.quota_exhausted')
    expect(decideRetry(error, 1, () => 0.5, { now })).toEqual({ kind: 'park', until: now + hour })
  })

  it.each([0, -5, Number.NEGATIVE_INFINITY])(
    'never waits less than a second when told %d',
    (retryAfterMs) => {
      const error = new PlatformError('platform.rate_limited', {}, { retryAfterMs })
      expect(decideRetry(error, 1, () => 0.5, { now })).toEqual({ kind: 'retry', waitMs: 1000 })
    },
  )

  it('backs off by itself when told a wait that is not a number', () => {
    const error = new PlatformError('platform.rate_limited', {}, { retryAfterMs: Number.NaN })
    expect(decideRetry(error, 4, () => 0.5, { now })).toEqual({ kind: 'retry', waitMs: 4000 })
  })

  it('parks rather than waits when told more than an hour, and never longer than a month', () => {
    const long = new PlatformError('platform.rate_limited', {}, { retryAfterMs: 2 * hour })
    const tenYears = new PlatformError('platform.rate_limited', {}, { retryAfterMs: 87_600 * hour })
    expect(decideRetry(long, 1, () => 0.5, { now })).toEqual({ kind: 'park', until: now + 2 * hour })
    expect(decideRetry(tenYears, 1, () => 0.5, { now })).toEqual({
      kind: 'park',
      until: now + 31 * 24 * hour,
    })
  })

  it('keeps a run alive through half an hour of 429 without a wait, then parks it', () => {
    const error = new PlatformError('platform.rate_limited')
    expect(decideRetry(error, 59, () => 1, { now })).toEqual({ kind: 'retry', waitMs: 60_000 })
    expect(decideRetry(error, 60, () => 1, { now })).toEqual({ kind: 'park', until: now + hour })
  })

  it.each(['platform.auth_expired', 'platform.batch_refused', 'platform.audience_unusable'] as const)(
    'never repeats %s',
    (code) => {
      expect(decideRetry(new PlatformError(code), 1, () => 0.5, { now })).toEqual({ kind: 'give_up' })
    },
  )

  it('never repeats an error of our own', () => {
    expect(decideRetry(new AffluentError('internal.unexpected'), 1, () => 0.5, { now }).kind).toBe('give_up')
  })

  it('never loops tightly on, and never trusts beyond a month, whatever the platform tells', () => {
    const law = check(
      property(double(), integer({ min: 1, max: 200 }), (retryAfterMs, attempt) => {
        const error = new PlatformError('platform.rate_limited', {}, { retryAfterMs })
        const decision = decideRetry(error, attempt, () => 0, { now })
        return decision.kind === 'retry'
          ? decision.waitMs >= 1000 && decision.waitMs <= hour
          : decision.kind === 'park' && decision.until <= now + 31 * 24 * hour
      }),
    )
    expect(law.counterexample).toBeNull()
  })
})
