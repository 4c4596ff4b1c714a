import type { JsonValue } from '../port/json.ts'

/** An address in a connection's settings that the hub will call. */
export interface CalledAddress {
  /** Keys and indexes that lead to it. */
  readonly path: readonly (string | number)[]
  readonly address: string
}

/**
 * Every address among settings that a connector calls: by convention those whose name ends in "url", at any depth. Others, such as the
 * redirect address of an app, are only told to a platform.
 */
export function calledAddresses(
  settings: JsonValue,
  path: readonly (string | number)[] = [],
): readonly CalledAddress[] {
  if (typeof settings === 'string')
    return String(path.at(-1)).endsWith('url') ? [{ path, address: settings }] : []
  if (settings === null || typeof settings !== 'object') return []
  const entries: readonly (readonly [string | number, JsonValue])[] = Array.isArray(settings)
    ? [...settings.entries()]
    : Object.entries(settings)
  return entries.flatMap(([key, value]) => calledAddresses(value, [...path, key]))
}
