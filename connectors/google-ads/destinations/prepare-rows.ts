import type { DestinationRecord, RefusedRecord } from '../../../core/connector/destination.ts'
import { eachInPieces } from '../../../core/connector/in-pieces.ts'
import type { Outcome, Reason } from '../../../core/connector/outcome.ts'
import { PlatformError } from '../../../core/errors/affluent-error.ts'
import { toAudienceMember, whyNotConsented, whyUnmatchable, type AudienceMember } from '../audience-member.ts'
import type { GoogleAdsContext } from '../data-manager.ts'

/** Never both in one request or job: Google refuses the mixture (B44). */
export type Operation = 'add' | 'remove'

/** One usable record: its place among those that were handed over, and the person as Google matches them. */
export interface Row {
  readonly index: number
  readonly member: AudienceMember
}

/** What is done, for errors: gerund phrases. */
export const writeActs = {
  add: 'adding people to a user list',
  remove: 'removing people from a user list',
} as const

const notSent: Reason = { code: 'not_sent', message: 'The record was not part of any request.' }

/** Outcome of a record that Google, or the check before it, refuses. */
export const rejected = (reason: Reason): Outcome => ({ status: 'rejected', reason })

/** The rejected ones among outcomes. */
export function toRefused(outcomes: readonly Outcome[]): readonly RefusedRecord[] {
  return outcomes.flatMap((outcome, index) =>
    outcome.status === 'rejected' ? [{ index, reason: outcome.reason }] : [],
  )
}

/** One outcome for each record, in the order given. */
export function inOrder(
  records: readonly DestinationRecord[],
  outcomes: ReadonlyMap<number, Outcome>,
): readonly Outcome[] {
  return records.map((_, index) => outcomes.get(index) ?? rejected(notSent))
}

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
export async function prepareRows(
  context: GoogleAdsContext,
  records: readonly DestinationRecord[],
  operation: Operation,
): Promise<{ readonly rows: readonly Row[]; readonly outcomes: Map<number, Outcome> }> {
  const rows: Row[] = []
  const outcomes = new Map<number, Outcome>()
  const unusable: Record<string, number> = {}
  await eachInPieces(records, (record, index) => {
    const member = toAudienceMember(record, context.config)
    for (const field of member.unusable) unusable[field] = (unusable[field] ?? 0) + 1
    const why =
      whyUnmatchable(member) ?? (operation === 'add' ? whyNotConsented(record, context.config) : undefined)
    if (why) outcomes.set(index, rejected(why))
    else rows.push({ index, member })
  })
  for (const [field, values] of Object.entries(unusable))
    context.logger.warn('google_ads_values_left_out', { connection: context.connection, field, values })
  return { rows, outcomes }
}
