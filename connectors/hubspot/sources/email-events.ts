import { z } from 'zod'
import type {
  Cursor,
  QuarantinedRow,
  ReadRequest,
  Source,
  SourcePage,
  SourceRecord,
} from '../../../core/connector/source.ts'
import { AffluentError } from '../../../core/errors/affluent-error.ts'
import { callHubspot } from '../account.ts'
import { apiVersions } from '../client.ts'
import type { HubspotConfig, HubspotContext } from '../config.ts'
import { hubspotId, toInstant } from '../mapping.ts'
import { toQuarantined } from './quarantine.ts'

/** What contacts did with e-mails: sent, opened, clicked, bounced, unsubscribed. Event API; needs an Enterprise-class account. */
export const emailEventsSource: Source<HubspotConfig> = {
  name: 'email_events',
  description:
    'E-mail events of contacts (event occurrences; Enterprise-class accounts). Other accounts map the roll-up properties hs_email_last_open_date and the like of the stream contacts.',
  deletions: 'none',
  incremental: true,
  fields: null,
  read: readEvents,
}

const eventShape = z.object({
  id: hubspotId,
  eventType: z.string(),
  objectType: z.string(),
  objectId: hubspotId,
  occurredAt: z.union([z.string(), z.number()]).transform(toInstant).pipe(z.number()),
  properties: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]).catch(null))
    .default({}),
})

const pageAnswer = z.object({
  results: z.array(z.unknown()),
  paging: z.object({ next: z.object({ after: z.string() }).optional() }).optional(),
})

const instant = z.int().min(0)

/** One event type after the other, each by time; `ended` starts the read of what came since. */
const eventCursor = z.discriminatedUnion('phase', [
  z.strictObject({
    version: z.literal(1),
    phase: z.literal('reading'),
    from: instant,
    until: instant,
    eventType: z.string(),
    after: z.string().nullable(),
  }),
  z.strictObject({ version: z.literal(1), phase: z.literal('ended'), until: instant }),
])
type EventCursor = z.output<typeof eventCursor>
type Reading = Extract<EventCursor, { phase: 'reading' }>

const dayMs = 86_400_000
/** Opens and clicks are counted late: the last hour is read again, under the same ids. */
const lookBackMs = 3_600_000
const eventsPerPage = 100

async function* readEvents(context: HubspotContext, request: ReadRequest): AsyncGenerator<SourcePage> {
  let cursor: EventCursor = openCursor(context, request.cursor)
  while (cursor.phase === 'reading') {
    request.signal.throwIfAborted()
    const { results, next } = await readPage(context, cursor, request.signal)
    cursor = afterPage(context, cursor, next)
    yield { ...toRecords(results, request.fields), cursor }
  }
}

function openCursor(context: HubspotContext, given: Cursor | null): Reading {
  const { email_event_types: types, email_event_history_days: days } = context.config
  const [first = ''] = types
  const until = context.clock.now()
  const start: Reading = {
    version: 1,
    phase: 'reading',
    from: Math.max(0, until - days * dayMs),
    until,
    eventType: first,
    after: null,
  }
  const known = eventCursor.safeParse(given).data
  if (known?.phase === 'ended') return { ...start, from: Math.max(0, known.until - lookBackMs) }
  if (known && types.includes(known.eventType)) return known
  // A type that the configuration no longer names: the same span is read from the first type on.
  return known ? { ...start, from: known.from } : start
}

async function readPage(
  context: HubspotContext,
  { from, until, eventType, after }: Reading,
  signal: AbortSignal,
): Promise<{ results: readonly unknown[]; next: string | null }> {
  const act = 'reading e-mail events'
  const page = await callHubspot(context, {
    act,
    method: 'GET',
    path: `/events/event-occurrences/${apiVersions.events}`,
    query: {
      objectType: 'contact',
      eventType,
      occurredAfter: new Date(from).toISOString(),
      occurredBefore: new Date(until).toISOString(),
      sort: 'occurredAt',
      limit: String(eventsPerPage),
      ...(after !== null && { after }),
    },
    answer: pageAnswer,
    repeatable: true,
    signal,
  })
  const next = page.paging?.next?.after ?? null
  if (next !== null && next === after) throw new AffluentError('connector.cursor_repeated', { act })
  return { results: page.results, next }
}

function afterPage(context: HubspotContext, cursor: Reading, next: string | null): EventCursor {
  if (next !== null) return { ...cursor, after: next }
  const types = context.config.email_event_types
  const following = types[types.indexOf(cursor.eventType) + 1]
  if (following !== undefined) return { ...cursor, eventType: following, after: null }
  return { version: 1, phase: 'ended', until: cursor.until }
}

function toRecords(results: readonly unknown[], fields: readonly string[]): Omit<SourcePage, 'cursor'> {
  const records: SourceRecord[] = []
  const quarantined: QuarantinedRow[] = []
  for (const [index, raw] of results.entries()) {
    const event = eventShape.safeParse(raw).data
    if (event) records.push(toRecord(event, fields))
    else quarantined.push(toQuarantined(raw, index))
  }
  return { records, quarantined }
}

/** Fields are the event's own parts, `objectId` the contact's id, and the event's properties by name. */
function toRecord(event: z.output<typeof eventShape>, fields: readonly string[]): SourceRecord {
  const { id, eventType, objectType, objectId, occurredAt, properties } = event
  const values = {
    ...properties,
    id,
    eventType,
    objectType,
    objectId,
    occurredAt: new Date(occurredAt).toISOString(),
  }
  const own = new Map(Object.entries(values))
  return {
    externalId: id,
    versionAt: occurredAt,
    deleted: false,
    fields: Object.fromEntries(fields.map((name) => [name, own.get(name) ?? null])),
  }
}
