import type { BoundDestination } from '../../core/connector/connector.ts'
import type { JobOutcome, JobState } from '../../core/connector/outcome.ts'
import { toAffluentError } from '../../core/errors/affluent-error.ts'
import { isDeliverSync } from '../../core/manifest/manifest.ts'
import type { OpenJob } from '../../core/port/delivery-store.ts'
import { byConnection } from './by-connection.ts'
import type { Cycle } from './cycle-ports.ts'
import { createJobPatience } from './job-patience.ts'
import { runSharedStage } from './run-stage.ts'

/**
 * Asks the platforms about the jobs that took rows of earlier runs. A run is not green before its jobs are: what a job carried out is
 * applied now, what it failed comes again. A job that is still processed is asked about again after what its platform hints, else with
 * growing pauses, not in each cycle. A job that cannot be read is asked about again in the next cycle.
 */
export async function followJobs(cycle: Cycle): Promise<void> {
  const jobs = await cycle.deliveries.openJobs()
  if (jobs.length === 0) return
  await runSharedStage(cycle, 'jobs', async (onProgress) => {
    let done = 0
    const settled = await byConnection(
      jobs,
      ({ sync }) => connectionOf(cycle, sync),
      async (job) => {
        const isSettled = await followJob(cycle, job)
        done += 1
        onProgress(done, jobs.length)
        return isSettled
      },
    )
    return { jobs: jobs.length, settled: settled.filter(Boolean).length }
  })
}

function connectionOf({ workspace }: Cycle, name: string): string {
  const sync = workspace.syncs.get(name)
  return sync && isDeliverSync(sync) ? sync.destination.connection : ''
}

async function followJob(cycle: Cycle, job: OpenJob): Promise<boolean> {
  const patience = createJobPatience(cycle, job)
  if (!(await patience.isDue())) return false
  const state = await readJob(cycle, job)
  if (state === undefined) return false
  if (state.status === 'processing') {
    await patience.noteProcessing(state.askAgainMs)
    return false
  }
  await cycle.deliveries.settleJob(job, state, cycle.clock.now())
  if (state.status === 'done') await updateBooks(cycle, job, state.outcomes)
  return true
}

async function readJob(cycle: Cycle, open: OpenJob): Promise<JobState | undefined> {
  const { sync: name } = open
  const sync = cycle.workspace.syncs.get(name)
  if (!sync || !isDeliverSync(sync)) return undefined
  try {
    const connection = await cycle.connect(sync.destination.connection)
    return await askPlatform(cycle, open, connection.destination(sync.destination.kind))
  } catch (thrown) {
    if (cycle.signal.aborted) throw thrown
    const { code } = toAffluentError(thrown, 'reading a job')
    cycle.logger.warn('job_unread', { sync: name, code })
    return undefined
  }
}

async function askPlatform(
  { control, deliveries, signal }: Cycle,
  open: OpenJob,
  destination: BoundDestination | undefined,
): Promise<JobState | undefined> {
  const audience = await control.audience(open.sync)
  const taken = audience && { audience, signal, read: () => deliveries.jobRecords(open) }
  return destination?.readJob?.(open.job, taken)
}

/** The run that handed the rows over is settled with them: pending becomes what the job made of them. */
async function updateBooks(
  { control, deliveries }: Cycle,
  { runId, rows }: OpenJob,
  outcomes: readonly JobOutcome[] | undefined,
): Promise<void> {
  const run = await control.run(runId)
  if (!run) return
  const untold = await deliveries.untoldCount(runId)
  const count = (status: JobOutcome['status']): number =>
    outcomes?.filter((outcome) => outcome.status === status).length ?? 0
  const settled = {
    applied: outcomes ? count('applied') : rows,
    skipped: count('skipped'),
    rejected: count('rejected'),
  }
  const { applied, skipped, rejected, pending } = run.counters
  const ended = settled.applied + settled.skipped + settled.rejected
  const counters = {
    ...run.counters,
    applied: applied + settled.applied,
    skipped: skipped + settled.skipped,
    rejected: rejected + settled.rejected,
    pending: Math.max(0, pending - ended),
    untold,
  }
  const missing = counters.rejected + counters.pending + untold > 0
  await control.updateRun(runId, {
    counters,
    ...(run.state === 'incomplete' && !missing && { state: 'succeeded' }),
  })
}
