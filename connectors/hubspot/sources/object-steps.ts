import { AffluentError } from '../../../core/errors/affluent-error.ts'
import type { HubspotContext } from '../config.ts'
import { toInstant, type CrmObject } from '../mapping.ts'
import { afterArchived, afterLiving, type ObjectCursor, type PhaseCursor } from './object-cursor.ts'
import { listObjects, searchObjects, type Asked, type ObjectPage, type PageObject } from './object-pages.ts'

/** One page read, and where the read stands after it. */
export interface Step {
  readonly objects: readonly PageObject[]
  readonly keep?: (record: CrmObject) => boolean
  readonly cursor: ObjectCursor
}

export function readStep(
  context: HubspotContext,
  asked: Asked,
  cursor: PhaseCursor<'list' | 'changes' | 'archived'>,
): Promise<Step> {
  if (cursor.phase === 'list') return readList(context, asked, cursor)
  if (cursor.phase === 'archived') return readArchived(context, asked, cursor)
  return cursor.slice ? readSlice(context, asked, cursor) : readChanges(context, asked, cursor)
}

async function readList(context: HubspotContext, asked: Asked, cursor: PhaseCursor<'list'>): Promise<Step> {
  const { objects, next } = await listObjects(context, asked, { archived: false, after: cursor.after })
  return { objects, cursor: next === null ? endLiving(context, cursor) : { ...cursor, after: next } }
}

async function readArchived(
  context: HubspotContext,
  asked: Asked,
  cursor: PhaseCursor<'archived'>,
): Promise<Step> {
  const bare = { ...asked, properties: ['hs_object_id'] }
  const { objects, next } = await listObjects(context, bare, { archived: true, after: cursor.after })
  const { since } = cursor
  return {
    objects,
    keep: ({ archivedAt }) => since === null || (archivedAt ?? since) >= since,
    cursor: next === null ? afterArchived(cursor) : { ...cursor, after: next },
  }
}

/**
 * A search shows at most 10,000 results and its pages shift when a record changes meanwhile. So no page is turned at all: each
 * search starts at the last timestamp of the one before. Records with the last timestamp of a page are left to the next, which
 * shows all of them; when one timestamp fills a page, its records are read by record id (`readSlice`).
 */
async function readChanges(
  context: HubspotContext,
  asked: Asked,
  cursor: PhaseCursor<'changes'>,
): Promise<Step> {
  const page = await searchObjects(context, asked, {
    filters: [
      { propertyName: asked.modified, operator: 'GTE', value: String(cursor.from) },
      { propertyName: asked.modified, operator: 'LTE', value: String(cursor.until) },
    ],
    sortBy: asked.modified,
  })
  if (page.next === null) return { objects: page.objects, cursor: endLiving(context, cursor) }
  const last = latestModification(page, asked.modified)
  if (last === null || last <= cursor.from)
    return { objects: [], cursor: { ...cursor, slice: { afterId: null } } }
  return {
    objects: page.objects,
    keep: (record) => modifiedAt(record, asked.modified) !== last,
    cursor: { ...cursor, from: last },
  }
}

/** All records that share one timestamp: bulk edits and imports put more than 10,000 on one (airbytehq/airbyte#43317). */
async function readSlice(
  context: HubspotContext,
  asked: Asked,
  cursor: PhaseCursor<'changes'>,
): Promise<Step> {
  const afterId = cursor.slice?.afterId ?? '0'
  const { objects, next } = await searchObjects(context, asked, {
    filters: [
      { propertyName: asked.modified, operator: 'EQ', value: String(cursor.from) },
      { propertyName: 'hs_object_id', operator: 'GT', value: afterId },
    ],
    sortBy: 'hs_object_id',
  })
  if (next !== null) {
    const ids = objects.flatMap(({ record }) => record?.id ?? [])
    const lastId = String(Math.max(0, ...ids.map(Number)))
    if (Number(lastId) <= Number(afterId))
      throw new AffluentError('connector.cursor_repeated', { act: `searching changed ${asked.type}` })
    return { objects, cursor: { ...cursor, slice: { afterId: lastId } } }
  }
  const isLast = cursor.from >= cursor.until
  return {
    objects,
    cursor: isLast ? endLiving(context, cursor) : { ...cursor, from: cursor.from + 1, slice: null },
  }
}

function endLiving(context: HubspotContext, cursor: PhaseCursor<'list' | 'changes'>): ObjectCursor {
  return afterLiving(cursor, context.clock.now(), context.config.archived_check_hours * 3_600_000)
}

function modifiedAt(record: CrmObject, modified: string): number | null {
  const value = record.properties[modified]
  return (value === null || value === undefined ? null : toInstant(value)) ?? record.updatedAt ?? null
}

function latestModification(page: ObjectPage, modified: string): number | null {
  const times = page.objects.flatMap(({ record }) => (record && modifiedAt(record, modified)) ?? [])
  return times.length > 0 ? Math.max(...times) : null
}
