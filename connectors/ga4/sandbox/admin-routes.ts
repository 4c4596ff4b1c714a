import { z } from 'zod'
import type { SandboxReply, SandboxRequest, SandboxRoute } from '../../sandbox-kit/sandbox-server.ts'
import { bodyOf, enumOf, googleError, pageOf, unknownName } from './google-error.ts'
import {
  takeId,
  type SandboxAudience,
  type SandboxDimension,
  type SandboxProperty,
} from './sandbox-property.ts'

const filterClause = z.object({
  clauseType: z.union([z.literal(1), z.literal(2), z.literal('INCLUDE'), z.literal('EXCLUDE')]),
  simpleFilter: z.object({ scope: z.unknown(), filterExpression: z.object({}).loose() }).optional(),
  sequenceFilter: z.object({}).loose().optional(),
})
const newAudience = z.strictObject({
  displayName: z.string().min(1),
  description: z.string().min(1),
  membershipDurationDays: z.int().min(1).max(540),
  filterClauses: z.array(filterClause).min(1),
  eventTrigger: z.object({ eventName: z.string(), logCondition: z.unknown() }).optional(),
  exclusionDurationMode: z.unknown().optional(),
})
const newDimension = z.strictObject({
  parameterName: z.string().regex(/^[a-zA-Z]\w*$/),
  displayName: z.string().regex(/^[a-zA-Z][\w ]{0,81}$/),
  description: z.string().max(150).default(''),
  scope: z.union([z.string(), z.int()]),
})
const scopes = ['DIMENSION_SCOPE_UNSPECIFIED', 'EVENT', 'USER', 'ITEM']
const audiencesOfAProperty = 100
/** User-scoped custom dimensions of a standard property: https://support.google.com/analytics/answer/10075209. */
const userDimensionsOfAProperty = 25

/**
 * Admin API v1alpha: property, audiences, custom dimensions, data streams, secrets, user deletion. v1beta has neither audiences nor
 * deletion (trap 8), so those paths are not found there.
 */
export function adminRoutes(property: SandboxProperty): readonly SandboxRoute[] {
  const base = String.raw`^/v1alpha/properties/\d+`
  const route = (
    method: string,
    path: string,
    answer: (property: SandboxProperty, request: SandboxRequest) => SandboxReply,
  ): SandboxRoute => ({
    method,
    pattern: new RegExp(`${base}${path}$`),
    answer: (request) => answer(property, request),
  })
  return [
    route('GET', '', showProperty),
    route('GET', '/audiences', listAudiences),
    route('POST', '/audiences', createAudience),
    route('POST', String.raw`/audiences/(?<id>\d+):archive`, archiveAudience),
    route('GET', '/customDimensions', listDimensions),
    route('POST', '/customDimensions', createDimension),
    route('GET', '/dataStreams', listStreams),
    route('GET', String.raw`/dataStreams/\d+/measurementProtocolSecrets`, listSecrets),
    route('POST', ':submitUserDeletion', submitUserDeletion),
  ]
}

const showProperty = (property: SandboxProperty): SandboxReply => ({
  status: 200,
  body: {
    name: `properties/${property.id}`,
    displayName: 'Sandbox property',
    timeZone: property.timeZone,
    currencyCode: 'EUR',
  },
})

function listAudiences(property: SandboxProperty, request: SandboxRequest): SandboxReply {
  const { items, nextPageToken } = pageOf(request, [...property.audiences.values()])
  return {
    status: 200,
    body: {
      ...(items.length > 0 && { audiences: items.map((each) => showAudience(property, each)) }),
      ...(nextPageToken !== undefined && { nextPageToken }),
    },
  }
}

const showAudience = (property: SandboxProperty, audience: SandboxAudience): object => ({
  name: `properties/${property.id}/audiences/${audience.id}`,
  displayName: audience.displayName,
  description: audience.description,
  membershipDurationDays: audience.membershipDurationDays,
  adsPersonalizationEnabled: true,
  filterClauses: audience.filterClauses,
  createTime: new Date(audience.createdAt).toISOString(),
})

function createAudience(property: SandboxProperty, request: SandboxRequest): SandboxReply {
  const parsed = newAudience.safeParse(bodyOf(request))
  if (!parsed.success) return unreadable(parsed.error)
  if (property.audiences.size >= audiencesOfAProperty)
    return googleError('RESOURCE_EXHAUSTED', 'The property has reached its limit of audiences.')
  const audience: SandboxAudience = {
    id: takeId(property),
    displayName: parsed.data.displayName,
    description: parsed.data.description,
    membershipDurationDays: parsed.data.membershipDurationDays,
    filterClauses: parsed.data.filterClauses,
    createdAt: property.clock.now(),
    // "Population is not retroactive", and takes a day: empty.
    members: [],
  }
  property.audiences.set(audience.id, audience)
  property.ledger.push({
    at: audience.createdAt,
    operation: 'create_audience',
    target: audience.id,
    members: [],
  })
  return { status: 200, body: showAudience(property, audience) }
}

