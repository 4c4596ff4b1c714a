import { z } from 'zod'
import type { Audience } from '../../core/connector/destination.ts'
import { PlatformError } from '../../core/errors/affluent-error.ts'
import type { GoogleAdsConfig } from './config.ts'
import { callDataManager, type GoogleAdsContext } from './data-manager.ts'

const count = z.coerce.number().min(0)

/** A list as the Data Manager API shows it (`user_list.proto`); numbers of 64 bits come as texts and stay so where they are ids. */
export const userList = z.object({
  id: z.union([z.string(), z.int()]).transform(String),
  displayName: z.string(),
  readOnly: z.boolean().default(false),
  membershipStatus: z.string().default('OPEN'),
  membershipDuration: z.string().optional(),
  closingReason: z.string().optional(),
  accountAccessStatus: z.string().optional(),
  sizeInfo: z
    .object({
      displayNetworkMembersCount: count.optional(),
      searchNetworkMembersCount: count.optional(),
      youtubeMembersCount: count.optional(),
      gmailMembersCount: count.optional(),
    })
    .default({}),
  targetNetworkInfo: z
    .object({ eligibleForDisplay: z.boolean().optional(), eligibleForSearch: z.boolean().optional() })
    .default({}),
  ingestedUserListInfo: z
    .object({
      uploadKeyTypes: z.array(z.string()).default([]),
      contactIdInfo: z.object({ matchRatePercentage: z.number().optional() }).default({}),
    })
    .optional(),
})
export type UserList = z.output<typeof userList>

const page = z
  .looseObject({ userLists: z.array(userList).optional(), nextPageToken: z.string().optional() })
  // No lists at all is an empty object; an object of another shape is no answer, and must not look like an empty account.
  .refine(
    (found) =>
      found.userLists !== undefined || found.nextPageToken !== undefined || Object.keys(found).length === 0,
  )

const parentOf = (config: GoogleAdsConfig): string => `accountTypes/GOOGLE_ADS/accounts/${config.customer_id}`

/** Path of the account's lists. */
export function userListsPath(config: GoogleAdsConfig): string {
  return `${parentOf(config)}/userLists`
}

/** The list as the hub knows it: by account and list, in the form of the Google Ads API (B45). */
export function toAudience(config: GoogleAdsConfig, list: Pick<UserList, 'id' | 'displayName'>): Audience {
  return {
    externalId: `customers/${config.customer_id}/userLists/${list.id}`,
    name: list.displayName,
    url: 'https://ads.google.com/aw/audiences/management',
  }
}

/**
 * The list's number out of an audience's id. Throws `platform.account_changed` when it belongs to another account: the connection
 * was pointed elsewhere, where a list of the same number would be somebody else's.
 */
export function listIdOf(config: GoogleAdsConfig, externalId: string, act: string): string {
  const match = /^customers\/(\d{1,20})\/userLists\/(\d{1,20})$/.exec(externalId)
  const [, account, list] = match ?? []
  if (account === undefined || list === undefined)
    throw new PlatformError('platform.invalid_request', {
      act,
      said: 'the audience id is not of the form customers/…/userLists/…',
    })
  if (account !== config.customer_id)
    throw new PlatformError('platform.account_changed', {
      act,
      said: 'the list is of another account',
      remedy: `Set customer_id back to ${account}, or make a new connection and a new sync for the other account.`,
    })
  return list
}

/** Reads one list. Throws `platform.not_found` or `platform.audience_unusable` when it is gone. */
export function readUserList(context: GoogleAdsContext, id: string, act: string): Promise<UserList> {
  return callDataManager(context, {
    act,
    method: 'GET',
    path: `${userListsPath(context.config)}/${id}`,
    answer: userList,
  })
}

/** Largest page (chapter 2.2): the fewest calls. */
const pageSize = '1000'

/** All lists of the account, page by page. */
export async function* listUserLists(context: GoogleAdsContext): AsyncGenerator<readonly UserList[]> {
  const act = 'listing the user lists'
  const seen = new Set<string>()
  for (let token: string | undefined = ''; token !== undefined;) {
    const found: z.output<typeof page> = await callDataManager(context, {
      act,
      method: 'GET',
      path: userListsPath(context.config),
      query: { pageSize, ...(token !== '' && { pageToken: token }) },
      answer: page,
    })
    yield found.userLists ?? []
    token = found.nextPageToken === '' ? undefined : found.nextPageToken
    if (token !== undefined && seen.has(token))
      throw new PlatformError('platform.unreadable_answer', { act, said: 'the same page came twice' })
    if (token !== undefined) seen.add(token)
  }
}

/** True for a list of people known by contact data that this account may change: what `customer_match` writes to. */
export function isContactList(list: UserList): boolean {
  return list.ingestedUserListInfo?.uploadKeyTypes.includes('CONTACT_ID') ?? false
}

/** The largest of the four networks' estimates of matched, active accounts; 0: not known yet, or too few to tell. */
export function largestSize({ sizeInfo }: UserList): number {
  return Math.max(0, ...Object.values(sizeInfo).filter((estimate) => estimate !== undefined))
}
