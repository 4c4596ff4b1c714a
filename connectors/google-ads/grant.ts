import { sign } from 'node:crypto'
import { z } from 'zod'
import type { ConnectorContext } from '../../core/connector/connector.ts'
import type { TokenGrant } from '../../core/connector/credentials.ts'
import { readAnswer } from '../../core/connector/read-answer.ts'
import { PlatformError } from '../../core/errors/affluent-error.ts'
import type { PlatformErrorCode } from '../../core/errors/error-codes.ts'
import type { PlatformReply } from '../../core/port/platform-caller.ts'
import { maxAnswerBytes } from './answer-limit.ts'
import type { GoogleAdsConfig } from './config.ts'
import { toGoogleError, unreadableAnswer } from './errors.ts'

/** Data Manager for lists, Google Ads for reports and targeting (chapters 2.1 and 3.1 of the platform notes). */
export const googleAdsScopes = [
  'https://www.googleapis.com/auth/datamanager',
  'https://www.googleapis.com/auth/adwords',
] as const

const act = 'obtaining an access token'
const token = z.object({
  access_token: z.string().min(1),
  expires_in: z.number().positive(),
  scope: z.string().optional(),
  refresh_token: z.string().min(1).optional(),
  id_token: z.string().min(1).optional(),
})
const subject = z.object({ sub: z.string().min(1) })
const refusal = z.object({ error: z.string() })

type GrantContext = Omit<ConnectorContext<GoogleAdsConfig>, 'credentials'>

/**
 * Obtains an access token, good for about an hour: by the refresh token of a person, or by an assertion signed with a service
 * account's key. Throws `platform.auth_expired` when a person must mend it.
 */
export function obtainGrant(context: GrantContext, previous: TokenGrant | undefined): Promise<TokenGrant> {
  return requestToken(context, toForm(context.config, previous, context.clock.now()), previous)
}

/** Asks for a token. Google neither rotates refresh tokens nor limits the use of an assertion; a code is good once. */
export async function requestToken(
  context: GrantContext,
  form: Readonly<Record<string, string>>,
  previous: TokenGrant | undefined,
): Promise<TokenGrant> {
  const reply = await context.call({
    act,
    budget: 'token',
    repeatable: form['grant_type'] !== 'authorization_code',
    send: async (signal) => {
      const response = await context.fetch(context.config.token_url, {
        method: 'POST',
        signal,
        redirect: 'manual',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams(form).toString(),
      })
      return readAnswer(response, { act, maxBytes: maxAnswerBytes })
    },
    classify: (received) => classify(received, context.clock.now()),
  })
  const granted = token.parse(reply.body)
  const account = readSubject(granted.id_token) ?? previous?.facts['account']
  return {
    accessToken: granted.access_token,
    expiresAt: context.clock.now() + granted.expires_in * 1000,
    ...(granted.refresh_token !== undefined && { refreshToken: granted.refresh_token }),
    facts: {
      ...(granted.scope !== undefined && { scopes: granted.scope }),
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

function toForm(
  config: GoogleAdsConfig,
  previous: TokenGrant | undefined,
  now: number,
): Readonly<Record<string, string>> {
  const { service_account_email: issuer, service_account_private_key: key } = config
  if (issuer !== undefined && key !== undefined) {
    const assertion = toAssertion(issuer, key, { audience: config.token_url, now })
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
    client_id: config.client_id ?? '',
    client_secret: config.client_secret ?? '',
    refresh_token: refreshToken,
  }
}

/** RFC 7523; Google takes RS256 and at most an hour. */
function toAssertion(issuer: string, key: string, on: { audience: string; now: number }): string {
  const issuedAt = Math.floor(on.now / 1000)
  const claims = {
    iss: issuer,
    scope: googleAdsScopes.join(' '),
    aud: on.audience,
    iat: issuedAt,
    exp: issuedAt + 3_600,
  }
  const unsigned = [{ alg: 'RS256', typ: 'JWT' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
  try {
    // Keys come out of environment variables with "\n" written out.
    const signature = sign('RSA-SHA256', Buffer.from(unsigned), key.replaceAll(String.raw`\n`, '\n'))
    return `${unsigned}.${signature.toString('base64url')}`
  } catch {
    // OpenSSL's own error may quote the key.
    const remedy = 'Give the whole private key of the service account, with its BEGIN and END lines.'
    throw new PlatformError('platform.auth_expired', { act, said: 'the private key cannot be read', remedy })
  }
}

const remedies: Readonly<Record<string, string>> = {
  invalid_grant:
    'Authorise again: the refresh token was revoked or has expired. A consent screen in "Testing" gives tokens for 7 days; publish it.',
  invalid_client: 'Check client_id and client_secret.',
  deleted_client: 'The OAuth client was deleted: make a new one.',
  unauthorized_client: 'Check that the refresh token was made with this OAuth client.',
  invalid_scope: 'Allow the scopes datamanager and adwords to the client.',
}

const oauthCodes: Readonly<Record<string, PlatformErrorCode>> = {
  invalid_grant: 'platform.auth_expired',
  invalid_client: 'platform.auth_expired',
  deleted_client: 'platform.auth_expired',
  unauthorized_client: 'platform.auth_expired',
  invalid_scope: 'platform.permission_missing',
}

function classify(reply: PlatformReply, now: number): PlatformError | undefined {
  const error = refusal.safeParse(reply.body).data?.error ?? ''
  const code = oauthCodes[error]
  const remedy = remedies[error]
  if (code !== undefined)
    return new PlatformError(code, { act, said: error, ...(remedy !== undefined && { remedy }) })
  const other = toGoogleError(reply, { act, now })
  if (other) return other
  return token.safeParse(reply.body).success ? undefined : unreadableAnswer(act, reply.status)
}
