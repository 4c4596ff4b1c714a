import { z } from 'zod'
import type { ReadRequest, Source, SourcePage } from '../../../core/connector/source.ts'
import { AffluentError } from '../../../core/errors/affluent-error.ts'
import { callHubspot } from '../account.ts'
import { listsPath } from '../client.ts'
import type { HubspotConfig, HubspotContext } from '../config.ts'
import { hubspotId, toInstant } from '../mapping.ts'

/** One stream for each list that the configuration names, whoever fills it: static and active lists alike. */
export const listMemberSources = (config: HubspotConfig): readonly Source<HubspotConfig>[] =>
  Object.entries(config.lists).map(([name, listId]) => ({
    name: `list_${name}`,
    description: `Members of the list ${listId}. Who left it is absent from the next read.`,
    deletions: 'absence' as const,
    incremental: false,
    fields: ['recordId', 'listId', 'membershipTimestamp'],
    read: (context: HubspotContext, request: ReadRequest) => readList(context, listId, request),
  }))

const membersAnswer = z.object({
  results: z.array(
    z.object({
      recordId: hubspotId,
      membershipTimestamp: z.union([z.string(), z.number()]).nullish().catch(null),
    }),
  ),
  paging: z.object({ next: z.object({ after: z.string() }).optional() }).optional(),
})

/** The position after a page; null once the read has ended. */
const memberCursor = z.strictObject({ version: z.literal(1), after: z.string().nullable() })

/** Published page size of memberships. */
const membersPerPage = 250

async function* readList(
  context: HubspotContext,
  listId: string,
  { cursor, fields, signal }: ReadRequest,
): AsyncGenerator<SourcePage> {
  const act = 'reading the members of a list'
  const seen = new Set<string>()
  let after = memberCursor.safeParse(cursor).data?.after ?? null
  do {
    signal.throwIfAborted()
    const page: z.output<typeof membersAnswer> = await callHubspot(context, {
      act,
      method: 'GET',
      path: `${listsPath}/${listId}/memberships`,
      query: { limit: String(membersPerPage), ...(after !== null && { after }) },
      answer: membersAnswer,
      repeatable: true,
      signal,
    })
    after = page.paging?.next?.after ?? null
    if (after !== null && seen.has(after)) throw new AffluentError('connector.cursor_repeated', { act })
    if (after !== null) seen.add(after)
    yield {
      records: page.results.map((member) => toRecord(member, listId, fields)),
      quarantined: [],
      cursor: { version: 1, after },
    }
  } while (after !== null)
}

function toRecord(
  { recordId, membershipTimestamp }: z.output<typeof membersAnswer>['results'][number],
  listId: string,
  fields: readonly string[],
): SourcePage['records'][number] {
  const joinedAt =
    membershipTimestamp === null || membershipTimestamp === undefined ? null : toInstant(membershipTimestamp)
  const values = new Map([
    ['recordId', recordId],
    ['listId', listId],
    ['membershipTimestamp', joinedAt === null ? null : new Date(joinedAt).toISOString()],
  ])
  return {
    externalId: recordId,
    versionAt: joinedAt,
    deleted: false,
    fields: Object.fromEntries(fields.map((name) => [name, values.get(name) ?? null])),
  }
}
