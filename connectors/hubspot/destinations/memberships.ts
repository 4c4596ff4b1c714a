import { z } from 'zod'
import type { Audience } from '../../../core/connector/destination.ts'
import { AffluentError, PlatformError } from '../../../core/errors/affluent-error.ts'
import { callHubspot } from '../account.ts'
import { listsPath } from '../client.ts'
import type { HubspotContext } from '../config.ts'
import { hubspotId } from '../mapping.ts'
import { explainUnusable } from './lists.ts'

/** Ids of one membership request. HubSpot takes 100,000; fewer keep bodies and repeats cheap. */
export const membershipsPerRequest = 10_000

/** `recordsIdsAdded` is the vendor's spelling, unlike its siblings. */
const membershipAnswer = z.object({
  recordsIdsAdded: z.array(hubspotId),
  recordIdsRemoved: z.array(hubspotId),
  recordIdsMissing: z.array(hubspotId),
})

/** What a membership request did: changed, and not known to HubSpot. All other ids were as wanted before. */
export interface MembershipChange {
  readonly changed: ReadonlySet<string>
  readonly missing: ReadonlySet<string>
}

interface MemberIds {
  readonly operation: 'add' | 'remove'
  readonly ids: readonly string[]
  readonly signal: AbortSignal
}

/** Adds contacts to a list or takes them off. */
export async function changeMembers(
  context: HubspotContext,
  audience: Audience,
  change: MemberIds,
): Promise<MembershipChange> {
  const { operation, ids, signal } = change
  const changed = new Set<string>()
  const missing = new Set<string>()
  for (let start = 0; start < ids.length; start += membershipsPerRequest) {
    const answer = await writeMembers(context, audience, {
      operation,
      ids: ids.slice(start, start + membershipsPerRequest),
      signal,
    })
    for (const id of operation === 'add' ? answer.recordsIdsAdded : answer.recordIdsRemoved) changed.add(id)
    for (const id of answer.recordIdsMissing) missing.add(id)
  }
  return { changed, missing }
}

/** One request. A list that was deleted or converted meanwhile is told as such. */
async function writeMembers(
  context: HubspotContext,
  audience: Audience,
  { operation, ids, signal }: MemberIds,
): Promise<z.output<typeof membershipAnswer>> {
  try {
    return await callHubspot(context, {
      act: operation === 'add' ? 'adding members to a list' : 'taking members off a list',
      method: 'PUT',
      path: `${listsPath}/${encodeURIComponent(audience.externalId)}/memberships/${operation}`,
      body: ids,
      answer: membershipAnswer,
      repeatable: true,
      codes: { 400: 'platform.audience_unusable', 404: 'platform.audience_unusable' },
      signal,
    })
  } catch (error) {
    if (!(error instanceof PlatformError) || error.code !== 'platform.audience_unusable') throw error
    throw await explainUnusable(context, audience, error)
  }
}

const membersAnswer = z.object({
  results: z.array(z.object({ recordId: hubspotId })),
  paging: z.object({ next: z.object({ after: z.string() }).optional() }).optional(),
})

/** Published page size of memberships. */
const membersPerPage = 250

/** Pages of contact ids. A page may be empty although more follow; a cursor that comes a second time ends the reading. */
export async function* readMembers(
  context: HubspotContext,
  audience: Audience,
  signal: AbortSignal,
): AsyncGenerator<readonly string[]> {
  const act = 'reading the members of a list'
  const seen = new Set<string>()
  let after: string | undefined
  do {
    const page: z.output<typeof membersAnswer> = await callHubspot(context, {
      act,
      method: 'GET',
      path: `${listsPath}/${encodeURIComponent(audience.externalId)}/memberships`,
      query: { limit: String(membersPerPage), ...(after !== undefined && { after }) },
      answer: membersAnswer,
      repeatable: true,
      signal,
    })
    yield page.results.map(({ recordId }) => recordId)
    after = page.paging?.next?.after
    if (after !== undefined && seen.has(after)) throw new AffluentError('connector.cursor_repeated', { act })
    if (after !== undefined) seen.add(after)
  } while (after !== undefined)
}
