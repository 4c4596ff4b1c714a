import { AffluentError } from '../../core/errors/affluent-error.ts'
import type { Clock } from '../../core/port/clock.ts'

/** The instant of an option in epoch milliseconds, now without one. Throws `usage.wrong` for what is no ISO 8601 instant or day. */
export function readInstant(text: string | undefined, clock: Clock, option = '--as-of'): number {
  if (text === undefined) return clock.now()
  const isIso = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?$/.test(text)
  const instant = Date.parse(
    isIso && text.includes('T') && !/(Z|[+-]\d{2}:\d{2})$/.test(text) ? `${text}Z` : text,
  )
  if (isIso && !Number.isNaN(instant)) return instant
  throw new AffluentError('usage.wrong', {
    act: `${option} ${text.slice(0, 40)}`,
    expected: '2026-01-31, 2026-01-31T12:00:00Z',
  })
}
