import { z } from 'zod'
import { PlatformError } from '../../../core/errors/affluent-error.ts'
import { callHubspot, openAccount } from '../account.ts'
import { propertiesPath, type ObjectType } from '../client.ts'
import type { HubspotContext } from '../config.ts'

const definitionsAnswer = z.object({
  results: z.array(z.object({ name: z.string(), type: z.string().default('') })),
})

/** How long a list of properties counts as fresh. */
const freshMs = 600_000

/** Types by property name; null where the access lacks the scope to read definitions. */
type PropertyTypes = ReadonlyMap<string, string> | null

interface KnownTypes {
  readonly readAt: number
  readonly types: Promise<PropertyTypes>
}

const known = new WeakMap<HubspotContext, Map<ObjectType, KnownTypes>>()

/**
 * Throws `platform.invalid_request`, naming them, when properties that are to be read do not exist (any more): HubSpot itself
 * leaves unknown names out of its answers without a word, and every value would silently become empty. Returns the types of the
 * wanted properties; null where the access lacks the scope to read definitions: then nothing is checked.
 */
export async function refuseUnknownProperties(
  context: HubspotContext,
  type: ObjectType,
  wanted: { readonly names: readonly string[]; readonly signal: AbortSignal },
): Promise<Readonly<Record<string, string>> | null> {
  const types = await knownTypes(context, type, wanted.signal)
  if (!types) return null
  const unknown = wanted.names.filter((name) => name !== 'hs_object_id' && !types.has(name))
  if (unknown.length === 0)
    return Object.fromEntries(wanted.names.map((name) => [name, types.get(name) ?? '']))
  const list = unknown.map((name) => name.slice(0, 64)).join(', ')
  throw new PlatformError('platform.invalid_request', {
    act: `checking the mapped properties of ${type}`,
    properties: list,
    reason: 'property_missing',
    said: `the account has no such property of ${type}: ${list}`,
    remedy: `Correct the mapping, or create these properties of ${type} in HubSpot: ${list}.`,
  })
}

function knownTypes(context: HubspotContext, type: ObjectType, signal: AbortSignal): Promise<PropertyTypes> {
  const byType = known.get(context) ?? new Map<ObjectType, KnownTypes>()
  known.set(context, byType)
  const now = context.clock.now()
  const cached = byType.get(type)
  if (cached && now - cached.readAt < freshMs) return cached.types
  const types = readTypes(context, type, signal)
  byType.set(type, { readAt: now, types })
  types.catch(() => byType.delete(type))
  return types
}

async function readTypes(
  context: HubspotContext,
  type: ObjectType,
  signal: AbortSignal,
): Promise<PropertyTypes> {
  // Outside of the try: no access to the account at all is another matter than a missing scope.
  await openAccount(context)
  try {
    const { results } = await callHubspot(context, {
      act: `reading the properties of ${type}`,
      method: 'GET',
      path: propertiesPath(type),
      answer: definitionsAnswer,
      repeatable: true,
      signal,
    })
    return new Map(results.map((property) => [property.name, property.type]))
  } catch (error) {
    if (error instanceof PlatformError && error.code === 'platform.permission_missing') return null
    throw error
  }
}
