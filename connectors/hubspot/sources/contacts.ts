import type { QuarantinedRow, ReadRequest, Source, SourcePage } from '../../../core/connector/source.ts'
import { AffluentError } from '../../../core/errors/affluent-error.ts'
import type { HubspotConfig, HubspotContext } from '../config.ts'
import { toInstant, toSourceRecord, type ContactObject } from '../mapping.ts'
import {
  afterArchived,
  afterLiving,
  parseContactCursor,
  startChanges,
  startFull,
  type ContactCursor,
  type PhaseCursor,
} from './contact-cursor.ts'
import {
  listContacts,
  searchContacts,
  type Asked,
  type ContactPage,
  type PageObject,
} from './contact-pages.ts'

/** Contacts of the account: a full read by record id, then what changed since by time of modification. */
export const contactsSource: Source<HubspotConfig> = {
  name: 'contacts',
  description: 'Contacts (object type 0-1), with deletions from the recycle bin and merges.',
  deletions: 'flag',
  incremental: true,
  fields: null,
  read: readContacts,
}

/** Properties that the reading itself needs, beside those that are mapped. */
const ownProperties = ['lastmodifieddate', 'hs_merged_object_ids']

async function* readContacts(context: HubspotContext, request: ReadRequest): AsyncGenerator<SourcePage> {
  const { signal, fields } = request
  const asked: Asked = { signal, properties: [...new Set([...fields, ...ownProperties])] }
  let cursor = openCursor(context, request)
  while (cursor.phase !== 'ended') {
    signal.throwIfAborted()
    const step: Step = await readStep(context, asked, cursor)
    cursor = step.cursor
    yield toPage(step, fields)
  }
}

function openCursor(context: HubspotContext, request: ReadRequest): ContactCursor {
  const now = context.clock.now()
  if (request.cursor === null) return startFull(now)
  const cursor = parseContactCursor(request.cursor)
  if (cursor) return cursor.phase === 'ended' ? startChanges(cursor, now) : cursor
  context.logger.warn('cursor_discarded', { connection: context.connection, stream: contactsSource.name })
  return startFull(now)
}

/** One page read, and where the read stands after it. */
interface Step {
  readonly objects: readonly PageObject[]
  readonly keep?: (contact: ContactObject) => boolean
  readonly cursor: ContactCursor
}

function readStep(
  context: HubspotContext,
  asked: Asked,
  cursor: PhaseCursor<'list' | 'changes' | 'archived'>,
): Promise<Step> {
  if (cursor.phase === 'list') return readList(context, asked, cursor)
  if (cursor.phase === 'archived') return readArchived(context, asked, cursor)
  return cursor.slice ? readSlice(context, asked, cursor) : readChanges(context, asked, cursor)
}

async function readList(context: HubspotContext, asked: Asked, cursor: PhaseCursor<'list'>): Promise<Step> {
  const { objects, next } = await listContacts(context, asked, { archived: false, after: cursor.after })
  return { objects, cursor: next === null ? endLiving(context, cursor) : { ...cursor, after: next } }
}

async function readArchived(
  context: HubspotContext,
  asked: Asked,
  cursor: PhaseCursor<'archived'>,
): Promise<Step> {
  const bare = { ...asked, properties: ['hs_object_id'] }
  const { objects, next } = await listContacts(context, bare, { archived: true, after: cursor.after })
  const { since } = cursor
  return {
    objects,
    keep: ({ archivedAt }) => since === null || (archivedAt ?? since) >= since,
    cursor: next === null ? afterArchived(cursor) : { ...cursor, after: next },
  }
}

/**
 * A search shows at most 10,000 results and its pages shift when a contact changes meanwhile. So no page is turned at all: each
 * search starts at the last timestamp of the one before. Contacts with the last timestamp of a page are left to the next, which
 * shows all of them; when one timestamp fills a page, its contacts are read by record id (`readSlice`).
 */
async function readChanges(
  context: HubspotContext,
  asked: Asked,
  cursor: PhaseCursor<'changes'>,
): Promise<Step> {
  const page = await searchContacts(context, asked, {
    filters: [
      { propertyName: 'lastmodifieddate', operator: 'GTE', value: String(cursor.from) },
      { propertyName: 'lastmodifieddate', operator: 'LTE', value: String(cursor.until) },
    ],
    sortBy: 'lastmodifieddate',
  })
  if (page.next === null) return { objects: page.objects, cursor: endLiving(context, cursor) }
  const last = latestModification(page)
  if (last === null || last <= cursor.from)
    return { objects: [], cursor: { ...cursor, slice: { afterId: null } } }
  return {
    objects: page.objects,
    keep: (contact) => modifiedAt(contact) !== last,
    cursor: { ...cursor, from: last },
  }
}

/** All contacts that share one timestamp: bulk edits and imports put more than 10,000 on one (airbytehq/airbyte#43317). */
async function readSlice(
  context: HubspotContext,
  asked: Asked,
  cursor: PhaseCursor<'changes'>,
): Promise<Step> {
  const afterId = cursor.slice?.afterId ?? '0'
  const { objects, next } = await searchContacts(context, asked, {
    filters: [
      { propertyName: 'lastmodifieddate', operator: 'EQ', value: String(cursor.from) },
      { propertyName: 'hs_object_id', operator: 'GT', value: afterId },
    ],
    sortBy: 'hs_object_id',
  })
  if (next !== null) {
    const ids = objects.flatMap(({ contact }) => contact?.id ?? [])
    const lastId = String(Math.max(0, ...ids.map(Number)))
    if (Number(lastId) <= Number(afterId))
      throw new AffluentError('connector.cursor_repeated', { act: 'searching changed contacts' })
    return { objects, cursor: { ...cursor, slice: { afterId: lastId } } }
  }
  const isLast = cursor.from >= cursor.until
  return {
    objects,
    cursor: isLast ? endLiving(context, cursor) : { ...cursor, from: cursor.from + 1, slice: null },
  }
}

function endLiving(context: HubspotContext, cursor: PhaseCursor<'list' | 'changes'>): ContactCursor {
  return afterLiving(cursor, context.clock.now(), context.config.archived_check_hours * 3_600_000)
}

function modifiedAt(contact: ContactObject): number | null {
  const value = contact.properties['lastmodifieddate']
  return (value === null || value === undefined ? null : toInstant(value)) ?? contact.updatedAt ?? null
}

function latestModification(page: ContactPage): number | null {
  const times = page.objects.flatMap(({ contact }) => (contact && modifiedAt(contact)) ?? [])
  return times.length > 0 ? Math.max(...times) : null
}

/** Longest raw text that is kept of an object in quarantine. */
const longestRaw = 65_536

function toPage({ objects, keep, cursor }: Step, fields: readonly string[]): SourcePage {
  return {
    records: objects.flatMap(({ contact }) =>
      contact && (keep?.(contact) ?? true) ? [toSourceRecord(contact, fields)] : [],
    ),
    quarantined: objects.flatMap(({ raw, contact }, index) => (contact ? [] : [toQuarantined(raw, index)])),
    cursor,
  }
}

function toQuarantined(raw: unknown, index: number): QuarantinedRow {
  return {
    place: `object ${index + 1} of a page`,
    reason: { code: 'unreadable_object', message: 'The object has no id or no readable properties.' },
    raw: JSON.stringify(raw).slice(0, longestRaw),
  }
}
