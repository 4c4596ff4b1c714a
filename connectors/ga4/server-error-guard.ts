import { PlatformError } from '../../core/errors/affluent-error.ts'
import type { Ga4Context } from './config.ts'

const hourMs = 3_600_000
/** Ten server errors in an hour lock a project out of a standard property (50 for 360); half are left to its other tools. */
const mostServerErrors = { standard: 5, analytics_360: 25 } as const

/** Counts server errors of one connection, so that our own repeats never lock the property. */
export interface ServerErrorGuard {
  /** Throws `platform.quota_exhausted` while too many happened within the last hour. */
  refuse(act: string, now: number): void
  /** Counts a server error; the last one that may happen becomes `platform.quota_exhausted`, so nothing is repeated. */
  note(error: PlatformError, status: number, now: number): PlatformError
}

const guards = new WeakMap<object, ServerErrorGuard>()

/** The guard of a connection. */
export function guardOf(context: Ga4Context): ServerErrorGuard {
  const known = guards.get(context)
  if (known) return known
  const guard = createServerErrorGuard(mostServerErrors[context.config.property_tier])
  guards.set(context, guard)
  return guard
}

/** Allows `most` server errors in any hour. */
export function createServerErrorGuard(most: number): ServerErrorGuard {
  let errors: readonly number[] = []
  const block = (act: string): PlatformError =>
    new PlatformError(
      'platform.quota_exhausted',
      { act, said: 'too many server errors within an hour', errors: errors.length },
      { until: (errors[0] ?? 0) + hourMs },
    )
  const forget = (now: number): void => {
    errors = errors.filter((at) => now - at < hourMs)
  }
  return {
    refuse(act, now) {
      forget(now)
      if (errors.length >= most) throw block(act)
    },
    note(error, status, now) {
      if (status < 500) return error
      forget(now)
      errors = [...errors, now]
      return errors.length >= most ? block(String(error.params['act'] ?? '')) : error
    },
  }
}
