import type { JsonValue } from '../port/json.ts'

/** Stands where a value was: the same for every value, so that nothing of it can be told, not even its length. */
export const mask = '•••'

/**
 * A person's value without anything of it. Lists and objects keep their form, so that documents fit their contracts; what is absent stays
 * absent.
 */
export function maskPersonal(value: JsonValue): JsonValue {
  if (value === null) return null
  if (typeof value !== 'object') return mask
  if (isList(value)) return value.map(maskPersonal)
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, maskPersonal(member)]))
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value)
}
