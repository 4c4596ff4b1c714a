import type { Clock } from '../../../core/port/clock.ts'
import { signHubspotV3, type SignedMessage } from '../../support/signed-webhooks.ts'
import { publicUrl, secrets, type HubUnderTest } from './a-hub.ts'

/** One event as HubSpot writes it: contact 123 of account 5 was deleted. */
export const event = (more: object = {}) => ({
  eventId: 1,
  subscriptionId: 7,
  portalId: 5,
  occurredAt: 1_795_305_600_000,
  subscriptionType: 'object.deletion',
  objectTypeId: '0-1',
  objectId: 123,
  ...more,
})

interface Sending {
  readonly connection?: string
  readonly secret?: string
  readonly at?: number
  readonly query?: string
}

/** Signs events for the address of a connection; now, unless another instant is given. */
export function signEvents(
  clock: Clock,
  told: readonly object[] | string,
  sending: Sending = {},
): SignedMessage {
  const { connection = 'crm', secret = secrets.hubspot, at = clock.now(), query = '' } = sending
  const body = typeof told === 'string' ? told : JSON.stringify(told)
  return signHubspotV3({ publicUrl, path: `/webhooks/${connection}/events${query}`, body, secret }, at)
}

/** What waits in the inbox, in short. */
export const keptOf = async (hub: HubUnderTest): Promise<string[]> =>
  (await hub.store.waitingSignals(1000)).map(
    ({ connection, signal }) => `${connection} ${signal.kind} ${signal.externalId}`,
  )
