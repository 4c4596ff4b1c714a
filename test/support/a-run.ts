import { noCounters, type Run } from '../../core/sync/run.ts'

/** A delivery run under way, with what matters to the test put in. */
export function aRun(change: Partial<Run> = {}): Run {
  return {
    id: 'run-1',
    sync: 'big-spenders-to-meta',
    kind: 'deliver',
    state: 'running',
    startedAt: 1_000,
    finishedAt: null,
    asOf: 1_000,
    counters: noCounters,
    planDigest: null,
    approvedBy: null,
    startedBy: null,
    error: null,
    ...change,
  }
}
