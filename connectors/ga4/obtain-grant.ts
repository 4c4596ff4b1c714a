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
  id_token: z.string().min(1).optional(),
})
const subject = z.object({ sub: z.string().min(1) })

/** Exchanges the service account's assertion, or the user's refresh token, for an access token. */
export async function obtainGrant(
  context: Omit<ConnectorContext<Ga4Config>, 'credentials'>,
  previous: TokenGrant | undefined,
): Promise<TokenGrant> {
  return requestToken(context, requestForm(context.config, previous, context.clock.now()), previous)
}

/** Asks for a token. Google neither rotates refresh tokens nor limits the use of an assertion; a code is good once. */
export async function requestToken(
  context: Omit<ConnectorContext<Ga4Config>, 'credentials'>,
  form: Readonly<Record<string, string>>,
  previous: TokenGrant | undefined,
): Promise<TokenGrant> {
  const reply = await postPlain(context, {
    act,
    budget: 'token_requests',
    repeatable: form['grant_type'] !== 'authorization_code',
    url: tokenUrlOf(context.config),
    contentType: 'application/x-www-form-urlencoded',
    body: new URLSearchParams(form).toString(),
    classify: classifyTokenAnswer,
  })
  const answer = tokenAnswer.parse(reply.body)
  const account = readSubject(answer.id_token) ?? previous?.facts['account']
  return {
    accessToken: answer.access_token,
    expiresAt: answer.expires_in === undefined ? null : context.clock.now() + answer.expires_in * 1000,
    ...(answer.refresh_token !== undefined && { refreshToken: answer.refresh_token }),
    facts: {
      property: context.config.property_id,
      ...(answer.scope !== undefined && { scopes: answer.scope }),
      ...(account !== undefined && { account }),
    },
  }
}

/** Whose token it is. It came straight from Google over TLS, so its signature need not be checked (OpenID Connect Core 1.0, 3.1.3.7). */
function readSubject(idToken: string | undefined): string | undefined {
  if (idToken === undefined) return undefined
  const claims = Buffer.from(idToken.split('.')[1] ?? '', 'base64url').toString('utf8')
  return subject.parse(JSON.parse(claims)).sub
}

function requestForm(
  config: Ga4Config,
  previous: TokenGrant | undefined,
  now: number,
): Readonly<Record<string, string>> {
  if (config.service_account_key !== undefined) {
    const account = parseServiceAccount(config.service_account_key, act)
    const assertion = signAssertion(account, { scopes: ga4Scopes, tokenUrl: tokenUrlOf(config), now })
    return { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion }
  }
  const refreshToken = previous?.refreshToken ?? config.refresh_token
  if (refreshToken === undefined)
    throw new PlatformError('platform.auth_expired', {
      act,
      said: 'nobody has authorised this connection yet',
      remedy: 'Run "affluent connections authorize" while the hub runs, and open the link that it prints.',
    })
  return {
    grant_type: 'refresh_token',
    refresh_token: refreshToken,
    client_id: config.client_id ?? '',
    client_secret: config.client_secret ?? '',
  }
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
