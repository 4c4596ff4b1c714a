import { z } from 'zod'
import type {
  QuarantinedRow,
  ReadRequest,
  Source,
  SourcePage,
  SourceRecord,
} from '../../../core/connector/source.ts'
import { PlatformError } from '../../../core/errors/affluent-error.ts'
import type { JsonObject } from '../../../core/port/json.ts'
import type { Ga4Config, Ga4Context } from '../config.ts'
import { openExport, queryExport, type ExportRows } from './audience-export.ts'
import { notSet, pick } from './report-answer.ts'

const fields = [
  'user_id',
  'device_id',
  'is_ads_personalization_allowed',
  'is_limited_ad_tracking',
  'audience_id',
  'audience_name',
  'exported_at',
] as const

/** Members of the configured audiences, by audience exports: a snapshot, about 24 hours old, that is always read in full. */
export const audienceMembers: Source<Ga4Config> = {
  name: 'audience_members',
  description:
    'Members of the configured audiences: user id and device id, one record an audience and person.',
  deletions: 'absence',
  incremental: false,
  fields,
  read: readMembers,
}

/** `audience`: place in the configured list; `export`: the export that `offset` counts in, null before it is opened. */
const memberCursor = z.object({
  version: z.literal(1),
  audience: z.int().min(0),
  export: z.string().nullable(),
  offset: z.int().min(0),
})
type MemberCursor = z.output<typeof memberCursor>

const recordsPerPage = 10_000
const start: MemberCursor = { version: 1, audience: 0, export: null, offset: 0 }

async function* readMembers(context: Ga4Context, request: ReadRequest): AsyncGenerator<SourcePage> {
  const ids = context.config.audience_export.audience_ids
  let cursor = (request.cursor === null ? undefined : memberCursor.safeParse(request.cursor).data) ?? start
  for (let id = ids[cursor.audience]; id !== undefined; id = ids[cursor.audience]) {
    request.signal.throwIfAborted()
    const opened: MemberCursor = await open(context, cursor, { id, signal: request.signal })
    const rows = await readRows(context, opened, request.signal)
    // The export of an earlier run is gone after 72 hours: this audience is read again from its start.
    if (!rows) {
      cursor = { ...cursor, export: null, offset: 0 }
      continue
    }
    for (const page of toPages(rows, opened, { request, audiences: ids.length, id })) {
      yield page.page
      cursor = page.cursor
      request.signal.throwIfAborted()
    }
  }
}

async function open(
  context: Ga4Context,
  cursor: MemberCursor,
  wanted: { readonly id: string; readonly signal: AbortSignal },
): Promise<MemberCursor> {
  if (cursor.export !== null) return cursor
  const { name } = await openExport(context, wanted.id, wanted.signal)
  return { ...cursor, export: name, offset: 0 }
}

async function readRows(
  context: Ga4Context,
  { export: name, offset }: MemberCursor,
  signal: AbortSignal,
): Promise<ExportRows | undefined> {
  if (name === null) return undefined
  try {
    return await queryExport(context, { name, offset }, signal)
  } catch (error) {
    const isGone = error instanceof PlatformError && error.code === 'platform.not_found'
    if (isGone && offset > 0) return undefined
    throw error
  }
}

interface Reading {
  readonly request: ReadRequest
  readonly audiences: number
  readonly id: string
}

/** Pages of one answer, each with the cursor behind its last row. An audience without members has one empty page. */
function toPages(
  rows: ExportRows,
  opened: MemberCursor,
  reading: Reading,
): { readonly page: SourcePage; readonly cursor: MemberCursor }[] {
  const read = rows.audienceRows.map((row, index) =>
    toRow(rows, row, { ...reading, place: opened.offset + index + 1 }),
  )
  const count = Math.max(1, Math.ceil(read.length / recordsPerPage))
  return Array.from({ length: count }, (_, index) => {
    const part = read.slice(index * recordsPerPage, (index + 1) * recordsPerPage)
    const offset = opened.offset + index * recordsPerPage + part.length
    const isLast = index === count - 1 && (part.length === 0 || offset >= rows.rowCount)
    const cursor = isLast
      ? { ...opened, audience: opened.audience + 1, export: null, offset: 0 }
      : { ...opened, offset }
    const done = isLast ? 1 : offset / Math.max(1, rows.rowCount)
    return {
      cursor,
      page: {
        records: part.flatMap((each) => ('externalId' in each ? [each] : [])),
        quarantined: part.flatMap((each) => ('externalId' in each ? [] : [each])),
        cursor,
        progress: Math.min(1, (opened.audience + done) / Math.max(1, reading.audiences)),
      },
    }
  })
}

const columns: Readonly<Record<string, (typeof fields)[number]>> = {
  userId: 'user_id',
  deviceId: 'device_id',
  isAdsPersonalizationAllowed: 'is_ads_personalization_allowed',
  isLimitedAdTracking: 'is_limited_ad_tracking',
}

function toRow(
  rows: ExportRows,
  row: ExportRows['audienceRows'][number],
  reading: Reading & { readonly place: number },
): SourceRecord | QuarantinedRow {
  const own: Record<string, JsonObject[string]> = {
    audience_id: reading.id,
    audience_name: rows.audienceExport.audienceDisplayName,
    exported_at: rows.audienceExport.beginCreatingTime ?? null,
  }
  for (const [index, { dimensionName }] of rows.audienceExport.dimensions.entries()) {
    const column = columns[dimensionName]
    if (column !== undefined) own[column] = toValue(column, row.dimensionValues[index]?.value ?? '')
  }
  const key = [own['user_id'] ?? null, own['device_id'] ?? null]
  if (key.every((part) => part === null)) return noIdentifier(reading, row)
  return {
    externalId: JSON.stringify([reading.id, ...key]),
    versionAt: null,
    deleted: false,
    fields: pick(own, reading.request.fields),
  }
}

function toValue(column: string, value: string): string | boolean | null {
  if (value === '' || value === notSet) return null
  return column.startsWith('is_') ? value.toLowerCase() === 'true' : value
}

function noIdentifier(
  reading: { readonly place: number; readonly id: string },
  row: ExportRows['audienceRows'][number],
): QuarantinedRow {
  return {
    place: `audience ${reading.id}, row ${reading.place}`,
    reason: { code: 'missing_identifier', message: 'The row has neither a user id nor a device id.' },
    raw: JSON.stringify(row).slice(0, 65_536),
  }
}
