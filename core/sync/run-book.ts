import type { AuditFact } from '../audit/audit-entry.ts'
import { PlatformError, type AffluentError } from '../errors/affluent-error.ts'
import type { Reaction } from '../errors/error-codes.ts'
import type { Clock } from '../port/clock.ts'
import type { ControlStore } from '../port/control-store.ts'
import type { JsonObject } from '../port/json.ts'
import type { Drift, EndedRun, StageError } from './cycle-event.ts'
import { noCounters, type Run, type RunCounters, type RunState } from './run.ts'

export interface RunBook {
  readonly control: ControlStore
  readonly clock: Clock
  /** Who let the cycle run: "cli:<system user>" or "hub". */
  readonly actor: string
}

/** Opens a run of a sync, durably and with its audit entry. */
export async function startRun(book: RunBook, run: Pick<Run, 'id' | 'sync' | 'kind' | 'asOf'>): Promise<Run> {
  const opened: Run = {
    ...run,
    state: 'running',
    startedAt: book.clock.now(),
    finishedAt: null,
    counters: noCounters,
    planDigest: null,
    approvedBy: null,
    startedBy: book.actor,
    error: null,
  }
  await book.control.createRun(
    opened,
    toFact(book, opened, 'run_started', { kind: run.kind, asOf: run.asOf }),
  )
  return opened
}

export interface RunEnd {
  readonly state: RunState
  readonly counters: RunCounters
  readonly error: StageError | null
  readonly planDigest?: string | null
  readonly drift?: Drift
}

/** Closes a run, or puts it aside until a person approves it or a quota is full again; tells what the cycle reports. */
export async function endRun(book: RunBook, run: Run, end: RunEnd): Promise<EndedRun> {
  const planDigest = end.planDigest === undefined ? run.planDigest : end.planDigest
  await book.control.updateRun(run.id, {
    state: end.state,
    counters: end.counters,
    error: end.error,
    finishedAt: book.clock.now(),
    planDigest,
    approvedBy: end.state === 'awaiting_approval' ? null : run.approvedBy,
  })
  await appendFact(book, run, 'run_ended', {
    state: end.state,
    counters: { ...end.counters },
    ...(end.error && { error: end.error.code }),
    ...(end.drift && { expectedSize: end.drift.expected, size: { ...end.drift.size } }),
  })
  return {
    runId: run.id,
    sync: run.sync,
    kind: run.kind,
    state: end.state,
    counters: end.counters,
    error: end.error,
    planDigest,
    ...(end.drift && { drift: end.drift }),
  }
}

/** Notes a fact about a run in the audit log. */
export async function appendFact(
  book: RunBook,
  run: Run,
  action: string,
  details: JsonObject,
): Promise<void> {
  await book.control.appendAudit(toFact(book, run, action, details))
}

function toFact(
  book: RunBook,
  run: Pick<Run, 'id' | 'sync'>,
  action: string,
  details: JsonObject,
): AuditFact {
  return {
    at: book.clock.now(),
    actor: book.actor,
    action,
    object: `sync/${run.sync}`,
    details: { run: run.id, ...details },
  }
}

/** The error as it is kept with a run; a wait that the platform named is kept as `until`, epoch milliseconds. */
export function toStageError(error: AffluentError, now: number): StageError {
  const wait = error instanceof PlatformError ? error.wait : {}
  const until = wait.until ?? (wait.retryAfterMs === undefined ? undefined : now + wait.retryAfterMs)
  return { code: error.code, params: { ...error.params, ...(until !== undefined && { until }) } }
}

const endStates: Readonly<Record<Reaction, RunState>> = {
  park: 'parked',
  wait: 'parked',
  retry: 'incomplete',
  bisect: 'incomplete',
  reject: 'incomplete',
  restart: 'incomplete',
  stop: 'failed',
  reconnect: 'failed',
}

/** How a run ends that met this error: a quota waits, a passing fault leaves rows for the next run, all else needs somebody. */
export function toEndState(error: AffluentError): RunState {
  return endStates[error.rule.reaction]
}
