import type { JobState } from '../../core/connector/outcome.ts'
import { toAffluentError } from '../../core/errors/affluent-error.ts'
import { isDeliverSync } from '../../core/manifest/manifest.ts'
import type { OpenJob } from '../../core/port/delivery-store.ts'
import type { Cycle } from './cycle-ports.ts'
import { runSharedStage } from './run-stage.ts'

/**
 * Asks the platforms about the jobs that took rows of earlier runs. A run is not green before its jobs are: what a job carried out is
 * applied now, what it failed comes again. A job that cannot be read is asked about again in the next cycle.
 */
export async function followJobs(cycle: Cycle): Promise<void> {
  const jobs = await cycle.deliveries.openJobs()
  if (jobs.length === 0) return
  await runSharedStage(cycle, 'jobs', async (onProgress) => {
    let settled = 0
    for (const [index, job] of jobs.entries()) {
      if (await followJob(cycle, job)) settled += 1
      onProgress(index + 1, jobs.length)
    }
    return { jobs: jobs.length, settled }
  })
}

async function followJob(cycle: Cycle, job: OpenJob): Promise<boolean> {
  const state = await readJob(cycle, job)
  if (state === undefined || state.status === 'processing') return false
  await cycle.deliveries.settleJob(job, state, cycle.clock.now())
  if (state.status === 'done') await updateBooks(cycle, job)
  return true
}

async function readJob(cycle: Cycle, { sync: name, job }: OpenJob): Promise<JobState | undefined> {
  const sync = cycle.workspace.syncs.get(name)
  if (!sync || !isDeliverSync(sync)) return undefined
  try {
    const connection = await cycle.connect(sync.destination.connection)
    return await connection.destination(sync.destination.kind)?.readJob?.(job)
  } catch (thrown) {
    if (cycle.signal.aborted) throw thrown
    const { code } = toAffluentError(thrown, 'reading a job')
    cycle.logger.warn('job_unread', { sync: name, code })
    return undefined
  }
}

/** The run that handed the rows over is settled with them: pending becomes applied. */
async function updateBooks({ control, deliveries }: Cycle, { runId, rows }: OpenJob): Promise<void> {
  const run = await control.run(runId)
  if (!run) return
  const untold = await deliveries.untoldCount(runId)
  const counters = {
    ...run.counters,
    applied: run.counters.applied + rows,
    pending: Math.max(0, run.counters.pending - rows),
    untold,
  }
  const missing = counters.rejected + counters.pending + untold > 0
  await control.updateRun(runId, {
    counters,
    ...(run.state === 'incomplete' && !missing && { state: 'succeeded' }),
  })
}
