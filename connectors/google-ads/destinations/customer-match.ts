import type {
  Audience,
  AudienceSize,
  Destination,
  WriteRequest,
} from '../../../core/connector/destination.ts'
import type { Outcome } from '../../../core/connector/outcome.ts'
import { memberFields } from '../audience-member.ts'
import type { GoogleAdsConfig } from '../config.ts'
import type { GoogleAdsContext } from '../data-manager.ts'
import { membersPerRequest } from '../member-request.ts'
import { isOfflineJob, readOfflineJob } from '../offline-jobs/read-job.ts'
import { validateByJob, writeByJob } from '../offline-jobs/write-by-job.ts'
import { largestSize, listIdOf, readUserList } from '../user-list.ts'
import { createList } from './create-list.ts'
import { findList } from './find-list.ts'
import type { Operation } from './prepare-rows.ts'
import { readRequestStatus } from './request-status.ts'
import { validateMembers, writeMembers } from './write-members.ts'

/** Google's Customer Match list. Members can be added and taken off, never listed; only estimates of its size can be read back. */
export const customerMatch: Destination<GoogleAdsConfig> = {
  kind: 'customer_match',
  description: 'Customer Match list of a Google Ads account, filled with contact data.',
  // No `update`: a row with a new e-mail would leave the match of the old one in the list.
  capabilities: { remove: true, create: true, readSize: true, repeatable: true },
  fields: memberFields,
  recordsPerBatch: membersPerRequest,
  // Fewest matched and active people for ads to be served (chapter 2.3; older help pages say 1,000).
  minimumSize: 100,
  // Chapter 2.3: sizes show after several hours up to two days.
  visibleAfterMs: 48 * 3_600_000,
  find: findList,
  create: createList,
  add: (context, request) => write(context, request, 'add'),
  validate: (context, request) =>
    context.config.upload_path === 'offline_jobs'
      ? validateByJob(context, request)
      : validateMembers(context, request),
  remove: (context, request) => write(context, request, 'remove'),
  readSize,
  // By the form of its name: a job that is under way is followed to its end when the connection changes its path.
  readJob: (context, job) =>
    isOfflineJob(job) ? readOfflineJob(context, job) : readRequestStatus(context, job),
}

function write(
  context: GoogleAdsContext,
  request: WriteRequest,
  operation: Operation,
): Promise<readonly Outcome[]> {
  const send = context.config.upload_path === 'offline_jobs' ? writeByJob : writeMembers
  return send(context, request, operation)
}

/**
 * The largest of the four networks' estimates. Google counts matched, active accounts and rounds them, so there is no upper bound on
 * the people of the list; 0 means "not yet, or too few to tell".
 */
async function readSize(context: GoogleAdsContext, audience: Audience): Promise<AudienceSize> {
  const act = 'reading the size of a user list'
  const largest = largestSize(
    await readUserList(context, listIdOf(context.config, audience.externalId, act), act),
  )
  return { atLeast: largest === 0 ? null : roundingFloor(largest), atMost: null }
}

/** Estimates are rounded to two figures: 4,300 stands for 4,250 and more. */
function roundingFloor(estimate: number): number {
  const step = 10 ** Math.max(0, Math.floor(Math.log10(estimate)) - 1)
  return Math.max(0, estimate - step / 2)
}
