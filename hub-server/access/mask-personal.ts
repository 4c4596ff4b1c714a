import type { JsonValue } from '../../core/port/json.ts'
import { permits } from './permissions.ts'
import type { Principal } from './principal.ts'

/** Stands where a value was: the same for every value, so that nothing of it can be told, not even its length. */
export const mask = '•••'

/**
 * A person's value as this principal may see it: the value itself with `people:read`, else a mask. Lists and objects keep their form, so
 * that documents fit their contracts; what is absent stays absent.
 */
export function maskPersonal(principal: Principal, value: JsonValue): JsonValue {
  return permits(principal, 'people:read') ? value : maskValue(value)
}

/** A text as this principal may see it. */
export function maskPersonalText(principal: Principal, text: string): string {
  return permits(principal, 'people:read') ? text : mask
}

function maskValue(value: JsonValue): JsonValue {
  if (value === null) return null
  if (typeof value !== 'object') return mask
  if (isList(value)) return value.map(maskValue)
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, maskValue(member)]))
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value)
}
