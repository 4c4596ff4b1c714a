import type { Audience, AudienceSize, Destination } from '../../../core/connector/destination.ts'
import { memberFields } from '../audience-member.ts'
import type { GoogleAdsConfig } from '../config.ts'
import { callDataManager, type GoogleAdsContext } from '../data-manager.ts'
import { membersPerRequest } from '../member-request.ts'
import { listIdOf, readUserList, toAudience, userList, userListsPath } from '../user-list.ts'
import { findList } from './find-list.ts'
import { readRequestStatus } from './request-status.ts'
import { assertTermsAccepted, writeMembers } from './write-members.ts'

const dayS = 86_400

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
  add: (context, request) => writeMembers(context, request, 'add'),
  remove: (context, request) => writeMembers(context, request, 'remove'),
  readSize,
  readJob: readRequestStatus,
}

async function createList(context: GoogleAdsContext, wanted: { name: string }): Promise<Audience> {
  const { config } = context
  const act = 'creating a user list'
  assertTermsAccepted(context, act)
  const created = await callDataManager(context, {
    act,
    method: 'POST',
    path: userListsPath(config),
    // Names are unique, so a second one is refused; the next run finds the first.
    repeatable: false,
    body: {
      displayName: wanted.name,
      description: 'Kept by Affluent.',
      membershipStatus: 'OPEN',
      ...(config.membership_duration_days !== undefined && {
        membershipDuration: `${config.membership_duration_days * dayS}s`,
      }),
      ingestedUserListInfo: {
        uploadKeyTypes: ['CONTACT_ID'],
        contactIdInfo: { dataSourceType: 'DATA_SOURCE_TYPE_FIRST_PARTY' },
      },
    },
    answer: userList,
  })
  return toAudience(config, created)
}

/**
 * The largest of the four networks' estimates. Google counts matched, active accounts and rounds them, so there is no upper bound on
 * the people of the list; 0 means "not yet, or too few to tell".
 */
async function readSize(context: GoogleAdsContext, audience: Audience): Promise<AudienceSize> {
  const act = 'reading the size of a user list'
  const { sizeInfo } = await readUserList(context, listIdOf(context.config, audience.externalId, act), act)
  const estimates = Object.values(sizeInfo).filter((estimate) => estimate !== undefined)
  const largest = Math.max(0, ...estimates)
  return { atLeast: largest === 0 ? null : roundingFloor(largest), atMost: null }
}

/** Estimates are rounded to two figures: 4,300 stands for 4,250 and more. */
function roundingFloor(estimate: number): number {
  const step = 10 ** Math.max(0, Math.floor(Math.log10(estimate)) - 1)
  return Math.max(0, estimate - step / 2)
}
