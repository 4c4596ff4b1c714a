import { z } from 'zod'
import type { ChangeSignal, Webhook, WebhookMessage } from '../../../core/connector/signal.ts'
import { PlatformError } from '../../../core/errors/affluent-error.ts'
import type { HubspotConfig } from '../config.ts'
import { hubspotId, toInstant } from '../mapping.ts'
import { isOptOut, kindOfEvent, streamOfType } from './change-kind.ts'
import { isSignedV3 } from './signature.ts'

const act = 'reading a webhook of the account'
const optionalId = hubspotId.optional().catch(undefined)
const optionalText = z.string().optional().catch(undefined)

/** One event. Its value is a hint at most: the record is read again. */
const eventShape = z.object({
  eventId: hubspotId,
  subscriptionId: hubspotId,
  portalId: hubspotId,
  occurredAt: z.union([z.string(), z.number()]).transform(toInstant).pipe(z.number()),
  subscriptionType: z.string(),
  objectTypeId: optionalText,
  objectId: optionalId,
  fromObjectId: optionalId,
  propertyName: optionalText,
  propertyValue: optionalText,
  newObjectId: optionalId,
  primaryObjectId: optionalId,
  mergedObjectIds: z.array(hubspotId).default([]).catch([]),
})
type WebhookEvent = z.output<typeof eventShape>

/** The published size of one message. */
const mostEvents = 100
const messageShape = z.array(z.unknown()).max(mostEvents)

/** Events that HubSpot pushes: one address for all accounts of the app, signed with v3, in any order and sometimes twice. */
export const webhookEvents: Webhook<HubspotConfig> = {
  name: 'events',
  verify: (config, message, now) => isSignedV3(message, webhookSecrets(config), now),
  parse: parseEvents,
}

/** The app's secret, and the one before while a rotation is under way. */
export const webhookSecrets = (config: HubspotConfig): string[] =>
  [config.client_secret, config.previous_client_secret].filter((secret) => secret !== undefined)

function parseEvents(config: HubspotConfig, { body }: WebhookMessage): readonly ChangeSignal[] {
  const portal = expectedPortal(config, act)
  const events = messageShape.safeParse(parseJson(body))
  if (!events.success)
    throw new PlatformError('platform.invalid_request', { act, said: 'not a list of at most 100 events' })
  // One unreadable event must not cost its neighbours: a refused message would come back ten times and then be lost.
  return events.data.flatMap((raw) => {
    const event = eventShape.safeParse(raw).data
    return event?.portalId === portal ? toSignals(event) : []
  })
}

/** Whose events are ours. All accounts of an app share one address, and an erasure must not hit the wrong one. */
export function expectedPortal(config: HubspotConfig, acting: string): string {
  if (config.portal_id !== undefined) return config.portal_id
  throw new PlatformError('platform.invalid_request', {
    act: acting,
    said: 'portal_id is not set',
    remedy:
      'Set portal_id in the connection: the address of the webhooks is shared by all accounts of the app.',
  })
}

/** JSON of the raw bytes; undefined when it is none. */
export function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body))
  } catch {
    return undefined
  }
}

function toSignals(event: WebhookEvent): readonly ChangeSignal[] {
  const [object = '', change = ''] = event.subscriptionType.split('.')
  const stream = object === 'object' ? streamOfType[event.objectTypeId ?? ''] : oldStreams[object]
  const kind = isOptOut(event.propertyName, event.propertyValue) ? 'opted_out' : kindOfEvent[change]
  const externalId = kind === 'merged' ? survivorOf(event) : (event.objectId ?? event.fromObjectId)
  if (stream === undefined || kind === undefined || externalId === undefined) return []
  const merged = kind === 'merged' && { mergedIds: mergedAway(event, externalId) }
  const signal = { id: idOf(event), kind, stream, externalId, occurredAt: event.occurredAt }
  return [{ ...signal, ...merged, ...optOutOf(event, kind) }]
}

const optOutOf = ({ propertyName }: WebhookEvent, kind: ChangeSignal['kind']): Pick<ChangeSignal, 'fields'> =>
  kind === 'opted_out' && propertyName !== undefined ? { fields: [propertyName] } : {}

/**
 * The vendor's page: event ids alone are not unique. A privacy deletion has another subscription than the deletion that comes with
 * it, so that each has its own effect, in either order.
 */
const idOf = ({ portalId, subscriptionId, objectId = '', occurredAt, eventId }: WebhookEvent): string =>
  [portalId, subscriptionId, objectId, occurredAt, eventId].join(':')

/** Since 2025 a merge makes a record with a new id. */
const survivorOf = (event: WebhookEvent): string | undefined =>
  event.newObjectId ?? event.primaryObjectId ?? event.objectId

function mergedAway({ mergedObjectIds, primaryObjectId }: WebhookEvent, survivor: string): string[] {
  const all = new Set([...mergedObjectIds, ...(primaryObjectId === undefined ? [] : [primaryObjectId])])
  return [...all].filter((id) => id !== survivor)
}

/** Old event types carry the object's name, generic ones (`object.creation`) its type id. */
const oldStreams: Readonly<Record<string, string>> = {
  contact: 'contacts',
  company: 'companies',
  deal: 'deals',
}
