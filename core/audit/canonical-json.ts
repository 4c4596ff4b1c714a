import type { JsonValue } from '../port/json.ts'

/**
 * JSON text with one spelling per value: keys in code-unit order, no spaces. Two objects that are equal have the same text,
 * whatever order their keys were written in, so the text can be hashed (the idea of RFC 8785).
 */
export function canonicalJson(value: JsonValue): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (isList(value)) return `[${value.map((item) => canonicalJson(item)).join(',')}]`
  const members = Object.entries(value)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`)
  return `{${members.join(',')}}`
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value)
}
