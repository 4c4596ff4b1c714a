import type { RefusedRecord, WriteRequest } from '../../../core/connector/destination.ts'
import type { Outcome, Reason } from '../../../core/connector/outcome.ts'
import { toSaid } from '../../../core/connector/to-said.ts'
import type { GoogleAdsContext } from '../data-manager.ts'
import {
  assertTermsAccepted,
  inOrder,
  prepareRows,
  rejected,
  writeActs,
  type Operation,
  type Row,
} from '../destinations/prepare-rows.ts'
import { membersPerRequest } from '../member-request.ts'
import type { AdsError } from '../rpc-status.ts'
import { listIdOf } from '../user-list.ts'
import { toJobConsent, type JobConsent } from './job-request.ts'
import { addToJob, createJob, runJob } from './offline-job.ts'

/**
 * Adds to or removes from a list by `OfflineUserDataJob`s: create, add people, run (chapter 3.2). One outcome per record, in order:
 * `accepted`, until the job is read. A job has one consent, so people of different consents go into different jobs.
 */
export async function writeByJob(
  context: GoogleAdsContext,
  request: WriteRequest,
  operation: Operation,
): Promise<readonly Outcome[]> {
  const { signal } = request
  signal.throwIfAborted()
  const act = writeActs[operation]
  if (operation === 'add') assertTermsAccepted(context, act)
  const list = listIdOf(context.config, request.audience.externalId, act)
  const { rows, outcomes } = await prepareRows(context, request.records, operation)
  const consentOf = ({ member }: Row): JobConsent | undefined =>
    operation === 'add' ? toJobConsent(context.config, member) : undefined
  for (const group of Map.groupBy(rows, (row) => JSON.stringify(consentOf(row))).values()) {
    const [first] = group
    const consent = first && consentOf(first)
    const target = { act, list, operation, signal, ...(consent && { consent }) }
    await sendJob(context, target, group, outcomes)
  }
  return inOrder(request.records, outcomes)
}

/** Has Google check a job, which names nobody: people are checked here alone. Nothing is made (`validate_only`). */
export async function validateByJob(
  context: GoogleAdsContext,
  { audience, records, signal }: WriteRequest,
): Promise<readonly RefusedRecord[]> {
  const act = 'asking Google to check an upload'
  signal.throwIfAborted()
  assertTermsAccepted(context, act)
  const list = listIdOf(context.config, audience.externalId, act)
  const { outcomes } = await prepareRows(context, records, 'add')
  await createJob(context, { act, list, signal, validateOnly: true })
  return [...outcomes].flatMap(([index, outcome]) =>
    outcome.status === 'rejected' ? [{ index, reason: outcome.reason }] : [],
  )
}

interface Target {
  readonly act: string
  readonly list: string
  readonly operation: Operation
  readonly consent?: JobConsent
  readonly signal: AbortSignal
}

async function sendJob(
  context: GoogleAdsContext,
  target: Target,
  rows: readonly Row[],
  outcomes: Map<number, Outcome>,
): Promise<void> {
  const { act, operation, signal } = target
  const job = await createJob(context, target)
  let taken = 0
  for (let from = 0; from < rows.length; from += membersPerRequest) {
    const part = rows.slice(from, from + membersPerRequest)
    const members = part.map(({ member }) => member)
    const refused = await addToJob(context, { act, job, operation, members, signal })
    for (const [place, { index }] of part.entries()) {
      const error = refused.get(place)
      outcomes.set(index, error ? rejected(toReason(error)) : { status: 'accepted', job })
      if (!error) taken += 1
    }
  }
  // An empty job would be refused; left alone it does nothing.
  if (taken > 0) await runJob(context, { act, job, signal })
}

function toReason(error: AdsError): Reason {
  const [name = ''] = Object.values(error.error_code)
  const code = String(name).toLowerCase()
  return {
    code: /^[a-z][a-z0-9_]{2,60}$/.test(code) ? code : 'invalid_audience_member',
    message: toSaid(error.message),
  }
}
