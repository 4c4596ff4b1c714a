import { hash } from 'node:crypto'
import type { Reason } from '../../core/connector/outcome.ts'
import type { SourceRecord } from '../../core/connector/source.ts'
import type { JsonObject, JsonValue } from '../../core/port/json.ts'
import type { StreamConfig } from './config.ts'
import type { Header } from './header.ts'
import { fault } from './row.ts'

type Converted = SourceRecord | { readonly fault: Reason }
export type ConvertRow<Value> = (value: Value) => Converted

/** CSV values → record. All named columns must exist in the header. */
export function createCsvConversion(
  header: Header,
  stream: StreamConfig,
  asked: readonly string[],
): ConvertRow<readonly string[]> {
  const named = [...header.entries()].filter(([, name]) => name !== '')
  const kept = named.filter(([, name]) => asked.length === 0 || asked.includes(name))
  const ids = idColumns(stream).map((name) => header.indexOf(name))
  const versionIndex = stream.version_at === undefined ? -1 : header.indexOf(stream.version_at)
  const toVersion = createInstantReader()
  const digestOrder = named.toSorted(([, a], [, b]) => (a < b ? -1 : 1))
  return (values) => {
    const at = (index: number): string => values[index] ?? ''
    const fields: Record<string, string> = {}
    for (const [index, name] of kept) fields[name] = at(index)
    const externalId =
      ids.length === 0 ? digest(digestOrder.map(([index, name]) => [name, at(index)])) : joinId(ids.map(at))
    return toRecord(externalId, versionIndex < 0 ? null : toVersion(at(versionIndex)), fields)
  }
}

/** JSON object → record. A key that a row lacks is lacking in the record. */
export function createJsonConversion(stream: StreamConfig, asked: readonly string[]): ConvertRow<JsonObject> {
  const ids = idColumns(stream)
  return (row) => {
    if (!hasOnlyFiniteNumbers(row))
      return { fault: fault('unsafe_number', 'A number of the row is out of range.') }
    const parts = ids.map((name) => toIdPart(row[name]))
    if (parts.includes(undefined))
      return { fault: fault('unsafe_number', 'The id is a number beyond 2^53; write it as text.') }
    const known = parts.filter((part) => part !== undefined)
    const externalId = ids.length === 0 ? digest(sortKeys(row)) : joinId(known)
    const version = stream.version_at === undefined ? undefined : row[stream.version_at]
    return toRecord(externalId, toInstant(version), pick(row, asked))
  }
}

/** Columns that make the external id; none when the row's digest does. */
export function idColumns(stream: StreamConfig): readonly string[] {
  return typeof stream.id === 'string' ? [stream.id] : (stream.id ?? [])
}

function toRecord(
  externalId: string | undefined,
  versionAt: number | null | undefined,
  fields: JsonObject,
): Converted {
  if (externalId === undefined) return { fault: fault('missing_id', 'The row has no id.') }
  if (versionAt === undefined)
    return { fault: fault('invalid_version', 'The time of the last change is not an ISO 8601 time.') }
  return { externalId, versionAt, deleted: false, fields }
}

function pick(row: JsonObject, asked: readonly string[]): JsonObject {
  if (asked.length === 0) return row
  const fields: Record<string, JsonValue> = {}
  for (const name of asked) {
    const value = Object.hasOwn(row, name) ? row[name] : undefined
    if (value !== undefined) fields[name] = value
  }
  return fields
}

/** Text of one part of an id: '' when there is none, undefined when it is a number that lost its last digits. */
function toIdPart(value: JsonValue | undefined): string | undefined {
  if (typeof value === 'string') return value
  if (typeof value !== 'number') return ''
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? undefined : String(value)
}

/** One text of all parts, different for different parts; undefined when a part is empty. */
function joinId(parts: readonly string[]): string | undefined {
  const trimmed = parts.map((part) => part.trim())
  if (trimmed.includes('')) return undefined
  return trimmed.length === 1
    ? trimmed[0]
    : trimmed.map((part) => part.replaceAll(/[\\|]/g, '\\$&')).join('|')
}

/** Names a row by its content, whatever its line and the order of its columns. */
function digest(content: JsonValue): string {
  return hash('sha256', JSON.stringify(content))
}

function sortKeys(row: JsonObject): JsonValue {
  return Object.keys(row)
    .sort()
    .map((name) => [name, row[name] ?? null])
}

/** JSON.parse reads 1e400 as Infinity, which no store can hold. */
function hasOnlyFiniteNumbers(row: JsonObject): boolean {
  return Object.values(row).every((value) => typeof value !== 'number' || Number.isFinite(value))
}

const isoInstant = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?)?$/

/** `toInstant` that remembers the last text: an export writes one time on many rows. */
function createInstantReader(): (text: string) => number | null | undefined {
  let last: { readonly text: string; readonly instant: number | null | undefined } = {
    text: '',
    instant: null,
  }
  return (text) => {
    if (text !== last.text) last = { text, instant: toInstant(text) }
    return last.instant
  }
}

/** Epoch milliseconds; null when there is no time, undefined when it is none. Without a zone it is UTC, not this machine's. */
function toInstant(value: JsonValue | undefined): number | null | undefined {
  if (value === undefined || value === null || value === '') return null
  const match = typeof value === 'string' ? isoInstant.exec(value) : null
  if (!match || typeof value !== 'string') return undefined
  const isDay = value.length === 10
  const time = Date.parse(isDay || match[1] !== undefined ? value : `${value.replace(' ', 'T')}Z`)
  return Number.isNaN(time) ? undefined : time
}
