import { z } from 'zod'
import type { DestinationRecord, WriteRequest } from '../../../core/connector/destination.ts'
import type { Outcome, Reason } from '../../../core/connector/outcome.ts'
import { PlatformError } from '../../../core/errors/affluent-error.ts'
import { toAudienceMember, whyNotConsented, whyUnmatchable, type AudienceMember } from '../audience-member.ts'
import { callDataManager, type GoogleAdsContext } from '../data-manager.ts'
import { membersPerRequest, toIngestBody, toRemoveBody, type Upload } from '../member-request.ts'
import { listIdOf } from '../user-list.ts'
import { findRowViolations } from './row-violations.ts'

/** Never both in one request: the API has a method for each (B44). */
export type Operation = 'add' | 'remove'

interface Row {
  readonly index: number
  readonly member: AudienceMember
}

/** Adds to or removes from a list, in requests of 10,000 people. One outcome per record, in order: `accepted`, until the job is read. */
export async function writeMembers(
  context: GoogleAdsContext,
  request: WriteRequest,
  operation: Operation,
): Promise<readonly Outcome[]> {
  request.signal.throwIfAborted()
  const act = acts[operation]
  if (operation === 'add') assertTermsAccepted(context, act)
  const list = listIdOf(context.config, request.audience.externalId, act)
  const { rows, outcomes } = prepare(context, request.records, operation)
  for (let from = 0; from < rows.length; from += membersPerRequest) {
    const part = rows.slice(from, from + membersPerRequest)
    await sendRows(context, { operation, list, signal: request.signal }, part, outcomes)
  }
  return request.records.map((_, index) => outcomes.get(index) ?? rejected(notSent))
}

const acts = {
  add: 'adding people to a user list',
  remove: 'removing people from a user list',
} as const

const notSent: Reason = { code: 'not_sent', message: 'The record was not part of any request.' }
const rejected = (reason: Reason): Outcome => ({ status: 'rejected', reason })

/** Each upload tells Google that the terms are accepted; only a person can do that. */
export function assertTermsAccepted(context: GoogleAdsContext, act: string): void {
  if (context.config.customer_match_terms_accepted) return
  throw new PlatformError('platform.terms_not_accepted', {
    act,
    said: 'the Customer Match terms are not accepted',
    remedy: 'Accept them in Google Ads (Audience manager), then set customer_match_terms_accepted to true.',
  })
}

/** Google refuses a whole request for one bad row: everything that can be known here is sorted out before. */
function prepare(
  context: GoogleAdsContext,
  records: readonly DestinationRecord[],
  operation: Operation,
): { rows: Row[]; outcomes: Map<number, Outcome> } {
  const rows: Row[] = []
  const outcomes = new Map<number, Outcome>()
  const unusable: Record<string, number> = {}
  for (const [index, record] of records.entries()) {
    const member = toAudienceMember(record, context.config)
    for (const field of member.unusable) unusable[field] = (unusable[field] ?? 0) + 1
    const why = whyUnmatchable(member) ?? (operation === 'add' ? whyNotConsented(record) : undefined)
    if (why) outcomes.set(index, rejected(why))
    else rows.push({ index, member })
  }
  for (const [field, values] of Object.entries(unusable))
    context.logger.warn('google_ads_values_left_out', { connection: context.connection, field, values })
  return { rows, outcomes }
}

interface Target {
  readonly operation: Operation
  readonly list: string
  readonly signal: AbortSignal
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
    act: acts[target.operation],
    said: 'Google refuses the upload again and again, naming other rows each time',
  })
}

/** `requestId` names the job; a validation answers without one that can be looked up. */
const accepted = z.object({ requestId: z.string().min(1) })
type Answer =
  | { readonly job: string }
  | { readonly job?: undefined; readonly violations: ReadonlyMap<number, Reason> }

async function upload(context: GoogleAdsContext, target: Target, rows: readonly Row[]): Promise<Answer> {
  let violations: ReadonlyMap<number, Reason> | undefined
  const body: Upload = { lists: [target.list], members: rows.map(({ member }) => member) }
  const answer = await callDataManager(context, {
    act: acts[target.operation],
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
  if ('requestId' in answer) return { job: answer.requestId }
  return { violations: violations ?? new Map() }
}
