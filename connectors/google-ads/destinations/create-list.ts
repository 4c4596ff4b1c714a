import type { Audience } from '../../../core/connector/destination.ts'
import type { GoogleAdsConfig } from '../config.ts'
import { callDataManager, type GoogleAdsContext } from '../data-manager.ts'
import { toAudience, userList, userListsPath } from '../user-list.ts'
import { assertTermsAccepted } from './prepare-rows.ts'

const dayS = 86_400

/** Makes a Customer Match list. Throws `platform.terms_not_accepted` before anything is sent. */
export async function createList(context: GoogleAdsContext, wanted: { name: string }): Promise<Audience> {
  const { config } = context
  const act = 'creating a user list'
  assertTermsAccepted(context, act)
  const created = await callDataManager(context, {
    act,
    method: 'POST',
    path: userListsPath(config),
    // Names are unique, so a second one is refused; the next run finds the first.
    repeatable: false,
    body: toNewList(config, wanted.name),
    answer: userList,
  })
  return toAudience(config, created)
}

/** The body of a new list, as `user_list.proto` has it. */
export function toNewList(config: GoogleAdsConfig, displayName: string): object {
  return {
    displayName,
    description: 'Kept by Affluent.',
    membershipStatus: 'OPEN',
    ...(config.membership_duration_days !== undefined && {
      membershipDuration: `${config.membership_duration_days * dayS}s`,
    }),
    ingestedUserListInfo: {
      uploadKeyTypes: ['CONTACT_ID'],
      contactIdInfo: { dataSourceType: 'DATA_SOURCE_TYPE_FIRST_PARTY' },
    },
  }
}
