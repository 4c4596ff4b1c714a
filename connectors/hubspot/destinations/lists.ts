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
  refuseUnusable(list)
  const { uiDomain, portalId } = await openAccount(context)
  return {
    externalId: list.listId,
    name: list.name,
    url: `https://${uiDomain}/contacts/${portalId}/objectLists/${list.listId}/filters`,
  }
}

/** Membership writes work on MANUAL and SNAPSHOT lists of contacts only. HubSpot calls lists "segments" in its pages. */
function refuseUnusable(list: ListObject): void {
  const refuse = (reason: string, said: string): never => {
    throw new PlatformError('platform.audience_unusable', {
      act: 'opening a list',
      list: list.name,
      reason,
      said,
    })
  }
  if (list.objectTypeId !== contactType)
    refuse(
      'wrong_object_type',
      'A segment of another object type has this name. Give the audience another name.',
    )
  if (list.processingType === 'DYNAMIC')
    refuse(
      'dynamic_list',
      'An active (dynamic) segment has this name, and HubSpot fills those by their filters. Convert it to a static segment, rename it, or give the audience another name.',
    )
}