function archiveAudience(property: SandboxProperty, request: SandboxRequest): SandboxReply {
  const isThere = property.audiences.delete(request.params['id'] ?? '')
  return isThere ? { status: 200, body: {} } : googleError('NOT_FOUND', 'The audience was not found.')
}

function unreadable(error: z.ZodError): SandboxReply {
  const [issue] = error.issues
  if (issue?.code === 'unrecognized_keys') return unknownName(issue.keys[0] ?? '')
  return googleError('INVALID_ARGUMENT', `Invalid value at '${issue?.path.join('.') ?? ''}'`)
}

function listDimensions(property: SandboxProperty, request: SandboxRequest): SandboxReply {
  const { items, nextPageToken } = pageOf(request, [...property.dimensions.values()])
  return {
    status: 200,
    body: {
      ...(items.length > 0 && {
        customDimensions: items.map((each) => showDimension(property, each, request)),
      }),
      ...(nextPageToken !== undefined && { nextPageToken }),
    },
  }
}

const showDimension = (
  property: SandboxProperty,
  each: SandboxDimension,
  request: SandboxRequest,
): object => ({
  name: `properties/${property.id}/customDimensions/${each.id}`,
  parameterName: each.parameterName,
  displayName: each.displayName,
  description: each.description,
  scope: enumOf(request, scopes, each.scope),
})

function createDimension(property: SandboxProperty, request: SandboxRequest): SandboxReply {
  const parsed = newDimension.safeParse(bodyOf(request))
  if (!parsed.success) return unreadable(parsed.error)
  const { parameterName, displayName, description } = parsed.data
  const scope = typeof parsed.data.scope === 'number' ? (scopes[parsed.data.scope] ?? '') : parsed.data.scope
  if (scope === 'USER' && parameterName.length > 24)
    return googleError(
      'INVALID_ARGUMENT',
      'parameter_name has a limit of 24 characters for user-scoped dimensions.',
    )
  const all = [...property.dimensions.values()]
  if (all.some((each) => each.parameterName === parameterName && each.scope === scope))
    return googleError('ALREADY_EXISTS', 'A custom dimension with this parameter name exists.')
  if (all.filter((each) => each.scope === 'USER').length >= userDimensionsOfAProperty)
    return googleError('RESOURCE_EXHAUSTED', 'The property has reached its limit of custom dimensions.')
  const made: SandboxDimension = { id: takeId(property), parameterName, displayName, description, scope }
  property.dimensions.set(made.id, made)
  property.ledger.push({
    at: property.clock.now(),
    operation: 'create_dimension',
    target: parameterName,
    members: [],
  })
  return { status: 200, body: showDimension(property, made, request) }
}

const listStreams = (property: SandboxProperty): SandboxReply => {
  const { id, measurementId, firebaseAppId } = property.stream
  const name = `properties/${property.id}/dataStreams/${id}`
  return {
    status: 200,
    body: {
      dataStreams: [
        { name, webStreamData: { measurementId } },
        { name: `${name}1`, androidAppStreamData: { firebaseAppId } },
      ],
    },
  }
}

const listSecrets = (property: SandboxProperty, request: SandboxRequest): SandboxReply => ({
  status: 200,
  body: {
    measurementProtocolSecrets: property.secrets.map((secretValue, index) => ({
      name: `${request.path.replace('/v1alpha/', '')}/${index + 1}`,
      displayName: 'Affluent',
      secretValue,
    })),
  },
})

const deletion = z.strictObject({
  userId: z.string().optional(),
  clientId: z.string().optional(),
  appInstanceId: z.string().optional(),
  userProvidedData: z.string().optional(),
})

/** Section 4.7: exactly one id; what was recorded before goes within 72 hours. */
function submitUserDeletion(property: SandboxProperty, request: SandboxRequest): SandboxReply {
  const parsed = deletion.safeParse(bodyOf(request))
  if (!parsed.success) return unreadable(parsed.error)
  const ids = Object.entries(parsed.data).filter(([, value]) => value !== undefined && value !== '')
  const [only] = ids
  if (!only || ids.length > 1) return googleError('INVALID_ARGUMENT', 'Exactly one user id must be given.')
  const at = property.clock.now()
  property.ledger.push({ at, operation: 'delete_user', target: only[0], members: [only[1] ?? ''] })
  return { status: 200, body: { deletionRequestTime: new Date(at).toISOString() } }
}
