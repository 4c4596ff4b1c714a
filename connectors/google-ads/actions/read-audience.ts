import { z } from 'zod'
import { defineAction } from '../../../core/connector/action.ts'
import type { JsonObject } from '../../../core/port/json.ts'
import type { GoogleAdsContext } from '../data-manager.ts'
import { listIdOf, readUserList } from '../user-list.ts'
import { audienceId, fewestToServe } from './audience-id.ts'

const input = z.strictObject({ audience_id: audienceId })

/** Tells how Google sees a list: a list can take every upload and stay empty (B43). */
export const readAudience = defineAction({
  name: 'read_audience',
  description: 'Tells the size of a list on each network, its match rate and whether it can serve.',
  effect: 'reads',
  input,
  run: runRead,
})

async function runRead(context: GoogleAdsContext, given: z.output<typeof input>): Promise<JsonObject> {
  const act = 'reading a user list'
  const list = await readUserList(context, listIdOf(context.config, given.audience_id, act), act)
  const { sizeInfo: size, targetNetworkInfo: network } = list
  const matchRate = list.ingestedUserListInfo?.contactIdInfo.matchRatePercentage
  return {
    audience_id: given.audience_id,
    name: list.displayName,
    membership: list.membershipStatus.toLowerCase(),
    closing_reason: list.closingReason ?? null,
    match_rate_percentage: matchRate ?? null,
    size_display: size.displayNetworkMembersCount ?? null,
    size_search: size.searchNetworkMembersCount ?? null,
    size_youtube: size.youtubeMembersCount ?? null,
    size_gmail: size.gmailMembersCount ?? null,
    eligible_for_search: network.eligibleForSearch ?? null,
    eligible_for_display: network.eligibleForDisplay ?? null,
    large_enough_for_search: (size.searchNetworkMembersCount ?? 0) >= fewestToServe,
    large_enough_for_display: (size.displayNetworkMembersCount ?? 0) >= fewestToServe,
  }
}
