import type { SandboxReply, SandboxRequest, SandboxRoute } from '../../sandbox-kit/sandbox-server.ts'
import { noSuchObject, termsNotAccepted, wrongParameter } from './graph-error.ts'
import { readFields, readParameters, showNode } from './request-parameters.ts'
import { record, type SandboxAccount } from './sandbox-account.ts'
import { approximateCounts, createAudienceRecord, type AudienceRecord } from './sandbox-audience.ts'

const defaultLimit = 25
const maxLimit = 500

/** `/act_{id}/customaudiences` and `/{audience}`: create, list, read, delete. */
export function audienceRoutes(account: SandboxAccount): readonly SandboxRoute[] {
  const edge = /^\/v\d+\.\d+\/(?<account>act_\d+)\/customaudiences$/
  const node = /^\/v\d+\.\d+\/(?<audience>\d+)$/
  const known = (
    request: SandboxRequest,
    answer: (audience: AudienceRecord) => SandboxReply,
  ): SandboxReply => {
    const id = request.params['audience'] ?? ''
    const audience = account.audiences.get(id)
    return audience ? answer(audience) : noSuchObject(id)
  }
  return [
    { method: 'POST', pattern: edge, answer: (request) => createAudience(account, request) },
    { method: 'GET', pattern: edge, answer: (request) => listAudiences(account, request) },
    {
      method: 'GET',
      pattern: node,
      answer: (request) =>
        known(request, (audience) => ({
          status: 200,
          body: showNode(toNode(account, audience), readFields(request)),
        })),
    },
    {
      method: 'DELETE',
      pattern: node,
      answer: (request) =>
        known(request, (audience) => {
          account.audiences.delete(audience.id)
          record(account, 'audience_delete', audience.id)
          return { status: 200, body: { success: true } }
        }),
    },
  ]
}

const fileSources = ['USER_PROVIDED_ONLY', 'PARTNER_PROVIDED_ONLY', 'BOTH_USER_AND_PARTNER_PROVIDED']

function createAudience(account: SandboxAccount, request: SandboxRequest): SandboxReply {
  const { name, subtype, customer_file_source: source } = readParameters(request)
  if (!account.termsAccepted) return termsNotAccepted()
  if (typeof name !== 'string' || name === '') return wrongParameter('The parameter name is required.')
  if (subtype !== 'CUSTOM') return wrongParameter('The sandbox knows only the subtype CUSTOM.')
  if (typeof source !== 'string' || !fileSources.includes(source))
    return wrongParameter('The parameter customer_file_source is required.')
  const id = String(account.nextAudience)
  account.nextAudience += 1n
  account.audiences.set(id, createAudienceRecord({ id, name, customerFileSource: source }))
  record(account, 'audience_create', id)
  return { status: 200, body: { id } }
}

function listAudiences(account: SandboxAccount, request: SandboxRequest): SandboxReply {
  const all = [...account.audiences.values()]
  const limit = Math.min(maxLimit, Math.max(1, Number(request.query.get('limit') ?? defaultLimit)))
  const from = fromCursor(request.query.get('after'))
  const to = Math.min(all.length, from + limit)
  const fields = readFields(request)
  const data = all.slice(from, to).map((audience) => showNode(toNode(account, audience), fields))
  if (data.length === 0) return { status: 200, body: { data } }
  const cursors = { before: toCursor(from), after: toCursor(to) }
  const next = to < all.length ? { next: nextAddress(request, cursors.after) } : {}
  return { status: 200, body: { data, paging: { cursors, ...next } } }
}

/** As on the platform, the address of the next page is absolute and holds the access token. */
function nextAddress(request: SandboxRequest, after: string): string {
  const query = new URLSearchParams(request.query)
  query.set('after', after)
  return `http://${request.headers['host'] ?? ''}${request.path}?${query.toString()}`
}

const toCursor = (index: number): string => Buffer.from(`place:${index}`).toString('base64url')

function fromCursor(cursor: string | null): number {
  const place = /^place:(\d+)$/.exec(Buffer.from(cursor ?? '', 'base64url').toString())
  return Number(place?.[1] ?? 0)
}

function toNode(account: SandboxAccount, audience: AudienceRecord): { id: string } & Record<string, unknown> {
  const { lower, upper } = approximateCounts(audience, account.clock)
  return {
    id: audience.id,
    account_id: account.id.replace('act_', ''),
    name: audience.name,
    subtype: 'CUSTOM',
    customer_file_source: audience.customerFileSource,
    approximate_count_lower_bound: lower,
    approximate_count_upper_bound: upper,
    operation_status: { code: audience.statusCode },
    delivery_status: { code: lower < 0 ? 300 : 200 },
  }
}
