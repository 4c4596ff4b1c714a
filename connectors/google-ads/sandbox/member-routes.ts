import type { z } from 'zod'
import type { SandboxReply, SandboxRequest, SandboxRoute } from '../../sandbox-kit/sandbox-server.ts'
import { ingestRequest, removeAllRequest, removeRequest, type Upload } from './member-request.ts'
import { refuseDestinations, refuseMembers } from './member-validation.ts'
import { denied, invalidArgument } from './rpc-error.ts'
import { nextId, type SandboxAccount, type SandboxUpload } from './sandbox-account.ts'
import { consentFault, identifiersOf, settleUploads } from './uploads.ts'

/** Chapter 2.3: worth asking after half an hour. */
const processingMs = 30 * 60_000

/** Uploads and their status: chapters 2.2 and 2.3. */
export function memberRoutes(account: SandboxAccount): readonly SandboxRoute[] {
  return [
    {
      method: 'POST',
      pattern: /^\/v1\/audienceMembers:ingest$/,
      answer: (request) => ingest(account, request),
    },
    {
      method: 'POST',
      pattern: /^\/v1\/audienceMembers:remove$/,
      answer: (request) => remove(account, request),
    },
    {
      method: 'POST',
      pattern: /^\/v1\/audienceMembers:removeAll$/,
      answer: (request) => removeAll(account, request),
    },
    {
      method: 'GET',
      pattern: /^\/v1\/requestStatus:retrieve$/,
      answer: (request) => retrieveStatus(account, request),
    },
  ]
}

function parse<Shape extends z.ZodType>(
  shape: Shape,
  request: SandboxRequest,
): z.output<Shape> | SandboxReply {
  const parsed = shape.safeParse(request.body)
  if (parsed.success) return parsed.data
  const where = parsed.error.issues[0]?.path.join('.') ?? ''
  return invalidArgument('INVALID_ARGUMENT', `Invalid JSON payload received at '${where}'.`)
}

const isReply = (value: object): value is SandboxReply => 'status' in value

function ingest(account: SandboxAccount, request: SandboxRequest): SandboxReply {
  const upload = parse(ingestRequest, request)
  if (isReply(upload)) return upload
  const refused =
    refuseTerms(account, upload) ?? refuseDestinations(account, upload.destinations) ?? refuseMembers(upload)
  if (refused) return refused
  const members = upload.audienceMembers.map((member) => {
    const fault = consentFault(member, upload.consent)
    return { identifiers: identifiersOf(member), ...(fault !== undefined && { refused: fault }) }
  })
  return accept(account, { ...upload, kind: 'ingest', members, asOf: 0 })
}

function refuseTerms(account: SandboxAccount, upload: Upload): SandboxReply | undefined {
  if (!account.allowlisted)
    return denied('NOT_ALLOWLISTED', 'The account is not allowlisted for the feature.')
  const status = upload.termsOfService?.customerMatchTermsOfServiceStatus
  if (account.termsAccepted && status === 'ACCEPTED') return undefined
  return invalidArgument('TERMS_AND_CONDITIONS_NOT_SIGNED', 'The Customer Match terms are not signed.')
}

/** Needs neither consent nor terms. */
function remove(account: SandboxAccount, request: SandboxRequest): SandboxReply {
  const upload = parse(removeRequest, request)
  if (isReply(upload)) return upload
  const refused = refuseDestinations(account, upload.destinations) ?? refuseMembers(upload)
  if (refused) return refused
  const members = upload.audienceMembers.map((member) => ({ identifiers: identifiersOf(member) }))
  return accept(account, { ...upload, kind: 'remove', members, asOf: 0 })
}

/** Without a time it means "now", and empties the list (chapter 2.2). */
function removeAll(account: SandboxAccount, request: SandboxRequest): SandboxReply {
  const upload = parse(removeAllRequest, request)
  if (isReply(upload)) return upload
  const refused = refuseDestinations(account, upload.destinations)
  if (refused) return refused
  const now = account.clock.now()
  const asOf = upload.removeAsOfTime === undefined ? now : Date.parse(upload.removeAsOfTime)
  if (asOf > now) return invalidArgument('INVALID_REMOVE_AS_OF_TIME', 'The time is in the future.')
  return accept(account, { ...upload, kind: 'remove_all', members: [], asOf })
}

type Accepted = Pick<SandboxUpload, 'kind' | 'members' | 'asOf'> &
  Pick<Upload, 'destinations' | 'validateOnly'>

/** Accepted is not processed. A validation answers an id that cannot be looked up (trap 12). */
function accept(account: SandboxAccount, upload: Accepted): SandboxReply {
  const id = `request-${nextId(account)}`
  if (!upload.validateOnly) {
    const acceptedAt = account.clock.now()
    account.uploads.set(id, {
      id,
      kind: upload.kind,
      lists: upload.destinations.map(({ productDestinationId }) => productDestinationId),
      members: upload.members,
      asOf: upload.asOf,
      acceptedAt,
      endsAt: acceptedAt + processingMs,
      state: 'PROCESSING',
    })
  }
  return { status: 200, body: { requestId: id } }
}

function retrieveStatus(account: SandboxAccount, request: SandboxRequest): SandboxReply {
  settleUploads(account)
  const upload = account.uploads.get(request.query.get('requestId') ?? '')
  if (!upload) return invalidArgument('INVALID_REQUEST_ID', 'The request id is not valid.')
  const statuses = upload.lists.map((list) => ({
    destination: { productDestinationId: list },
    requestStatus: upload.state,
    ...(upload.state !== 'PROCESSING' && toCounts(account, upload)),
  }))
  return { status: 200, body: { requestStatusPerDestination: statuses } }
}

function toCounts(account: SandboxAccount, upload: SandboxUpload): object {
  const counts = new Map<string, number>()
  for (const { refused } of upload.members)
    if (refused !== undefined) counts.set(refused, (counts.get(refused) ?? 0) + 1)
  if (account.failUploads !== undefined) counts.set(account.failUploads, upload.members.length)
  const recordCount = String(upload.members.length)
  const userIdentifierCount = String(upload.members.flatMap(({ identifiers }) => identifiers).length)
  const userData = { recordCount, userIdentifierCount }
  return {
    ...(counts.size > 0 && {
      errorInfo: {
        errorCounts: [...counts].map(([reason, count]) => ({ reason, recordCount: String(count) })),
      },
    }),
    ...(upload.kind === 'ingest'
      ? {
          audienceMembersIngestionStatus: {
            userDataIngestionStatus: { ...userData, uploadMatchRateRange: toRange(account.matchRate) },
          },
        }
      : { audienceMembersRemovalStatus: { userDataRemovalStatus: userData } }),
  }
}

/** `match_rate.proto`. */
function toRange(rate: number): string {
  if (rate < 20) return 'MATCH_RATE_RANGE_LESS_THAN_20'
  if (rate <= 30) return 'MATCH_RATE_RANGE_20_TO_30'
  const tens = Math.floor((rate - 1) / 10) * 10
  return `MATCH_RATE_RANGE_${tens + 1}_TO_${tens + 10}`
}
