import { startRun } from '../../core/sync/run-book.ts'
import type { Run } from '../../core/sync/run.ts'
import type { Cycle } from './cycle-ports.ts'

/** The run that a sync works on in this cycle, or the parked one whose time has not come. */
export type OpenedRun = { readonly run: Run } | { readonly parked: Run }

/**
 * Goes on with the run that was interrupted or waits for a person, else starts a new one. One run is open per sync at any time. A
 * parked run whose quota is full again is closed: what it left is found by comparing.
 */
export async function openRun(cycle: Cycle, sync: string, kind: Run['kind']): Promise<OpenedRun> {
  const [last] = await cycle.control.runs({ sync, limit: 1 })
  if (last?.state === 'running') return { run: last }
  if (last?.state === 'awaiting_approval') {
    const change = { state: 'running', finishedAt: null, asOf: cycle.asOf } as const
    await cycle.control.updateRun(last.id, change)
    return { run: { ...last, ...change } }
  }
  if (last?.state === 'parked') {
    if (isParked(last, cycle.clock.now())) return { parked: last }
    await cycle.control.updateRun(last.id, { state: 'incomplete' })
  }
  const run = await startRun(cycle, { id: cycle.newRunId(), sync, kind, asOf: cycle.asOf })
  return { run: await takeOver(cycle, run) }
}

/**
 * A run that waits for a person, with one beside it since that took withdrawn people off: the new run takes its place, approval and all.
 * An approval holds for exactly its plan, whichever run carries that out.
 */
async function takeOver({ control }: Cycle, run: Run): Promise<Run> {
  const [waiting] = await control.runs({ sync: run.sync, state: 'awaiting_approval', limit: 1 })
  if (!waiting) return run
  const { approvedBy, planDigest } = waiting
  await control.updateRun(run.id, { approvedBy, planDigest })
  await control.updateRun(waiting.id, { state: 'cancelled' })
  return { ...run, approvedBy, planDigest }
}

/** True of a run whose quota is not full again yet. */
export function isParked(run: Run, now: number): boolean {
  const until = run.error?.params['until']
  return run.state === 'parked' && typeof until === 'number' && until > now
}
