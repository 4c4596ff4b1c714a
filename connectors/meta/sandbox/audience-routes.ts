import type { SandboxReply, SandboxRequest, SandboxRoute } from '../../sandbox-kit/sandbox-server.ts'
import { businessToolsTerms, noSuchObject, termsNotAccepted, wrongParameter } from './graph-error.ts'
import { refuseLookalike } from './lookalike.ts'
import { readFields, readParameters, readText, showNode, type Parameters } from './request-parameters.ts'
import { record, type SandboxAccount } from './sandbox-account.ts'
import {
  approximateCounts,
  createAudienceRecord,
  settleExchange,
  type AudienceRecord,
  type NewAudience,
} from './sandbox-audience.ts'
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
  const parameters = readParameters(request)
  const { name, subtype, customer_file_source: source } = parameters
  if (!account.termsAccepted) return termsNotAccepted()
  if (subtype === 'LOOKALIKE') return createLookalike(account, parameters)
  if (typeof name !== 'string' || name === '') return wrongParameter('The parameter name is required.')
  if (subtype !== 'CUSTOM') return wrongParameter('The sandbox knows only the subtypes CUSTOM and LOOKALIKE.')
  if (typeof source !== 'string' || !fileSources.includes(source))
    return wrongParameter('The parameter customer_file_source is required.')
  const isValueBased = String(parameters['is_value_based']) === 'true'
  if (isValueBased && !account.valueTermsAccepted) return businessToolsTerms()
  return open(account, { name, subtype, customerFileSource: source, isValueBased })
}

function createLookalike(account: SandboxAccount, parameters: Parameters): SandboxReply {
  return (
    refuseLookalike(account, parameters) ??
    open(account, {
      name: readText(parameters, 'name', ''),
      subtype: 'LOOKALIKE',
      customerFileSource: '',
      lookalikeSpec: readText(parameters, 'lookalike_spec', ''),
      originId: readText(parameters, 'origin_audience_id', ''),
    })
  )
}

function open(account: SandboxAccount, audience: Omit<NewAudience, 'id'>): SandboxReply {
  const id = String(account.nextAudience)
  account.nextAudience += 1n
  account.audiences.set(id, createAudienceRecord({ id, ...audience }))
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
  settleExchange(audience, account.clock)
  const { lower, upper } = approximateCounts(audience, account.clock)
  return {
    id: audience.id,
    account_id: account.id.replace('act_', ''),
    name: audience.name,
    subtype: audience.subtype,
    ...(audience.subtype === 'CUSTOM'
      ? { customer_file_source: audience.customerFileSource }
      : { lookalike_spec: audience.lookalikeSpec }),
    lookalike_audience_ids: [...account.audiences.values()]
      .filter(({ originId }) => originId === audience.id)
      .map(({ id }) => id),
    approximate_count_lower_bound: lower,
    approximate_count_upper_bound: upper,
    ...(audience.isValueBased === true && { is_value_based: true }),
    ...(audience.flagged.length > 0 && { fields_violating_integrity_policy: audience.flagged }),
    operation_status: { code: audience.statusCode },
    delivery_status: { code: lower < 0 ? 300 : 200 },
  }
}
