import type { ReadRequest, Source, SourcePage } from '../../../core/connector/source.ts'
import { openAccount } from '../account.ts'
import type { ObjectType } from '../client.ts'
import type { HubspotConfig, HubspotContext } from '../config.ts'
import { toSourceRecord } from '../mapping.ts'
import { readLinks, type Links } from './associations.ts'
import { findRetyped, refuseOtherAccount, toRetyped } from './drift.ts'
import { refuseUnknownProperties } from './known-properties.ts'
import { parseObjectCursor, startAgain, startChanges, startFull, type ObjectCursor } from './object-cursor.ts'
import type { Asked } from './object-pages.ts'
import { readStep, type Step } from './object-steps.ts'
import { toQuarantined } from './quarantine.ts'

/** What one kind of CRM record has of its own; how it is read is the same for all. */
export interface ObjectStream {
  readonly type: ObjectType
  readonly description: string
  /** The property that tells the time of the last modification: contacts have another one than all others. */
  readonly modified: string
  /** A field that is not a property: the ids of the linked records of another type. */
  readonly links?: { readonly field: string; readonly to: ObjectType }
}

/** A stream of CRM records: a full read by record id, then what changed since by time of modification. */
export function defineObjectSource(stream: ObjectStream): Source<HubspotConfig> {
  return {
    name: stream.type,
    description: stream.description,
    deletions: 'flag',
    incremental: true,
    fields: null,
    read: (context, request) => readObjects(context, stream, request),
  }
}

async function* readObjects(
  context: HubspotContext,
  stream: ObjectStream,
  request: ReadRequest,
): AsyncGenerator<SourcePage> {
  const { signal, fields } = request
  signal.throwIfAborted()
  const { type, modified, links } = stream
  const properties = fields.filter((field) => field !== links?.field)
  const linked = links && fields.includes(links.field) ? links : undefined
  const types = await refuseUnknownProperties(context, type, { names: properties, signal })
  const own = [modified, 'hs_merged_object_ids']
  const asked: Asked = { type, modified, signal, properties: [...new Set([...properties, ...own])] }
  const { portalId } = await openAccount(context)
  const last = parseObjectCursor(request.cursor)
  refuseOtherAccount(type, last, portalId)
  const seen = { portalId, ...(types && { types }) }
  const retyped = findRetyped(last, types)
  if (last && retyped.length > 0) {
    // Told once: the position that is kept starts a read in full, which takes every value in its new shape.
    const again = { ...startAgain(last, context.clock.now()), ...seen }
    yield { records: [], quarantined: [], cursor: again }
    throw toRetyped(type, retyped)
  }
  let cursor: ObjectCursor = {
    ...openCursor(context, stream, { ...request, isLinked: linked !== undefined }),
    ...seen,
  }
  while (cursor.phase !== 'ended') {
    signal.throwIfAborted()
    const step: Step = await readStep(context, asked, cursor)
    cursor = step.cursor
    const page = toPage(step, properties)
    yield linked ? await withLinks(context, page, { from: type, ...linked, signal }) : page
  }
}

function openCursor(
  context: HubspotContext,
  { type }: ObjectStream,
  request: ReadRequest & { readonly isLinked: boolean },
): ObjectCursor {
  const now = context.clock.now()
  if (request.cursor === null) return startFull(now)
  const cursor = parseObjectCursor(request.cursor)
  if (!cursor) {
    context.logger.warn('cursor_discarded', { connection: context.connection, stream: type })
    return startFull(now)
  }
  if (cursor.phase !== 'ended') return cursor
  // A new link alone is no change of the record, so no search shows it (airbytehq/airbyte#14390).
  const isDue = now - (cursor.listedAt ?? 0) >= context.config.association_check_hours * 3_600_000
  return request.isLinked && isDue ? startAgain(cursor, now) : startChanges(cursor, now)
}

async function withLinks(
  context: HubspotContext,
  page: SourcePage,
  links: Links & { readonly field: string },
): Promise<SourcePage> {
  const ids = page.records.filter(({ deleted }) => !deleted).map(({ externalId }) => externalId)
  const linked = await readLinks(context, links, ids)
  const records = page.records.map((record) =>
    record.deleted
      ? record
      : { ...record, fields: { ...record.fields, [links.field]: linked.get(record.externalId) ?? [] } },
  )
  return { ...page, records }
}

function toPage({ objects, keep, cursor }: Step, fields: readonly string[]): SourcePage {
  return {
    records: objects.flatMap(({ record }) =>
      record && (keep?.(record) ?? true) ? [toSourceRecord(record, fields)] : [],
    ),
    quarantined: objects.flatMap(({ raw, record }, index) => (record ? [] : [toQuarantined(raw, index)])),
    cursor,
  }
}
