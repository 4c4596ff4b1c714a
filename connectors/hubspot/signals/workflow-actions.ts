import { z } from 'zod'
import type { ChangeSignal, Webhook } from '../../../core/connector/signal.ts'
import { PlatformError } from '../../../core/errors/affluent-error.ts'
import type { HubspotConfig } from '../config.ts'
import { hubspotId } from '../mapping.ts'
import { streamOfType } from './change-kind.ts'
import { isSignedV2 } from './signature.ts'
import { expectedPortal, parseJson, webhookSecrets } from './webhook-events.ts'

const act = 'reading a workflow action'

const actionShape = z.object({
  callbackId: z.string().min(1),
  origin: z.object({ portalId: hubspotId }),
  object: z.object({ objectId: hubspotId, objectType: z.string() }),
})

const typeIds: Readonly<Record<string, string>> = { CONTACT: '0-1', COMPANY: '0-2', DEAL: '0-3' }

/**
 * Calls of our action inside a workflow, signed with v2: "look at this record now". The signature has no time, so the occurrence
 * cannot be told and a message may be replayed: its effect is that a record is read again, and the callback id is known already.
 */
export const workflowActions: Webhook<HubspotConfig> = {
  name: 'workflow_actions',
  verify: (config, message) => isSignedV2(message, webhookSecrets(config)),
  parse(config, message): readonly ChangeSignal[] {
    const portal = expectedPortal(config, act)
    const parsed = actionShape.safeParse(parseJson(message.body))
    if (!parsed.success)
      throw new PlatformError('platform.invalid_request', { act, said: 'not the body of a workflow action' })
    const { callbackId, origin, object } = parsed.data
    const stream = streamOfType[typeIds[object.objectType.toUpperCase()] ?? object.objectType]
    if (origin.portalId !== portal || stream === undefined) return []
    return [
      {
        id: [origin.portalId, 'workflow', callbackId].join(':'),
        kind: 'changed',
        stream,
        externalId: object.objectId,
        occurredAt: 0,
      },
    ]
  },
}
