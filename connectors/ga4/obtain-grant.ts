import { z } from 'zod'
import type { ConnectorContext } from '../../core/connector/connector.ts'
import type { TokenGrant } from '../../core/connector/credentials.ts'
import { toSaid } from '../../core/connector/to-said.ts'
import { PlatformError } from '../../core/errors/affluent-error.ts'
import type { PlatformErrorCode } from '../../core/errors/error-codes.ts'
import type { PlatformReply } from '../../core/port/platform-caller.ts'
import { postPlain } from './client.ts'
import type { Ga4Config } from './config.ts'
import { tokenUrlOf } from './endpoints.ts'
import { parseServiceAccount, signAssertion } from './service-account.ts'

/** Reports and exports need the first; audiences, custom dimensions and user deletion the second. */
export const ga4Scopes: readonly string[] = [
  'https://www.googleapis.com/auth/analytics.readonly',
  'https://www.googleapis.com/auth/analytics.edit',
]

const act = 'obtaining an access token'
const tokenAnswer = z.object({
  access_token: z.string().min(1),
  expires_in: z.number().optional(),
  scope: z.string().optional(),
  refresh_token: z.string().min(1).optional(),
})

/** Exchanges the service account's assertion, or the user's refresh token, for an access token. */
export async function obtainGrant(
  context: Omit<ConnectorContext<Ga4Config>, 'credentials'>,
  previous: TokenGrant | undefined,
): Promise<TokenGrant> {
  const now = context.clock.now()
  const reply = await postPlain(context, {
    act,
    budget: 'token_requests',
    // Google neither rotates refresh tokens nor limits the use of an assertion.
    repeatable: true,
    url: tokenUrlOf(context.config),
    contentType: 'application/x-www-form-urlencoded',
    body: requestBody(context.config, previous, now),
    classify: classifyTokenAnswer,
  })
  const answer = tokenAnswer.parse(reply.body)
  return {
    accessToken: answer.access_token,
    expiresAt: answer.expires_in === undefined ? null : now + answer.expires_in * 1000,
    ...(answer.refresh_token !== undefined && { refreshToken: answer.refresh_token }),
    facts: {
      property: context.config.property_id,
      ...(answer.scope !== undefined && { scope: answer.scope }),
    },
  }
}

function requestBody(config: Ga4Config, previous: TokenGrant | undefined, now: number): string {
  if (config.service_account_key !== undefined) {
    const account = parseServiceAccount(config.service_account_key, act)
    const assertion = signAssertion(account, { scopes: ga4Scopes, tokenUrl: tokenUrlOf(config), now })
    return new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      assertion,
    }).toString()
  }
  const refreshToken = previous?.refreshToken ?? config.refresh_token
  if (refreshToken === undefined)
    throw new PlatformError('platform.auth_expired', {
      act,
      said: 'nobody has authorised this connection yet',
    })
  return new URLSearchParams({
    grant_type: 'refresh_token',
    refresh_token: refreshToken,
    client_id: config.client_id ?? '',
    client_secret: config.client_secret ?? '',
  }).toString()
}

const tokenError = z.object({ error: z.string(), error_description: z.string().default('') })

/** OAuth errors that a person must mend (RFC 6749 §5.2); everything else may pass. */
const mended: Readonly<Record<string, PlatformErrorCode>> = {
  invalid_grant: 'platform.auth_expired',
  invalid_client: 'platform.auth_expired',
  unauthorized_client: 'platform.auth_expired',
  deleted_client: 'platform.auth_expired',
  disabled_client: 'platform.auth_expired',
  invalid_scope: 'platform.permission_missing',
  access_denied: 'platform.permission_missing',
}

function classifyTokenAnswer(reply: PlatformReply): PlatformError | undefined {
  const { status } = reply
  const fault = tokenError.safeParse(reply.body).data
  if (fault) {
    const code = mended[fault.error] ?? 'platform.transient'
    return new PlatformError(code, {
      act,
      status,
      reason: fault.error.slice(0, 60),
      said: toSaid(fault.error_description),
    })
  }
  if (status === 429)
    return new PlatformError('platform.rate_limited', { act, status }, { retryAfterMs: 60_000 })
  if (status < 200 || status >= 300) return new PlatformError('platform.transient', { act, status })
  const isReadable = tokenAnswer.safeParse(reply.body).success
  return isReadable ? undefined : new PlatformError('platform.unreadable_answer', { act, status })
}
