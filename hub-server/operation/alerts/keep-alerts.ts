import { toAffluentError } from '../../../core/errors/affluent-error.ts'
import type { Alert, AlertBook, AlertNotice } from '../../../core/port/alert-book.ts'
import type { Clock } from '../../../core/port/clock.ts'
import type { Logger } from '../../../core/port/logger.ts'
import { nameFault } from '../../telemetry/name-fault.ts'

/** Messages told at one look. */
const noticesAtOnce = 50

/** A place that does not answer is tried again after these, in milliseconds; then the message is given up. */
const pauses = [60_000, 5 * 60_000, 30 * 60_000, 2 * 3_600_000, 12 * 3_600_000] as const

/** Tells one message at one place. Rejects when the place did not take it. */
export type TellNotice = (notice: AlertNotice) => Promise<void>

export interface AlertDesk {
  readonly book: AlertBook
  /** The places that are told, by name. */
  readonly places: ReadonlyMap<string, TellNotice>
  readonly readProblems: () => Promise<readonly Alert[]>
  readonly clock: Clock
  readonly logger: Logger
}

/**
 * Compares what needs a person with what is known to: what is new, or became something else, is told once, and so is its end. Messages are noted with
 * the change, in one transaction, and told afterwards until each place took them, so neither a restart nor a dead mail server loses or doubles one.
 */
export async function keepAlerts(desk: AlertDesk): Promise<void> {
  const { book, places, clock } = desk
  const problems = new Map((await desk.readProblems()).map((alert) => [alert.subject, alert]))
  const standing = new Map((await book.alerts()).map((alert) => [alert.subject, alert]))
  const raised = [...problems.values()].filter(({ subject, code }) => standing.get(subject)?.code !== code)
  const recovered = [...standing.values()].filter(({ subject }) => !problems.has(subject))
  if (raised.length + recovered.length > 0)
    await book.changeAlerts({ raised, recovered, places: [...places.keys()], at: clock.now() })
  for (const { subject, code } of raised) desk.logger.warn('alert_raised', { kind: subject, code })
  for (const { subject, code } of recovered) desk.logger.warn('alert_recovered', { kind: subject, code })
  for (const notice of await book.dueNotices(clock.now(), noticesAtOnce)) await tell(desk, notice)
}

async function tell({ book, places, clock, logger }: AlertDesk, notice: AlertNotice): Promise<void> {
  const place = places.get(notice.place)
  // A place that is no longer configured hears nothing.
  if (!place) return book.postponeNotice(notice.number, undefined)
  try {
    await place(notice)
    await book.settleNotice(notice.number, clock.now())
  } catch (thrown) {
    const pause = pauses[notice.attempts]
    logger.warn('alert_untold', {
      kind: notice.place,
      attempt: notice.attempts + 1,
      code: toAffluentError(thrown, 'telling an alert').code,
      ...nameFault(thrown),
    })
    await book.postponeNotice(notice.number, pause === undefined ? undefined : clock.now() + pause)
  }
}
