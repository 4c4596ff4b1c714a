import { AffluentError } from '../../core/errors/affluent-error.ts'
import { appendFact, type RunBook } from '../../core/sync/run-book.ts'
import type { Run } from '../../core/sync/run.ts'
import { checkRunApprover } from '../access/run-approver.ts'

/**
 * A person lets a stopped run go on with exactly the plan that they saw (`digest`). The next cycle plans again and carries it out
 * only when nothing changed since. Throws `run.plan_changed` when the run does not wait for this plan, and `access.own_request` when a second
 * person must look at it.
 */
export async function approveRun(book: RunBook, runId: string, digest: string): Promise<Run> {
  const run = await book.control.run(runId)
  if (!run || run.state !== 'awaiting_approval' || run.planDigest !== digest) {
    throw new AffluentError('run.plan_changed', { run: runId, ...(run && { sync: run.sync }) })
  }
  const approval = await checkRunApprover(book.control, run, book.actor)
  await appendFact(book, run, 'plan_approved', { digest, removes: run.counters.removes, approval })
  await book.control.updateRun(runId, { approvedBy: book.actor })
  return { ...run, approvedBy: book.actor }
}
