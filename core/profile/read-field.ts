import type { JsonObject, JsonValue } from '../port/json.ts'

/** Reads one source field: undefined when the record does not have it, null when it says there is no value. */
export type ReadField = (fields: JsonObject) => JsonValue | undefined

/**
 * Finds a field by its name, or by a path of names when no field has the whole name ("address.city"). Only a record's own keys
 * count, so that no name of a source can reach JavaScript's object prototype.
 */
export function createFieldReader(name: string): ReadField {
  const path = name.split('.')
  const isInherited = name in Object.prototype
  return (fields) => {
    const value = isInherited ? undefined : fields[name]
    if (value !== undefined) return value
    if (Object.hasOwn(fields, name)) return fields[name]
    return path.length === 1 ? undefined : walk(fields, path)
  }
}

function walk(fields: JsonObject, path: readonly string[]): JsonValue | undefined {
  let value: JsonValue | undefined = fields
  for (const step of path) {
    if (!isJsonObject(value) || !Object.hasOwn(value, step)) return undefined
    value = value[step]
  }
  return value
}

/** True for a JSON object, false for a list, a scalar and null. */
export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** True where the first character is one of ASCII's that show: nearly always, and much sooner known than the rest. */
function startsVisibly(text: string): boolean {
  const first = text.charCodeAt(0)
  return first > 0x20 && first < 0x7f
}

/** True for what stands for "no value": null, blank text, an empty list. */
export function isEmpty(value: JsonValue | undefined): boolean {
  if (value === null || value === undefined) return true
  if (typeof value === 'string') return !startsVisibly(value) && value.trim() === ''
  return Array.isArray(value) && value.length === 0
}

const isList = (value: JsonValue): value is readonly JsonValue[] => Array.isArray(value)

/** The values of a list, or the one value that is none. */
export function listOf(value: JsonValue): readonly JsonValue[] {
  return isList(value) ? value : [value]
}
