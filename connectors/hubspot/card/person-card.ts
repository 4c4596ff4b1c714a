import type { CardCall, RecordCard } from '../../../core/connector/record-card.ts'
import type { WebhookMessage } from '../../../core/connector/signal.ts'
import type { HubspotConfig } from '../config.ts'
import { isSignedV3 } from '../signals/signature.ts'
import { parseJson, webhookSecrets } from '../signals/webhook-events.ts'

/**
 * The app's tab on contact records (`hubspot.fetch`): signed with v3 over the whole address, to which HubSpot itself adds whose account it
 * is (`portalId`) and who looks (`userId`). Only these name the account: what the body says is the card's own word.
 */
export const personCard: RecordCard<HubspotConfig> = {
  open(config, message, now) {
    if (!isSignedV3(message, webhookSecrets(config), now)) return undefined
    const query = new URL(message.url).searchParams
    // Twice the same name could mean another account to whoever reads the other one.
    if (config.portal_id === undefined || onlyOne(query, 'portalId') !== config.portal_id) return undefined
    const viewer = onlyOne(query, 'userId') ?? ''
    return { viewer: /^\d{1,20}$/.test(viewer) ? viewer : '', ...readAsked(query, message) }
  },
}

/** A call by POST may name the record in its body; the address comes first. */
function readAsked(
  query: URLSearchParams,
  { method, body }: WebhookMessage,
): Pick<CardCall, 'language' | 'record'> {
  const said = method === 'POST' && body.byteLength > 0 ? parseJson(body) : undefined
  const word = (name: string): string => onlyOne(query, name) ?? wordOf(said, name)
  const externalId = word('objectId')
  return {
    language: word('language'),
    record: /^\d{1,20}$/.test(externalId) ? { stream: 'contacts', externalId } : undefined,
  }
}

function onlyOne(query: URLSearchParams, name: string): string | undefined {
  const values = query.getAll(name)
  return values.length === 1 ? values[0] : undefined
}

function wordOf(said: unknown, name: string): string {
  if (typeof said !== 'object' || said === null || !Object.hasOwn(said, name)) return ''
  const value: unknown = Reflect.get(said, name)
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}
