import { z } from 'zod'
import { PlatformError } from '../../../core/errors/affluent-error.ts'
import { callHubspot, openAccount } from '../account.ts'
import { propertiesPath, type ObjectType } from '../client.ts'
import type { HubspotContext } from '../config.ts'

const definitionsAnswer = z.object({ results: z.array(z.object({ name: z.string() })) })

/** How long a list of property names counts as fresh. */
const freshMs = 600_000

interface KnownNames {
  readonly readAt: number
  /** Null where the access lacks the scope to read definitions. */
  readonly names: Promise<ReadonlySet<string> | null>
}

const known = new WeakMap<HubspotContext, Map<ObjectType, KnownNames>>()

/**
 * Throws `platform.invalid_request`, naming them, when properties that are to be read do not exist (any more): HubSpot itself
 * leaves unknown names out of its answers without a word, and every value would silently become empty. Access without the scope
 * to read definitions is not checked.
 */
export async function refuseUnknownProperties(
  context: HubspotContext,
  type: ObjectType,
  wanted: { readonly names: readonly string[]; readonly signal: AbortSignal },
): Promise<void> {
  const names = await knownNames(context, type, wanted.signal)
  const unknown = wanted.names.filter((name) => name !== 'hs_object_id' && !names?.has(name))
  if (!names || unknown.length === 0) return
  const list = unknown.map((name) => name.slice(0, 64)).join(', ')
  throw new PlatformError('platform.invalid_request', {
    act: `checking the mapped properties of ${type}`,
    properties: list,
    said: `the account has no such property of ${type}: ${list}`,
    remedy: `Correct the mapping, or create these properties of ${type} in HubSpot: ${list}.`,
  })
}

function knownNames(
  context: HubspotContext,
  type: ObjectType,
  signal: AbortSignal,
): Promise<ReadonlySet<string> | null> {
  const byType = known.get(context) ?? new Map<ObjectType, KnownNames>()
  known.set(context, byType)
  const now = context.clock.now()
  const cached = byType.get(type)
  if (cached && now - cached.readAt < freshMs) return cached.names
  const names = readNames(context, type, signal)
  byType.set(type, { readAt: now, names })
  names.catch(() => byType.delete(type))
  return names
}

async function readNames(
  context: HubspotContext,
  type: ObjectType,
  signal: AbortSignal,
): Promise<ReadonlySet<string> | null> {
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
    return new Set(results.map(({ name }) => name))
  } catch (error) {
    if (error instanceof PlatformError && error.code === 'platform.permission_missing') return null
    throw error
  }
}
