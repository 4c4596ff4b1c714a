import { z } from 'zod'
import type { Audience, AudienceSize } from '../../../core/connector/destination.ts'
import { AffluentError, PlatformError } from '../../../core/errors/affluent-error.ts'
import { callHubspot, openAccount } from '../account.ts'
import { listsPath } from '../client.ts'
import type { HubspotContext } from '../config.ts'
import { hubspotId } from '../mapping.ts'

const contactType = '0-1'

const listObject = z.object({
  listId: hubspotId,
  name: z.string(),
  objectTypeId: z.string().default(contactType),
  processingType: z.string(),
  deletedAt: z.string().nullish(),
  size: z.number().nullish(),
})
type ListObject = z.output<typeof listObject>

/** Why a list that was written to takes no members any more. */
export async function explainUnusable(
  context: HubspotContext,
  audience: Audience,
  refusal: PlatformError,
): Promise<PlatformError> {
  const list = await readList(context, audience.externalId)
  const act = String(refusal.params['act'])
  if (!list)
    return new PlatformError('platform.audience_unusable', {
      act,
      list: audience.name,
      reason: 'list_deleted',
      said: 'the list was deleted',
      remedy:
        'Restore the segment in HubSpot (within 90 days, under Recently deleted), or give the sync another audience name, under which a new one is made.',
    })
  return findFault(list, act) ?? refusal
}

const oneList = z.object({ list: listObject })
const listsAnswer = z.object({ lists: z.array(listObject), hasMore: z.boolean(), offset: z.number() })

/**
 * Finds the list by its stored id, else by its exact name. Null only when HubSpot says that there is none: a lookup that fails
 * throws, so that it never leads to a second list. Throws `platform.audience_unusable` for a list that we cannot write to.
 */
export async function findList(
  context: HubspotContext,
  wanted: { name: string; externalId?: string },
): Promise<Audience | null> {
  const list =
    (wanted.externalId === undefined ? undefined : await readList(context, wanted.externalId)) ??
    (await searchByName(context, wanted.name))
  return list ? toAudience(context, list) : null
}

/** Creates a list whose members only we set. */
export async function createList(context: HubspotContext, wanted: { name: string }): Promise<Audience> {
  const { list } = await callHubspot(context, {
    act: 'creating a list',
    method: 'POST',
    path: listsPath,
    body: { name: wanted.name, objectTypeId: contactType, processingType: 'MANUAL' },
    answer: oneList,
    repeatable: false,
  })
  return toAudience(context, list)
}

/** The size that HubSpot shows. */
export async function readListSize(context: HubspotContext, audience: Audience): Promise<AudienceSize> {
  const list = await readList(context, audience.externalId)
  if (!list)
    throw new PlatformError('platform.not_found', { act: 'reading the size of a list', list: audience.name })
  return { atLeast: list.size ?? null, atMost: list.size ?? null }
}

/** Undefined when the list does not exist or lies deleted. */
async function readList(context: HubspotContext, id: string): Promise<ListObject | undefined> {
  try {
    const { list } = await callHubspot(context, {
      act: 'reading a list',
      method: 'GET',
      path: `${listsPath}/${encodeURIComponent(id)}`,
      answer: oneList,
      repeatable: true,
    })
    return list.deletedAt ? undefined : list
  } catch (error) {
    if (error instanceof PlatformError && error.code === 'platform.not_found') return undefined
    throw error
  }
}

/** Largest page of the list search. */
const listsPerPage = 500

async function searchByName(context: HubspotContext, name: string): Promise<ListObject | undefined> {
  const act = 'looking a list up by name'
  let offset = 0
  for (;;) {
    const page = await callHubspot(context, {
      act,
      method: 'POST',
      path: `${listsPath}/search`,
      body: {
        query: name,
        count: listsPerPage,
        offset,
        listIds: [],
        processingTypes: [],
        additionalProperties: [],
      },
      answer: listsAnswer,
      repeatable: true,
    })
    const list = page.lists.find((candidate) => candidate.name === name && !candidate.deletedAt)
    if (list || !page.hasMore) return list
    if (page.offset <= offset) throw new AffluentError('connector.cursor_repeated', { act })
    offset = page.offset
  }
}

async function toAudience(context: HubspotContext, list: ListObject): Promise<Audience> {
  const fault = findFault(list, 'opening a list')
  if (fault) throw fault
  const { uiDomain, portalId } = await openAccount(context)
  return {
    externalId: list.listId,
    name: list.name,
    url: `https://${uiDomain}/contacts/${portalId}/objectLists/${list.listId}/filters`,
  }
}

/** Membership writes work on MANUAL and SNAPSHOT lists of contacts only. HubSpot calls lists "segments" in its pages. */
function findFault(
  { name, objectTypeId, processingType }: ListObject,
  act: string,
): PlatformError | undefined {
  const fault = (reason: string, said: string, remedy: string): PlatformError =>
    new PlatformError('platform.audience_unusable', { act, list: name, reason, said, remedy })
  if (objectTypeId !== contactType)
    return fault(
      'wrong_object_type',
      'a segment of another object type has this name',
      'Give the audience another name.',
    )
  if (processingType !== 'DYNAMIC') return undefined
  return fault(
    'dynamic_list',
    'the segment is an active (dynamic) one, which HubSpot fills by its filters',
    'Convert the segment to a static one in HubSpot, rename it, or give the audience another name.',
  )
}
