import type { QuarantinedRow, SourceRecord } from '../../../core/connector/source.ts'
import type { JsonObject, JsonValue } from '../../../core/port/json.ts'
import { textOf, type Row } from '../query.ts'
import { optOutFields, type Stream } from './stream.ts'

/** A mapped field: as the mapping names it, and as Salesforce does. */
export interface AskedField {
  readonly asked: string
  readonly name: string
}

/** Epoch milliseconds of a time as Salesforce writes it ("2026-11-22T10:00:00.000+0000"); null when it cannot be read. */
export function toInstant(value: JsonValue | undefined): number | null {
  const ms = typeof value === 'string' ? Date.parse(value) : Number.NaN
  return Number.isNaN(ms) ? null : ms
}

/** A record of the stream, reduced to the mapped fields, as it stands at `now`. */
export function toSourceRecord(
  stream: Stream,
  row: Row,
  fields: readonly AskedField[],
  now: number,
): SourceRecord {
  const deleted =
    row['IsDeleted'] === true || isLeftBehind(stream, row, fields) || isNoConsent(stream, row, now)
  return {
    externalId: textOf(row, 'Id') ?? '',
    versionAt: toInstant(row['SystemModstamp']),
    deleted,
    fields: deleted ? {} : pick(row, fields),
  }
}

const pick = (row: Row, fields: readonly AskedField[]): JsonObject =>
  Object.fromEntries(fields.map(({ asked, name }) => [asked, valueAt(row, name)]))

/** "Account.Name" stands nested in REST answers and flat in CSV. */
function valueAt(row: Row, name: string): JsonValue {
  if (Object.hasOwn(row, name)) return row[name] ?? null
  let value: JsonValue = row
  for (const step of name.split('.')) {
    if (!isObject(value) || !Object.hasOwn(value, step)) return null
    value = value[step] ?? null
  }
  return isObject(value) ? withoutAttributes(value) : value
}

const isObject = (value: JsonValue): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function withoutAttributes(value: JsonObject): JsonObject {
  const { attributes: _attributes, ...rest } = value
  return rest
}

/**
 * A converted lead lives on as a contact. It is given as deleted, unless the mapping asks for `ConvertedContactId` (then it is the
 * same person by that identifier) or it has opted out: an existing contact does not take a lead's opt-out over.
 */
function isLeftBehind(stream: Stream, row: Row, fields: readonly AskedField[]): boolean {
  if (!stream.converts || row['IsConverted'] !== true || textOf(row, 'ConvertedContactId') === undefined)
    return false
  if (fields.some(({ name }) => name === 'ConvertedContactId')) return false
  return optOutFields.every((field) => row[field] !== true)
}

/**
 * Consents for another type of contact point belong to another stream. An opt-in stands only from its beginning, and only when it has
 * no end: nothing changes in the row on that day, so the hub would hold it for ever. An opt-out always stands.
 */
function isNoConsent({ contactPoint }: Stream, row: Row, now: number): boolean {
  if (contactPoint === undefined) return false
  if (row['ContactPointType'] !== contactPoint) return true
  if (row['PrivacyConsentStatus'] !== 'OptIn') return false
  return textOf(row, 'EffectiveTo') !== undefined || (toInstant(row['EffectiveFrom']) ?? now) > now
}

/** Longest raw text that is kept of a row in quarantine. */
const longestRaw = 65_536

/** A row without id or stamp: nothing can be made of it, and reading cannot go on behind it. */
export const isReadable = (row: Row): boolean =>
  textOf(row, 'Id') !== undefined && toInstant(row['SystemModstamp']) !== null

export const toQuarantined = (row: Row, place: number): QuarantinedRow => ({
  place: `row ${place} of a page`,
  reason: { code: 'unreadable_object', message: 'The row has no id or no readable SystemModstamp.' },
  raw: JSON.stringify(row).slice(0, longestRaw),
})
