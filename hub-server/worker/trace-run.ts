import type { EndedRun } from '../../core/sync/cycle-event.ts'
import type { Run } from '../../core/sync/run.ts'
import type { Cycle } from './cycle-ports.ts'

/** Carries a run out inside of a span, and counts how it and its members ended. */
export function traceRun(
  cycle: Cycle,
  { id, sync, kind }: Pick<Run, 'id' | 'sync' | 'kind'>,
  connection: string,
  work: () => Promise<EndedRun>,
): Promise<EndedRun> {
  const { telemetry } = cycle
  const connector = cycle.workspace.connections.get(connection)?.connector ?? 'unknown'
  return telemetry.trace('run', { run: id, sync, kind, connection, connector }, async (span) => {
    const ended = await work()
    const { state, counters, error } = ended
    span.note({ state, calls: counters.calls, records: kind === 'pull' ? counters.read : counters.planned })
    if (error) span.fail(error.code)
    telemetry.count('runs', { connector, kind, state })
    const outcomes = {
      planned: counters.planned,
      confirmed: counters.applied,
      rejected: counters.rejected,
      suppressed: counters.withheld,
      pending: counters.pending,
    }
    for (const [outcome, count] of Object.entries(outcomes))
      if (count > 0) telemetry.count('members', { connector, outcome }, count)
    return ended
  })
}
