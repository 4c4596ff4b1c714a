import { z } from 'zod'
import type { ChangeSignal, WebhookMessage } from '../../../core/connector/signal.ts'
import { PlatformError } from '../../../core/errors/affluent-error.ts'
import type { MetaConfig } from '../config.ts'
import { readSignedForm } from './signed-request.ts'

const appUser = z.object({
  user_id: z.union([z.string().regex(/^\d{1,32}$/), z.int().positive()]).transform((id) => String(id)),
  issued_at: z.int().min(0),
})

/**
 * The signal about the app-scoped id that a verified callback names: an id of somebody who logged in with Facebook, which is no
 * customer id. Meta publishes no time within which a request is fresh: one that is sent again has the id of the first. Throws
 * `platform.invalid_request` when it names nobody.
 */
export function readAppUserSignal(
  config: MetaConfig,
  message: WebhookMessage,
  change: { readonly callback: string; readonly kind: 'deleted' | 'erased' },
): ChangeSignal {
  const request = appUser.safeParse(readSignedForm(config.app_secret, message)).data
  if (!request) {
    throw new PlatformError('platform.invalid_request', {
      act: 'reading a signed request',
      said: 'it lacks user_id or issued_at',
    })
  }
  const { user_id: user, issued_at: issuedAt } = request
  return {
    id: `${change.callback}:${user}:${issuedAt}`,
    kind: change.kind,
    stream: 'app_users',
    externalId: user,
    occurredAt: issuedAt * 1000,
  }
}
