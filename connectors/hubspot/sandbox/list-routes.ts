import { z } from 'zod'
import type { SandboxReply, SandboxRequest, SandboxRoute } from '../../sandbox-kit/sandbox-server.ts'
import { hubspotError, invalid, notFound } from './hubspot-error.ts'
import type { ListStore, SandboxList } from './list-store.ts'
import type { RecordStore } from './record-store.ts'
import { isoTime } from './record-view.ts'

const listsPath = String.raw`/crm/lists/(?:2026-03|2026-09)`
const largestChange = 100_000

const createBody = z.object({
  name: z.string().min(1),
  objectTypeId: z.string(),
  processingType: z.enum(['MANUAL', 'DYNAMIC', 'SNAPSHOT']),
  filterBranch: z.unknown().optional(),
})
const searchBody = z.object({
  query: z.string().default(''),
  listIds: z.array(z.string()).default([]),
  objectTypeId: z.string().optional(),
  processingTypes: z.array(z.string()).default([]),
  offset: z.int().default(0),
  count: z.int().max(500).default(20),
})
const idsBody = z.array(z.string()).max(largestChange)
const changeBody = z.object({ recordIdsToAdd: idsBody, recordIdsToRemove: idsBody })

const route = (method: string, path: string, answer: SandboxRoute['answer']): SandboxRoute => ({
  method,
  pattern: new RegExp(`^${listsPath}${path}$`),
  answer,
})

/** List routes: create, search, read, delete, restore, and memberships. */
export function listRoutes(lists: ListStore, contacts: RecordStore): SandboxRoute[] {
  const onList = (
    method: string,
    path: string,
    answer: (list: SandboxList, request: SandboxRequest) => SandboxReply,
  ): SandboxRoute =>
    route(method, String.raw`/(?<id>\d+)${path}`, (request) => {
      const list = lists.get(request.params['id'] ?? '')
      return list ? answer(list, request) : notFound('List does not exist')
    })
  return [
    route('POST', '', ({ body }) => createList(lists, body)),
    route('POST', '/search', ({ body }) => searchLists(lists, body)),
    route('PUT', String.raw`/(?<id>\d+)/restore`, ({ params }) =>
      lists.restore(params['id'] ?? '') ? { status: 204 } : notFound('List does not exist'),
    ),
    onList('GET', '', (list) => ({ status: 200, body: { list: listView(list) } })),
    onList('DELETE', '', (list) => {
      lists.remove(list.listId)
      return { status: 204 }
    }),
    onList('GET', '/memberships', readMembers),
    onList('PUT', '/memberships/add', (list, { body }) => {
      const ids = idsBody.safeParse(body)
      return ids.success ? change(list, ids.data, []) : invalid('Invalid input JSON')
    }),
    onList('PUT', '/memberships/remove', (list, { body }) => {
      const ids = idsBody.safeParse(body)
      return ids.success ? change(list, [], ids.data) : invalid('Invalid input JSON')
    }),
    onList('PUT', '/memberships/add-and-remove', (list, { body }) => {
      const ids = changeBody.safeParse(body)
      if (!ids.success) return invalid('Invalid input JSON')
      return change(list, ids.data.recordIdsToAdd, ids.data.recordIdsToRemove)
    }),
  ]

  /** Membership writes work on MANUAL and SNAPSHOT only (chapter 1.4). */
  function change(list: SandboxList, add: readonly string[], remove: readonly string[]): SandboxReply {
    if (list.processingType === 'DYNAMIC')
      return invalid('Memberships of a DYNAMIC list cannot be changed', 'ILS.INVALID_LIST_PROCESSING_TYPE')
    return { status: 200, body: lists.change(list, add, remove, contacts) }
  }
}

function listView(list: SandboxList): Record<string, unknown> {
  return {
    listId: list.listId,
    listVersion: 1,
    name: list.name,
    objectTypeId: list.objectTypeId,
    processingType: list.processingType,
    processingStatus: 'COMPLETE',
    createdAt: isoTime(list.createdAt),
    updatedAt: isoTime(list.createdAt),
    size: list.members.size,
  }
}

function createList(lists: ListStore, body: unknown): SandboxReply {
  const parsed = createBody.safeParse(body)
  if (!parsed.success) return invalid('Invalid input JSON')
  const { name, processingType, objectTypeId, filterBranch } = parsed.data
  if (processingType !== 'MANUAL' && filterBranch === undefined) return invalid('filterBranch is required')
  const list = lists.create(name, processingType, objectTypeId)
  if (list) return { status: 200, body: { list: listView(list) } }
  return hubspotError(400, {
    category: 'VALIDATION_ERROR',
    subCategory: 'ILS.DUPLICATE_LIST_NAMES',
    message: 'A list with this name already exists',
  })
}

function searchLists(lists: ListStore, body: unknown): SandboxReply {
  const parsed = searchBody.safeParse(body)
  if (!parsed.success) return invalid('Invalid input JSON')
  const { query, listIds, objectTypeId, processingTypes, offset, count } = parsed.data
  const hits = [...lists.lists.values()].filter(
    (list) =>
      list.deletedAt === null &&
      list.name.toLowerCase().includes(query.toLowerCase()) &&
      (listIds.length === 0 || listIds.includes(list.listId)) &&
      (objectTypeId === undefined || list.objectTypeId === objectTypeId) &&
      (processingTypes.length === 0 || processingTypes.includes(list.processingType)),
  )
  const page = hits.slice(offset, offset + count)
  return {
    status: 200,
    body: {
      lists: page.map((list) => ({
        ...listView(list),
        additionalProperties: { hs_list_size: String(list.members.size) },
      })),
      offset: offset + page.length,
      hasMore: offset + page.length < hits.length,
      total: hits.length,
    },
  }
}

/** At most 250 a page, by record id; the cursor is opaque to clients (chapter 1.3). */
function readMembers(list: SandboxList, { query }: SandboxRequest): SandboxReply {
  const limit = Number(query.get('limit') ?? '100')
  if (!Number.isInteger(limit) || limit < 1 || limit > 250) return invalid('limit must be between 1 and 250')
  const after = Number(Buffer.from(query.get('after') ?? '', 'base64url').toString() || '0')
  const members = [...list.members].map(([id, at]) => ({ id: Number(id), at })).sort((a, b) => a.id - b.id)
  const rest = members.filter(({ id }) => id > after)
  const page = rest.slice(0, limit)
  const last = page.at(-1)
  const more = last !== undefined && rest.length > page.length
  return {
    status: 200,
    body: {
      results: page.map(({ id, at }) => ({ recordId: String(id), membershipTimestamp: isoTime(at) })),
      total: list.members.size,
      ...(more && { paging: { next: { after: Buffer.from(String(last.id)).toString('base64url') } } }),
    },
  }
}
