import type { ErrorParams } from '../errors/affluent-error.ts'
import type { ErrorCode } from '../errors/error-codes.ts'

/**
 * One execution of a sync.
 * - `running`: under way, or interrupted and to be resumed at the next start.
 * - `succeeded`: all that was planned is applied or skipped.
 * - `incomplete`: ended, but records were rejected or are still pending; each has its reason. Never shown green.
 * - `awaiting_approval`: the guard stopped it; a person must approve exactly this plan (its digest).
 * - `parked`: a quota or a reconnect is waited for; the checkpoint is kept.
 */
export const runStates = [
  'running',
  'succeeded',
  'incomplete',
  'failed',
  'awaiting_approval',
  'parked',
  'cancelled',
] as const
export type RunState = (typeof runStates)[number]

/** Counters of a run. For deliveries: planned = applied + rejected + skipped + pending. */
export interface RunCounters {
  /** Records read from the source (pull). */
  readonly read: number
  /** Rows set aside with a reason (pull). */
  readonly quarantined: number
  readonly planned: number
  readonly adds: number
  readonly updates: number
  readonly removes: number
  readonly applied: number
  readonly rejected: number
  readonly skipped: number
  readonly pending: number
  /** Rejects that the platform counted without naming the records; their rows are among `applied`. */
  readonly untold: number
  /** Members held back before sending: no consent, no way to match them, suppressed. */
  readonly withheld: number
  /** Requests made to the platform. */
  readonly calls: number
}

export const noCounters: RunCounters = {
  read: 0,
  quarantined: 0,
  planned: 0,
  adds: 0,
  updates: 0,
  removes: 0,
  applied: 0,
  rejected: 0,
  skipped: 0,
  pending: 0,
  untold: 0,
  withheld: 0,
  calls: 0,
}

export interface Run {
  readonly id: string
  readonly sync: string
  readonly kind: 'pull' | 'deliver'
  readonly state: RunState
  /** Epoch milliseconds. */
  readonly startedAt: number
  readonly finishedAt: number | null
  /** The instant the run evaluates at, epoch milliseconds. */
  readonly asOf: number
  readonly counters: RunCounters
  /** Digest of the plan a person is asked to approve, and whether they did. */
  readonly planDigest: string | null
  readonly approvedBy: string | null
  /** Actor who let it start; null for runs of earlier versions. */
  readonly startedBy: string | null
  /** Why it failed, was parked or stopped. */
  readonly error: { readonly code: ErrorCode; readonly params: ErrorParams } | null
}
