import type { Audience } from '../../../core/connector/destination.ts'
import { PlatformError } from '../../../core/errors/affluent-error.ts'
import type { GoogleAdsContext } from '../data-manager.ts'
import {
  isContactList,
  listIdOf,
  listUserLists,
  readUserList,
  toAudience,
  type UserList,
} from '../user-list.ts'

const act = 'finding a user list'

/**
 * Finds a Customer Match list by the stored id, else by its exact name. A stored id that is gone is null, and never looked up by name
 * instead: campaigns hang on the id, so a person decides (B51). Throws `platform.audience_unusable` for a list that takes no members.
 */
export async function findList(
  context: GoogleAdsContext,
  wanted: { name: string; externalId?: string },
): Promise<Audience | null> {
  const list =
    wanted.externalId === undefined
      ? await findByName(context, wanted.name)
      : await findById(context, wanted.externalId)
  if (!list) return null
  assertUsable(list)
  return toAudience(context.config, list)
}

async function findById(context: GoogleAdsContext, externalId: string): Promise<UserList | undefined> {
  try {
    return await readUserList(context, listIdOf(context.config, externalId, act), act)
  } catch (error) {
    if (error instanceof PlatformError && gone.has(error.code)) return undefined
    throw error
  }
}

const gone: ReadonlySet<string> = new Set(['platform.not_found', 'platform.audience_unusable'])

async function findByName(context: GoogleAdsContext, name: string): Promise<UserList | undefined> {
  const named: UserList[] = []
  for await (const lists of listUserLists(context))
    named.push(...lists.filter((list) => list.displayName === name))
  // Shared and system lists may bear the name, too; only one of our own kind can be meant.
  const candidates = named.filter((list) => isContactList(list) && !list.readOnly)
  if (candidates.length > 1)
    throw unusable(`${candidates.length} lists have this name`, 'Rename all but one of them in Google Ads.')
  return candidates[0] ?? named[0]
}

function assertUsable(list: UserList): void {
  if (!isContactList(list))
    throw unusable('the list does not hold contact data', 'Choose another audience name.')
  if (list.readOnly)
    throw unusable('the list is read-only for this account', 'Use a list that this account owns.')
  if (list.membershipStatus === 'CLOSED')
    throw unusable(
      `the list is closed (${list.closingReason ?? 'by a person'})`,
      'Open the list again in Google Ads, Audience manager.',
    )
}

function unusable(said: string, remedy: string): PlatformError {
  return new PlatformError('platform.audience_unusable', { act, said, remedy })
}
