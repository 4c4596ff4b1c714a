import { z } from 'zod'
import type { ChangeSignal, Webhook, WebhookAnswer } from '../../../core/connector/signal.ts'
import { PlatformError } from '../../../core/errors/affluent-error.ts'
import type { HubspotConfig } from '../config.ts'
import { hubspotId } from '../mapping.ts'
import { isSignedV2 } from './signature.ts'
import { expectedPortal, parseJson, webhookSecrets } from './webhook-events.ts'

const act = 'reading a workflow action'

/** Names of the hub's segments are far shorter; what marketers type is not. */
const longestSegment = 256

const actionShape = z.object({
  callbackId: z.string().min(1).max(512),
  origin: z.object({ portalId: hubspotId }),
  object: z.object({ objectId: hubspotId, objectType: z.string() }),
  inputFields: z.object({ segment: z.string().trim().min(1).max(longestSegment) }),
})

/** A workflow puts a contact into a hand-picked segment of the hub. */
export const addToSegment: Webhook<HubspotConfig> = segmentAction('add_to_segment', 'picked')

/** A workflow takes a contact out of a hand-picked segment of the hub. */
export const removeFromSegment: Webhook<HubspotConfig> = segmentAction('remove_from_segment', 'dropped')

/**
 * The signature is v2, which has no time (https://developers.hubspot.com/docs/apps/developer-platform/add-features/custom-workflow-actions):
 * a message may be replayed for ever. It is harmless, as the hub follows one callback id once, however late it comes again.
 */
function segmentAction(name: string, kind: 'picked' | 'dropped'): Webhook<HubspotConfig> {
  return {
    name,
    verify: (config, message) => isSignedV2(message, webhookSecrets(config)),
    parse(config, message): readonly ChangeSignal[] {
      const portal = expectedPortal(config, act)
      const parsed = actionShape.safeParse(parseJson(message.body))
      if (!parsed.success || !isContact(parsed.data.object.objectType))
        throw new PlatformError('platform.invalid_request', {
          act,
          said: 'not the body of a workflow action of a contact',
        })
      const { callbackId, origin, object, inputFields } = parsed.data
      if (origin.portalId !== portal) return []
      return [
        {
          id: [portal, 'workflow', callbackId].join(':'),
          kind,
          stream: 'contacts',
          externalId: object.objectId,
          segment: inputFields.segment,
          // The message tells no time: the hub counts from its arrival.
          occurredAt: 0,
        },
      ]
    },
    answer: (_config, _message, { refused }) => toAnswer(refused),
  }
}

const isContact = (objectType: string): boolean =>
  objectType.toUpperCase() === 'CONTACT' || objectType === '0-1'

/** What the workflow goes on with: its state, and the text that its history shows. Nothing is blocked, as the order is kept by then. */
const toAnswer = (refused: string | undefined): WebhookAnswer => ({
  status: 200,
  body: {
    outputFields: {
      hs_execution_state: refused === undefined ? 'SUCCESS' : 'FAIL_CONTINUE',
      affluent_result: refused ?? 'accepted',
    },
  },
})
