import type { SandboxReply, SandboxRoute } from '../../sandbox-kit/sandbox-server.ts'
import { invalid } from './hubspot-error.ts'
import { isoTime } from './record-view.ts'

/** One event occurrence. It can be read `visibleAt` and after; default: at once. */
export interface SandboxEvent {
  readonly id: string
  readonly eventType: string
  readonly objectType: string
  readonly objectId: string
  readonly occurredAt: number
  readonly visibleAt?: number
  readonly properties: Readonly<Record<string, string>>
}

/** Event occurrences and their types (chapter 1.3, e-mail engagement and events). */
export function eventRoutes(events: readonly SandboxEvent[], now: () => number): SandboxRoute[] {
  const path = String.raw`/events/event-occurrences/(?:2026-03|2026-09)`
  return [
    {
      method: 'GET',
      pattern: new RegExp(`^${path}/event-types$`),
      answer: () => ({
        status: 200,
        body: { eventTypes: [...new Set(events.map(({ eventType }) => eventType))] },
      }),
    },
    {
      method: 'GET',
      pattern: new RegExp(`^${path}$`),
      answer: ({ query }) => listEvents(events, query, now()),
    },
  ]
}

/** Sorted by time, ascending unless told otherwise; the cursor is opaque. */
function listEvents(events: readonly SandboxEvent[], query: URLSearchParams, now: number): SandboxReply {
  const limit = Number(query.get('limit') ?? '20')
  if (!Number.isInteger(limit) || limit < 1 || limit > 100) return invalid('limit must be between 1 and 100')
  const type = query.get('eventType')
  const objectId = query.get('objectId')
  if (type === null && objectId === null) return invalid('eventType or objectId is required')
  const from = Date.parse(query.get('occurredAfter') ?? '1970-01-01T00:00:00Z')
  const to = Date.parse(query.get('occurredBefore') ?? '9999-01-01T00:00:00Z')
  if (Number.isNaN(from) || Number.isNaN(to)) return invalid('occurredAfter and occurredBefore are ISO times')
  const asked = { type, objectId, objectType: query.get('objectType') }
  const hits = events
    .filter((event) => event.occurredAt >= from && event.occurredAt <= to && (event.visibleAt ?? 0) <= now)
    .filter((event) => isAsked(event, asked))
    .sort((a, b) => a.occurredAt - b.occurredAt || Number(a.id > b.id) - Number(a.id < b.id))
  if (query.get('sort') === '-occurredAt') hits.reverse()
  return toPage(hits, query.get('after'), limit)
}

/** The cursor is opaque to clients. */
function toPage(hits: readonly SandboxEvent[], after: string | null, limit: number): SandboxReply {
  const start = Number(Buffer.from(after ?? '', 'base64url').toString() || '0')
  const next = start + limit
  const results = hits.slice(start, next).map(({ visibleAt: _hidden, occurredAt, ...event }) => ({
    ...event,
    occurredAt: isoTime(occurredAt),
  }))
  const paging = { next: { after: Buffer.from(String(next)).toString('base64url') } }
  return { status: 200, body: { results, ...(next < hits.length && { paging }) } }
}

function isAsked(
  event: SandboxEvent,
  asked: {
    readonly type: string | null
    readonly objectId: string | null
    readonly objectType: string | null
  },
): boolean {
  return (
    (asked.type === null || event.eventType === asked.type) &&
    (asked.objectId === null || event.objectId === asked.objectId) &&
    (asked.objectType === null || event.objectType.toLowerCase() === asked.objectType.toLowerCase())
  )
}
