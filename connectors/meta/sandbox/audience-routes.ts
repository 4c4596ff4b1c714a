import type { SandboxReply, SandboxRequest, SandboxRoute } from '../../sandbox-kit/sandbox-server.ts'
import { noSuchObject, termsNotAccepted, wrongParameter } from './graph-error.ts'
import { readFields, readParameters, showNode } from './request-parameters.ts'
import { record, type SandboxAccount } from './sandbox-account.ts'
import { approximateCounts, createAudienceRecord, type AudienceRecord } from './sandbox-audience.ts'
import { toPage } from './to-page.ts'

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
  const fields = readFields(request)
  return toPage(request, [...account.audiences.values()], (audience) =>
    showNode(toNode(account, audience), fields),
  )
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
