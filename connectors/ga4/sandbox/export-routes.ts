import { z } from 'zod'
import type { SandboxReply, SandboxRequest, SandboxRoute } from '../../sandbox-kit/sandbox-server.ts'
import { bodyOf, enumOf, googleError, pageOf, unknownName } from './google-error.ts'
import type { QuotaBook } from './quota-book.ts'
import { takeId, type SandboxExport, type SandboxMember, type SandboxProperty } from './sandbox-property.ts'

const minuteMs = 60_000
/** Section 4.4: about 15 minutes to ACTIVE, gone after 72 hours. */
const creationMs = 15 * minuteMs
const lifeMs = 72 * 60 * minuteMs
const creationTokens = 50
const queryTokens = 10

const states = ['STATE_UNSPECIFIED', 'CREATING', 'ACTIVE', 'FAILED']
const known = ['deviceId', 'userId', 'isAdsPersonalizationAllowed', 'isLimitedAdTracking']
const creation = z.strictObject({
  audience: z.string(),
  dimensions: z.array(z.strictObject({ dimensionName: z.string() })).min(1),
})

/** `audienceExports` of the Data API v1beta: create, get, list, query. */
export function exportRoutes(property: SandboxProperty, quota: QuotaBook): readonly SandboxRoute[] {
  const base = String.raw`^/v1beta/properties/\d+/audienceExports`
  const one = String.raw`${base}/(?<id>\d+)`
  return [
    {
      method: 'POST',
      pattern: new RegExp(`${base}$`),
      answer: (request) => create(property, quota, request),
    },
    { method: 'GET', pattern: new RegExp(`${base}$`), answer: (request) => list(property, quota, request) },
    {
      method: 'GET',
      pattern: new RegExp(`${one}$`),
      answer: (request) =>
        withExport(
          property,
          request,
          (found) => quota.pay(1) ?? { status: 200, body: show(property, found, request) },
        ),
    },
    {
      method: 'POST',
      pattern: new RegExp(`${one}:query$`),
      answer: (request) =>
        withExport(property, request, (found) => quota.pay(queryTokens) ?? query(property, found, request)),
    },
  ]
}

function create(property: SandboxProperty, quota: QuotaBook, request: SandboxRequest): SandboxReply {
  const parsed = creation.safeParse(bodyOf(request))
  if (!parsed.success) {
    const extra = parsed.error.issues.find((issue) => issue.code === 'unrecognized_keys')
    return extra
      ? unknownName(extra.keys[0] ?? '')
      : googleError('INVALID_ARGUMENT', 'The audience export is incomplete.')
  }
  const audience = property.audiences.get(
    parsed.data.audience.replace(`properties/${property.id}/audiences/`, ''),
  )
  if (!audience) return googleError('NOT_FOUND', 'The audience was not found.')
  const dimensions = parsed.data.dimensions.map(({ dimensionName }) => dimensionName)
  const unknown = dimensions.find((name) => !known.includes(name))
  if (unknown !== undefined)
    return googleError('INVALID_ARGUMENT', `Field ${unknown} is not a valid dimension.`)
  const refused = quota.pay(creationTokens)
  if (refused) return refused
  const made: SandboxExport = {
    id: takeId(property),
    audience: parsed.data.audience,
    dimensions,
    createdAt: property.clock.now(),
    members: [...audience.members],
    failure: property.nextExportFailure,
  }
  property.nextExportFailure = undefined
  property.exports.set(made.id, made)
  property.ledger.push({ at: made.createdAt, operation: 'export', target: audience.id, members: [] })
  return {
    status: 200,
    body: {
      name: `properties/${property.id}/operations/${made.id}`,
      ...(property.operationNamesExport && {
        response: {
          '@type': 'type.googleapis.com/google.analytics.data.v1beta.AudienceExport',
          ...show(property, made, request),
        },
      }),
    },
  }
}

function list(property: SandboxProperty, quota: QuotaBook, request: SandboxRequest): SandboxReply {
  const alive = [...property.exports.values()].filter((each) => isAlive(property, each))
  const { items, nextPageToken } = pageOf(request, alive)
  return (
    quota.pay(1) ?? {
      status: 200,
      body: {
        ...(items.length > 0 && { audienceExports: items.map((each) => show(property, each, request)) }),
        ...(nextPageToken !== undefined && { nextPageToken }),
      },
    }
  )
}

const isAlive = (property: SandboxProperty, found: SandboxExport): boolean =>
  property.clock.now() - found.createdAt < lifeMs

function withExport(
  property: SandboxProperty,
  request: SandboxRequest,
  answer: (found: SandboxExport) => SandboxReply,
): SandboxReply {
  const found = property.exports.get(request.params['id'] ?? '')
  return found && isAlive(property, found)
    ? answer(found)
    : googleError('NOT_FOUND', 'The audience export was not found.')
}

function stateOf(property: SandboxProperty, found: SandboxExport): string {
  const age = property.clock.now() - found.createdAt
  if (age < creationMs) return 'CREATING'
  return found.failure === undefined ? 'ACTIVE' : 'FAILED'
}

function show(property: SandboxProperty, found: SandboxExport, request: SandboxRequest): object {
  const state = stateOf(property, found)
  const age = property.clock.now() - found.createdAt
  const audience = property.audiences.get(found.audience.split('/').at(-1) ?? '')
  return {
    name: `properties/${property.id}/audienceExports/${found.id}`,
    audience: found.audience,
    audienceDisplayName: audience?.displayName ?? '',
    dimensions: found.dimensions.map((dimensionName) => ({ dimensionName })),
    state: enumOf(request, states, state),
    beginCreatingTime: new Date(found.createdAt).toISOString(),
    creationQuotaTokensCharged: state === 'CREATING' ? 0 : creationTokens,
    percentageCompleted: Math.min(100, (age / creationMs) * 100),
    ...(state === 'ACTIVE' && { rowCount: found.members.length }),
    ...(state === 'FAILED' && { errorMessage: found.failure }),
  }
}

const int64 = z.union([z.string().regex(/^\d+$/), z.int().min(0)]).transform(Number)
const range = z.strictObject({ offset: int64.default(0), limit: int64.default(10_000) })

function query(property: SandboxProperty, found: SandboxExport, request: SandboxRequest): SandboxReply {
  const parsed = range.safeParse(bodyOf(request))
  if (!parsed.success) return googleError('INVALID_ARGUMENT', 'The query is not readable.')
  if (stateOf(property, found) !== 'ACTIVE')
    return googleError('INVALID_ARGUMENT', 'The audience export is not in the ACTIVE state.')
  const { offset, limit } = parsed.data
  const rows = found.members.slice(offset, offset + Math.min(limit, 250_000))
  return {
    status: 200,
    body: {
      audienceExport: show(property, found, request),
      ...(rows.length > 0 && { audienceRows: rows.map((member) => toRow(member, found.dimensions)) }),
      rowCount: found.members.length,
    },
  }
}

function toRow(member: SandboxMember, dimensions: readonly string[]): object {
  const values: Readonly<Record<string, string>> = {
    userId: member.userId ?? '(not set)',
    deviceId: member.deviceId ?? '',
    isAdsPersonalizationAllowed: 'true',
    isLimitedAdTracking: 'false',
  }
  return { dimensionValues: dimensions.map((name) => ({ value: values[name] ?? '' })) }
}
