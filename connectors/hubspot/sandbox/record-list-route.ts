import type { SandboxReply, SandboxRoute } from '../../sandbox-kit/sandbox-server.ts'
import { invalid } from './hubspot-error.ts'
import { recordPath } from './record-path.ts'
import type { RecordStore } from './record-store.ts'
import { recordView } from './record-view.ts'

/** The list endpoint of one kind of records. */
export const recordListRoute = (store: RecordStore): SandboxRoute => ({
  method: 'GET',
  pattern: new RegExp(`^${recordPath(store.type)}$`),
  answer: ({ query }) => listRecords(store, query),
})

/** Property names of a query, comma-separated or repeated. */
export const asked = (query: URLSearchParams): string[] =>
  query
    .getAll('properties')
    .flatMap((names) => names.split(','))
    .filter((name) => name !== '')

/** `after` is simply the next record id; order is by record id; at most 100 a page (chapter 1.3). */
function listRecords(store: RecordStore, query: URLSearchParams): SandboxReply {
  const limit = Number(query.get('limit') ?? '10')
  if (!Number.isInteger(limit) || limit < 1 || limit > 100) return invalid('limit must be between 1 and 100')
  const after = Number(query.get('after') ?? '0')
  if (!Number.isInteger(after)) return invalid('after must be a record id')
  const page = store.page(query.get('archived') === 'true', after, limit + 1)
  const next = page[limit]
  const results = page.slice(0, limit).map((record) => recordView(record, asked(query)))
  return { status: 200, body: { results, ...(next && { paging: { next: { after: next.id } } }) } }
}
