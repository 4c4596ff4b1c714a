import { z } from 'zod'
import type { SandboxReply, SandboxRequest, SandboxRoute } from '../../sandbox-kit/sandbox-server.ts'
import { denied, invalidArgument, rpcError } from './rpc-error.ts'
import { nextId, record, type SandboxAccount, type SandboxList } from './sandbox-account.ts'

const dayMs = 86_400_000

/** Lists of the account: chapter 2.2. */
export function userListRoutes(account: SandboxAccount): readonly SandboxRoute[] {
  const lists = /^\/v1\/accountTypes\/GOOGLE_ADS\/accounts\/[^/]+\/userLists$/
  const list = /^\/v1\/accountTypes\/GOOGLE_ADS\/accounts\/[^/]+\/userLists\/(?<list>[^/]+)$/
  return [
    { method: 'GET', pattern: lists, answer: (request) => listLists(account, request) },
    { method: 'POST', pattern: lists, answer: (request) => createList(account, request) },
    { method: 'GET', pattern: list, answer: (request) => getList(account, request) },
    { method: 'DELETE', pattern: list, answer: (request) => deleteList(account, request) },
  ]
}

const newList = z.strictObject({
  displayName: z.string().min(1),
  description: z.string().optional(),
  integrationCode: z.string().optional(),
  membershipStatus: z.enum(['OPEN', 'CLOSED']).default('OPEN'),
  membershipDuration: z
    .string()
    .regex(/^\d+s$/)
    .optional(),
  ingestedUserListInfo: z.strictObject({
    uploadKeyTypes: z
      .array(z.enum(['CONTACT_ID', 'MOBILE_ID', 'USER_ID', 'PAIR_ID', 'PSEUDONYMOUS_ID']))
      .min(1),
    contactIdInfo: z.strictObject({ dataSourceType: z.string().optional() }).optional(),
  }),
})

function createList(account: SandboxAccount, request: SandboxRequest): SandboxReply {
  if (!account.allowlisted)
    return denied('ADVERTISER_NOT_ALLOWLISTED_FOR_UPLOADED_DATA', 'The advertiser is not allowlisted.')
  const parsed = newList.safeParse(request.body)
  if (!parsed.success) return invalidArgument('INVALID_ARGUMENT', 'Invalid JSON payload received.')
  const seconds = Number((parsed.data.membershipDuration ?? '0s').slice(0, -1))
  if (seconds % 86_400 !== 0) return invalidArgument('INVALID_ARGUMENT', 'Not a multiple of 24 hours.')
  if (seconds > 540 * 86_400) return invalidArgument('MEMBERSHIP_DURATION_TOO_LONG', 'At most 540 days.')
  if ([...account.lists.values()].some(({ displayName }) => displayName === parsed.data.displayName))
    return invalidArgument('DISPLAY_NAME_ALREADY_USED', 'The display name is used by another list.')
  if (request.query.get('validateOnly') === 'true') return { status: 200, body: {} }
  const list: SandboxList = {
    id: nextId(account),
    displayName: parsed.data.displayName,
    description: parsed.data.description ?? '',
    membershipDuration: parsed.data.membershipDuration,
    uploadKeyTypes: parsed.data.ingestedUserListInfo.uploadKeyTypes,
    members: new Map(),
    history: [],
    membershipStatus: parsed.data.membershipStatus,
    readOnly: false,
  }
  account.lists.set(list.id, list)
  record(account, 'user_list_create', list.id)
  return { status: 200, body: toView(account, list) }
}

function listLists(account: SandboxAccount, request: SandboxRequest): SandboxReply {
  const size = Math.min(1_000, Number(request.query.get('pageSize') ?? 50))
  const from = Number(request.query.get('pageToken') ?? 0)
  if (!Number.isInteger(from)) return invalidArgument('INVALID_PAGE_TOKEN', 'The page token is invalid.')
  const all = [...account.lists.values()]
  const page = all.slice(from, from + size)
  return {
    status: 200,
    body: {
      ...(page.length > 0 && { userLists: page.map((list) => toView(account, list)) }),
      ...(from + size < all.length && { nextPageToken: String(from + size) }),
    },
  }
}

function getList(account: SandboxAccount, request: SandboxRequest): SandboxReply {
  const list = account.lists.get(request.params['list'] ?? '')
  return list ? { status: 200, body: toView(account, list) } : noSuchList()
}

function deleteList(account: SandboxAccount, request: SandboxRequest): SandboxReply {
  const id = request.params['list'] ?? ''
  if (!account.lists.delete(id)) return noSuchList()
  record(account, 'user_list_delete', id)
  return { status: 200, body: {} }
}

const noSuchList = (): SandboxReply =>
  rpcError({ http: 404, status: 'NOT_FOUND', message: 'The user list was not found.', reason: 'NOT_FOUND' })

/** A list as `user_list.proto` has it. Sizes show a day late (chapter 2.3), rounded to two figures, and 0 below a hundred. */
function toView(account: SandboxAccount, list: SandboxList): object {
  const shownAt = account.clock.now() - dayMs
  const members = list.history.findLast(({ at }) => at <= shownAt)?.members ?? 0
  const matched = Math.floor((members * account.matchRate) / 100)
  const shown = String(matched < 100 ? 0 : Number(matched.toPrecision(2)))
  return {
    name: `accountTypes/GOOGLE_ADS/accounts/${account.customerId}/userLists/${list.id}`,
    id: list.id,
    displayName: list.displayName,
    description: list.description,
    ...(list.readOnly && { readOnly: true }),
    membershipStatus: list.membershipStatus,
    ...(list.membershipStatus === 'CLOSED' && { closingReason: 'UNUSED' }),
    membershipDuration: list.membershipDuration ?? `${540 * 86_400}s`,
    accessReason: list.readOnly ? 'SHARED' : 'OWNED',
    sizeInfo: {
      displayNetworkMembersCount: shown,
      searchNetworkMembersCount: shown,
      youtubeMembersCount: shown,
      gmailMembersCount: shown,
    },
    targetNetworkInfo: { eligibleForDisplay: true, eligibleForSearch: true },
    ingestedUserListInfo: {
      uploadKeyTypes: list.uploadKeyTypes,
      contactIdInfo: {
        dataSourceType: 'DATA_SOURCE_TYPE_FIRST_PARTY',
        ...(members > 0 && { matchRatePercentage: account.matchRate }),
      },
    },
  }
}
