import { z } from 'zod'
import type { ChangeSignal, Webhook, WebhookMessage } from '../../../core/connector/signal.ts'
import { PlatformError } from '../../../core/errors/affluent-error.ts'
import type { MetaConfig } from '../config.ts'
import { readSignedRequest } from './signed-request.ts'

/**
 * Somebody who logged in with Facebook asks for the deletion of their data. Names them by an app-scoped id, which is no customer id.
 * Meta publishes no time within which a request is fresh: one that is sent again has the id of the first.
 */
export const dataDeletion: Webhook<MetaConfig> = {
  name: 'data_deletion',
  verify: (config, message) => readContent(config, message) !== undefined,
  parse: parseDeletion,
}

function readContent(
  config: MetaConfig,
  { method, body }: WebhookMessage,
): Readonly<Record<string, unknown>> | undefined {
  if (config.app_secret === undefined || method.toUpperCase() !== 'POST') return undefined
  const form = new URLSearchParams(new TextDecoder().decode(body))
  return readSignedRequest(form.get('signed_request') ?? '', config.app_secret)
}

const deletion = z.object({
  user_id: z.union([z.string().regex(/^\d{1,32}$/), z.int().positive()]).transform((id) => String(id)),
  issued_at: z.int().min(0),
})

function parseDeletion(config: MetaConfig, message: WebhookMessage): readonly ChangeSignal[] {
  const request = deletion.safeParse(readContent(config, message)).data
  if (!request) {
    throw new PlatformError('platform.invalid_request', {
      act: 'reading a data deletion request',
      said: 'it lacks user_id or issued_at',
    })
  }
  const { user_id: user, issued_at: issuedAt } = request
  return [
    {
      id: `data_deletion:${user}:${issuedAt}`,
      kind: 'erased',
      stream: 'app_users',
      externalId: user,
      occurredAt: issuedAt * 1000,
    },
  ]
}
