import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Audience } from '../../../core/connector/destination.ts'
import { PlatformError } from '../../../core/errors/affluent-error.ts'
import { callGoogle } from '../client.ts'
import type { Ga4Context } from '../config.ts'
import { propertyOf } from '../endpoints.ts'
import { refuseRepeatedToken } from '../sources/audience-export.ts'
import { eventLimits } from './event-limits.ts'

/**
 * GA4 has no list of people to write to. What stands for one is a user-scoped custom dimension: the user property that events set,
 * registered so that GA4 audiences and reports can use it. The property's number and its parameter name are the audience's id.
 */
const dimension = z.object({
  name: z.string(),
  parameterName: z.string(),
  displayName: z.string(),
  // DimensionScope.USER (google/analytics/admin/v1alpha/resources.proto), as number or name.
  scope: z.union([z.literal(2), z.literal('USER'), z.unknown().transform(() => 'other' as const)]),
})
type Dimension = z.output<typeof dimension>

const listAnswer = z.strictObject({
  customDimensions: z.array(dimension).default([]),
  nextPageToken: z.string().optional(),
})

/** Finds the segment's user property by the stored name, else by the one that the segment's name gives. */
export async function findSegmentProperty(
  context: Ga4Context,
  wanted: { name: string; externalId?: string },
): Promise<Audience | null> {
  const known =
    wanted.externalId === undefined
      ? undefined
      : toSegmentProperty(context, wanted.externalId, 'listing custom dimensions')
  const all: Dimension[] = []
  for await (const page of listDimensions(context)) all.push(...page.filter(({ scope }) => scope !== 'other'))
  const named = toPropertyName(wanted.name)
  const found =
    all.find(({ parameterName }) => parameterName === known) ??
    all.find(({ parameterName }) => parameterName === named)
  return found ? toAudience(context, found.parameterName, wanted.name) : null
}

async function* listDimensions(context: Ga4Context): AsyncGenerator<readonly Dimension[]> {
  const act = 'listing custom dimensions'
  let pageToken: string | undefined
  do {
    const answer: z.output<typeof listAnswer> = await callGoogle(context, {
      act,
      budget: 'admin_requests',
      answer: listAnswer,
      send: ({ admin, once }) =>
        admin.listCustomDimensions(
          {
            parent: propertyOf(context.config),
            pageSize: 200,
            ...(pageToken !== undefined && { pageToken }),
          },
          once,
        ),
    })
    yield answer.customDimensions
    refuseRepeatedToken(pageToken, answer.nextPageToken, act)
    pageToken = answer.nextPageToken
  } while (pageToken !== undefined && pageToken !== '')
}

/** Registers the segment's user property. */
export async function createSegmentProperty(
  context: Ga4Context,
  wanted: { name: string },
): Promise<Audience> {
  const created = await callGoogle(context, {
    act: 'creating a custom dimension for a segment',
    budget: 'admin_requests',
    // The parameter name is unique in a property: a second one is refused.
    repeatable: true,
    answer: dimension,
    send: ({ admin, once }) =>
      admin.createCustomDimension(
        {
          parent: propertyOf(context.config),
          customDimension: {
            parameterName: toPropertyName(wanted.name),
            displayName: toDisplayName(wanted.name),
            description: 'Set by Affluent: "in" while a person is in the segment, then "out".',
            scope: 'USER',
          },
        },
        once,
      ),
  })
  return toAudience(context, created.parameterName, wanted.name)
}

function toAudience(context: Ga4Context, parameterName: string, name: string): Audience {
  const url = `https://analytics.google.com/analytics/web/#/p${context.config.property_id}/admin/customdefinitions/hub`
  return { externalId: `${propertyOf(context.config)}/userProperties/${parameterName}`, name, url }
}

/**
 * The user property out of an audience's id. Throws `platform.account_changed` when it belongs to another property: the connection was
 * pointed elsewhere, where nobody was told who is in the segment.
 */
export function toSegmentProperty(context: Ga4Context, externalId: string, act: string): string {
  const [, property, name] = /^properties\/(\d{1,20})\/userProperties\/(\w{1,24})$/.exec(externalId) ?? []
  if (property === undefined || name === undefined)
    throw new PlatformError('platform.invalid_request', {
      act,
      said: 'the audience id is not of the form properties/…/userProperties/…',
    })
  if (property !== context.config.property_id)
    throw new PlatformError('platform.account_changed', {
      act,
      said: 'the audience is of another property',
      remedy: `Set property_id back to ${property}, or make a new connection and a new sync for the other property.`,
    })
  return name
}

/** Letters, digits and underscores, 24 at most; a short hash of the whole name keeps cut or simplified names apart. */
export function toPropertyName(name: string): string {
  const slug = name
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replaceAll(/^_+|_+$/g, '')
  const whole = `seg_${slug}`
  if (slug !== '' && slug === name && whole.length <= eventLimits.userPropertyName) return whole
  const mark = createHash('sha256').update(name).digest('hex').slice(0, 6)
  return `${whole.slice(0, eventLimits.userPropertyName - 7)}_${mark}`
}

/** What GA4 allows: letters, digits, spaces and underscores after a letter, 82 at most. */
function toDisplayName(name: string): string {
  const plain = name
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[^a-zA-Z0-9_]+/g, ' ')
    .trim()
  return (/^[a-zA-Z]/.test(plain) ? plain : `Segment ${plain}`).slice(0, 82).trim()
}
