import type { Clock } from '../../core/port/clock.ts'
import type { Logger } from '../../core/port/logger.ts'

/** How often a connection's refusals are told at most, in milliseconds: whoever guesses must not fill the log. */
const tellEveryMs = 60_000

interface Count {
  untold: number
  toldAt: number
}

/** Counts one refusal of a connection (undefined: the address names none), and what it was for: a code of the table. */
export type NoteRefusal = (connection: string | undefined, code?: string) => void

/**
 * Counts refused messages by connection and tells them in the log, at once and then once a minute. Messages to addresses that do not
 * exist count as one connection, "unknown": names that strangers choose must not fill memory.
 */
export function createRefusalLog(clock: Clock, logger: Logger): NoteRefusal {
  const counts = new Map<string, Count>()
  return (connection = 'unknown', code = 'api.webhook_refused') => {
    const count = counts.get(connection) ?? { untold: 0, toldAt: -Infinity }
    counts.set(connection, count)
    count.untold += 1
    if (clock.now() - count.toldAt < tellEveryMs) return
    logger.warn('webhook_refused', { connection, code, count: count.untold })
    count.untold = 0
    count.toldAt = clock.now()
  }
}
