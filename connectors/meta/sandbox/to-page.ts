import type { SandboxReply, SandboxRequest } from '../../sandbox-kit/sandbox-server.ts'

const defaultLimit = 25
const maxLimit = 500

/** One page of an edge by the parameters `limit` and `after`, with Meta's paging object. */
export function toPage<Entry>(
  request: SandboxRequest,
  entries: readonly Entry[],
  show: (entry: Entry) => unknown,
): SandboxReply {
  const limit = Math.min(maxLimit, Math.max(1, Number(request.query.get('limit') ?? defaultLimit)))
  const from = fromCursor(request.query.get('after'))
  const to = Math.min(entries.length, from + limit)
  const data = entries.slice(from, to).map(show)
  if (data.length === 0) return { status: 200, body: { data } }
  const cursors = { before: toCursor(from), after: toCursor(to) }
  const next = to < entries.length ? { next: nextAddress(request, cursors.after) } : {}
  return { status: 200, body: { data, paging: { cursors, ...next } } }
}

/** As on the platform, the address of the next page is absolute and holds the access token. */
function nextAddress(request: SandboxRequest, after: string): string {
  const query = new URLSearchParams(request.query)
  query.set('after', after)
  return `http://${request.headers['host'] ?? ''}${request.path}?${query.toString()}`
}

const toCursor = (index: number): string => Buffer.from(`place:${index}`).toString('base64url')

function fromCursor(cursor: string | null): number {
  const place = /^place:(\d+)$/.exec(Buffer.from(cursor ?? '', 'base64url').toString())
  return Number(place?.[1] ?? 0)
}
