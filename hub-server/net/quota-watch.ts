import type { QuotaReading } from '../../core/connector/rate-budget.ts'
import { toAffluentError } from '../../core/errors/affluent-error.ts'
import type { Clock } from '../../core/port/clock.ts'
import type { Logger } from '../../core/port/logger.ts'
import type { QuotaBook } from '../../core/port/quota-book.ts'

/** How exactly what is left is kept: a write for each answer of a platform would be no use to anybody. */
const noteMs = 60_000

/** A change by this share of the quota is kept at once, so that one that runs out in a minute is seen. */
const noteShare = 0.02

/** Hears what platforms tell of their quotas. */
export type OnQuota = (connection: string, budget: string, reading: QuotaReading) => void

/** Keeps the last word of each quota. A store that fails is told to the log: the answer that told it is worth more than the note. */
export function createQuotaWatch({
  book,
  clock,
  logger,
}: {
  readonly book: Pick<QuotaBook, 'noteQuota'>
  readonly clock: Clock
  readonly logger: Logger
}): OnQuota {
  const noted = new Map<string, { readonly at: number; readonly left: number }>()
  return (connection, budget, { windowMs, left, of }) => {
    const key = JSON.stringify([connection, budget, windowMs])
    const [at, last] = [clock.now(), noted.get(key)]
    if (last && at - last.at < noteMs && Math.abs(last.left - left) < noteShare * of) return
    noted.set(key, { at, left })
    const told = { connection, budget, windowMs, left: Math.max(0, Math.floor(left)), of, at }
    book.noteQuota(told).catch((thrown: unknown) => {
      const { code } = toAffluentError(thrown, 'noting what is left of a quota')
      logger.warn('quota_not_noted', { connection, code })
    })
  }
}
