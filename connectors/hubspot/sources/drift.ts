import { PlatformError } from '../../../core/errors/affluent-error.ts'
import type { ObjectType } from '../client.ts'
import type { ObjectCursor } from './object-cursor.ts'

/**
 * Throws `platform.account_changed` when the last read was one of another account: a token of it was put in place of the old one,
 * and the ids of both would be mixed.
 */
export function refuseOtherAccount(type: ObjectType, last: ObjectCursor | undefined, portalId: string): void {
  if (last?.portalId === undefined || last.portalId === portalId) return
  throw new PlatformError('platform.account_changed', {
    act: `reading ${type}`,
    expected: last.portalId,
    found: portalId,
  })
}

/** A property whose type is another one than at the last read. */
interface Retyped {
  readonly name: string
  readonly before: string
  readonly now: string
}

/** Properties that somebody gave another type since the last read. */
export function findRetyped(
  last: ObjectCursor | undefined,
  types: Readonly<Record<string, string>> | null,
): readonly Retyped[] {
  const before = new Map(Object.entries(last?.types ?? {}))
  return Object.entries(types ?? {}).flatMap(([name, now]) => {
    const known = before.get(name)
    return known === undefined || known === now ? [] : [{ name, before: known, now }]
  })
}

/** What the admin is told: the mapping may no longer fit. */
export function toRetyped(type: ObjectType, retyped: readonly Retyped[]): PlatformError {
  const changes = retyped.map(({ name, before, now }) => `${name.slice(0, 64)} (${before} → ${now})`)
  return new PlatformError('platform.invalid_request', {
    act: `checking the mapped properties of ${type}`,
    properties: retyped.map(({ name }) => name.slice(0, 64)).join(', '),
    reason: 'property_retyped',
    said: `the type of properties of ${type} was changed in HubSpot: ${changes.join(', ')}`,
    remedy: `Check what the mapping makes of ${changes.join(', ')}. The next run reads all ${type} again, with their new values.`,
  })
}
