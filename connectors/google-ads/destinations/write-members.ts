import { z } from 'zod'
import type { RefusedRecord, WriteRequest } from '../../../core/connector/destination.ts'
import type { Outcome, Reason } from '../../../core/connector/outcome.ts'
import { PlatformError } from '../../../core/errors/affluent-error.ts'
import { callDataManager, type GoogleAdsContext } from '../data-manager.ts'
import { membersPerRequest, toIngestBody, toRemoveBody, type Upload } from '../member-request.ts'
import { listIdOf } from '../user-list.ts'
import {
  assertTermsAccepted,
  inOrder,
  prepareRows,
  rejected,
  toRefused,
  writeActs,
  type Operation,
  type Row,
} from './prepare-rows.ts'
import { findRowViolations } from './row-violations.ts'

/** Adds to or removes from a list, in requests of 10,000 people. One outcome per record, in order: `accepted`, until the job is read. */
export async function writeMembers(
  context: GoogleAdsContext,
  request: WriteRequest,
  operation: Operation,
): Promise<readonly Outcome[]> {
  return sendMembers(context, request, { operation, act: writeActs[operation] })
}

/**
 * Has Google check additions as `add` would send them, and changes nothing (`validateOnly`). The id that it answers cannot be looked
 * up (trap 12).
 */
export async function validateMembers(
  context: GoogleAdsContext,
  request: WriteRequest,
): Promise<readonly RefusedRecord[]> {
  const act = 'asking Google to check an upload'
  return toRefused(await sendMembers(context, request, { operation: 'add', act, validateOnly: true }))
}

async function sendMembers(
  context: GoogleAdsContext,
  { audience, records, signal }: WriteRequest,
  wanted: Pick<Target, 'operation' | 'act' | 'validateOnly'>,
): Promise<readonly Outcome[]> {
  signal.throwIfAborted()
  if (wanted.operation === 'add') assertTermsAccepted(context, wanted.act)
  const list = listIdOf(context.config, audience.externalId, wanted.act)
  const { rows, outcomes } = await prepareRows(context, records, wanted.operation)
  for (let from = 0; from < rows.length; from += membersPerRequest)
    await sendRows(context, { ...wanted, list, signal }, rows.slice(from, from + membersPerRequest), outcomes)
  return inOrder(records, outcomes)
}

interface Target {
  readonly operation: Operation
  readonly act: string
  readonly list: string
  readonly signal: AbortSignal
  readonly validateOnly?: boolean
}

/** Google names at least one bad row per refusal; more rounds than this mean that it refuses for another reason. */
const mostRounds = 8

async function sendRows(
  context: GoogleAdsContext,
  target: Target,
  rows: readonly Row[],
  outcomes: Map<number, Outcome>,
): Promise<void> {
  let left = rows
  for (let round = 0; round < mostRounds; round += 1) {
    const answer = await upload(context, target, left)
    if (answer.job !== undefined) {
      for (const { index } of left) outcomes.set(index, { status: 'accepted', job: answer.job })
      return
    }
    const refused = left.filter((_, place) => answer.violations.has(place))
    if (refused.length === 0) break
    for (const [place, { index }] of left.entries()) {
      const reason = answer.violations.get(place)
      if (reason) outcomes.set(index, rejected(reason))
    }
    left = left.filter((_, place) => !answer.violations.has(place))
    if (left.length === 0) return
  }
  throw new PlatformError('platform.batch_refused', {
    act: target.act,
    said: 'Google refuses the upload again and again, naming other rows each time',
  })
}

/** `requestId` names the job; a validation answers without one that can be looked up. */
const accepted = z.object({
  requestId: z.string().min(1),
  fieldWarnings: z
    .array(z.object({ reason: z.string().default('') }))
    .default([])
    .catch([]),
})
type Answer =
  | { readonly job: string }
  | { readonly job?: undefined; readonly violations: ReadonlyMap<number, Reason> }

async function upload(context: GoogleAdsContext, target: Target, rows: readonly Row[]): Promise<Answer> {
  let violations: ReadonlyMap<number, Reason> | undefined
  const body: Upload = {
    lists: [target.list],
    members: rows.map(({ member }) => member),
    ...(target.validateOnly && { validateOnly: true }),
  }
  const answer = await callDataManager(context, {
    act: target.act,
    method: 'POST',
    path: target.operation === 'add' ? 'audienceMembers:ingest' : 'audienceMembers:remove',
    body:
      target.operation === 'add' ? toIngestBody(context.config, body) : toRemoveBody(context.config, body),
    timeoutMs: 120_000,
    signal: target.signal,
    answer: z.union([accepted, z.object({ error: z.unknown() })]),
    wants(reply) {
      violations = findRowViolations(reply)
      return violations !== undefined
    },
  })
  if ('requestId' in answer) {
    noteWarnings(context, answer.fieldWarnings)
    return { job: answer.requestId }
  }
  return { violations: violations ?? new Map() }
}

/** Google took the people and dislikes something about them: counted by reason, without the fields, which name rows. */
function noteWarnings(
  { connection, logger }: GoogleAdsContext,
  warnings: z.output<typeof accepted>['fieldWarnings'],
): void {
  for (const [reason, group] of Map.groupBy(warnings, (warning) => warning.reason.slice(0, 80)))
    logger.warn('google_ads_upload_warned', { connection, code: reason, records: group.length })
}
