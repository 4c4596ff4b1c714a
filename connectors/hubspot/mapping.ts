import { z } from 'zod'
import type { SourceRecord } from '../../core/connector/source.ts'
import type { JsonValue } from '../../core/port/json.ts'

/** Ids arrive as decimal texts, in some answers as numbers. */
export const hubspotId = z.union([z.string().min(1), z.number()]).transform(String)

/** Values are texts or null; whatever else comes is written as text. */
const propertyValue = z
  .union([z.string(), z.number(), z.boolean(), z.null()])
  .transform((value) => (value === null ? null : String(value)))

/** Times arrive as ISO texts or as epoch milliseconds, even with decimals (airbytehq/airbyte#58105). */
const instant = z.union([z.string(), z.number()]).transform(toInstant)

/** A CRM record as the object API gives it. */
export const crmObject = z.object({
  id: hubspotId,
  properties: z.record(z.string(), propertyValue).default({}),
  updatedAt: instant.nullish(),
  archived: z.boolean().default(false),
  archivedAt: instant.nullish(),
})
export type CrmObject = z.output<typeof crmObject>

/** A record of the stream, reduced to the wanted fields. Former ids after merges are in `hs_merged_object_ids`. */
export function toSourceRecord(record: CrmObject, fields: readonly string[]): SourceRecord {
  const values: Readonly<Record<string, string | null>> = { ...record.properties, hs_object_id: record.id }
  const mergedIds = formerIds(record)
  return {
    externalId: record.id,
    versionAt: (record.archived ? record.archivedAt : undefined) ?? record.updatedAt ?? null,
    deleted: record.archived,
    fields: record.archived
      ? {}
      : Object.fromEntries(
          fields.map((name) => [name, Object.hasOwn(values, name) ? (values[name] ?? null) : null]),
        ),
    ...(mergedIds.length > 0 && { mergedIds }),
  }
}

/** Ids that were merged into this record. */
export function formerIds(record: CrmObject): string[] {
  return (record.properties['hs_merged_object_ids'] ?? '')
    .split(';')
    .map((id) => id.trim())
    .filter((id) => id !== '' && id !== record.id)
}

/** Epoch milliseconds of a time as HubSpot writes it; null when it cannot be read. */
export function toInstant(value: string | number): number | null {
  const ms = typeof value === 'number' || /^\d+(\.\d+)?$/.test(value) ? Number(value) : Date.parse(value)
  return Number.isFinite(ms) ? Math.trunc(ms) : null
}

/** Longest text value that a property takes. */
const longestValue = 65_536

/**
 * A value as HubSpot wants it: everything is text, lists are joined by semicolons, numbers have no exponent. Null for null
 * (HubSpot's value is left as it is: only "" clears one), undefined for what no property can hold.
 */
export function toPropertyValue(value: JsonValue): string | null | undefined {
  if (value === null) return null
  const text = toText(value)
  if (text === undefined || text.length > longestValue) return undefined
  return text.isWellFormed() && !text.includes('\u0000') ? text : undefined
}

function toText(value: Exclude<JsonValue, null>): string | undefined {
  if (typeof value === 'string') return value
  if (typeof value === 'boolean') return String(value)
  if (typeof value === 'number') return Number.isFinite(value) ? plainNumber(value) : undefined
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value.join(';')
  return undefined
}

function plainNumber(value: number): string {
  const text = String(value)
  if (!text.includes('e')) return text
  return value.toLocaleString('en-US', { useGrouping: false, maximumFractionDigits: 20 })
}
