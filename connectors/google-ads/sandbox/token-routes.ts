import { createVerify } from 'node:crypto'
import { z } from 'zod'
import { AuthorizationCodes } from '../../sandbox-kit/authorization-codes.ts'
import { googleConsent, googleIdToken } from '../../sandbox-kit/google-consent.ts'
import type { SandboxReply, SandboxRequest, SandboxRoute } from '../../sandbox-kit/sandbox-server.ts'
import type { SandboxAccount } from './sandbox-account.ts'

/** Who may obtain tokens. */
export interface SandboxClient {
  readonly clientId: string
  readonly clientSecret: string
  readonly refreshToken: string
  /** A service account that may sign assertions, and its public key (PEM). */
  readonly serviceAccount?: { readonly email: string; readonly publicKey: string }
}

export interface TokenSwitches {
  /** The refresh token is dead: `invalid_grant`. */
  revoked: boolean
  issued: number
  /** Who says yes in the browser. */
  subject: string
}

/** Google's tokens are good for an hour, less a second. */
const lifetimeS = 3_599

const scopes = 'https://www.googleapis.com/auth/datamanager https://www.googleapis.com/auth/adwords'

/** `POST /token`, as OAuth 2.0 (RFC 6749 section 6, RFC 7523) and chapters 2.1 and 3.1 have it. */
export function tokenRoutes(
  account: SandboxAccount,
  client: SandboxClient,
  switches: TokenSwitches,
): readonly SandboxRoute[] {
  const codes = new AuthorizationCodes('4/0A-')
  return [
    {
      method: 'GET',
      pattern: /^\/o\/oauth2\/v2\/auth$/,
      answer: ({ query }) => googleConsent(codes, client.clientId, query),
    },
    {
      method: 'POST',
      pattern: /^\/token$/,
      answer: (request) => grantToken(account, { client, switches, codes }, request),
    },
    {
      method: 'POST',
      pattern: /^\/revoke$/,
      answer() {
        switches.revoked = true
        return { status: 200, body: {} }
      },
    },
  ]
}

const form = z.record(z.string(), z.string())

function grantToken(
  account: SandboxAccount,
  { client, switches, codes }: { client: SandboxClient; switches: TokenSwitches; codes: AuthorizationCodes },
  request: SandboxRequest,
): SandboxReply {
  const given = form.safeParse(request.body).data ?? {}
  const isCode = given['grant_type'] === 'authorization_code'
  const fault = isCode
    ? refuseCode(given, client, codes)
    : given['grant_type'] === 'refresh_token'
      ? refuseRefresh(given, client, switches)
      : refuseAssertion(account, given, client)
  if (fault !== undefined)
    return {
      status: fault === 'invalid_client' ? 401 : 400,
      body: { error: fault, error_description: 'Bad Request' },
    }
  switches.issued += 1
  const accessToken = `ya29.sandbox-${switches.issued}`
  account.tokens.set(accessToken, account.clock.now() + lifetimeS * 1000)
  return {
    status: 200,
    body: {
      access_token: accessToken,
      expires_in: lifetimeS,
      scope: scopes,
      token_type: 'Bearer',
      ...(isCode && { refresh_token: client.refreshToken, id_token: googleIdToken(switches.subject) }),
    },
  }
}

function refuseCode(
  given: Readonly<Record<string, string>>,
  client: SandboxClient,
  codes: AuthorizationCodes,
): string | undefined {
  if (given['client_id'] !== client.clientId || given['client_secret'] !== client.clientSecret)
    return 'invalid_client'
  return codes.redeem(given) === undefined ? undefined : 'invalid_grant'
}

function refuseRefresh(
  given: Readonly<Record<string, string>>,
  client: SandboxClient,
  switches: TokenSwitches,
): string | undefined {
  if (given['client_id'] !== client.clientId || given['client_secret'] !== client.clientSecret)
    return 'invalid_client'
  return switches.revoked || given['refresh_token'] !== client.refreshToken ? 'invalid_grant' : undefined
}

const claimsShape = z.object({
  iss: z.string(),
  scope: z.string(),
  aud: z.string(),
  iat: z.number(),
  exp: z.number(),
})

function refuseAssertion(
  account: SandboxAccount,
  given: Readonly<Record<string, string>>,
  { serviceAccount }: SandboxClient,
): string | undefined {
  if (given['grant_type'] !== 'urn:ietf:params:oauth:grant-type:jwt-bearer') return 'unsupported_grant_type'
  const [head = '', body = '', signature = ''] = (given['assertion'] ?? '').split('.')
  const claims = claimsShape.safeParse(parseJson(body)).data
  if (!serviceAccount || !claims || claims.iss !== serviceAccount.email) return 'invalid_grant'
  const isSigned = createVerify('RSA-SHA256')
    .update(`${head}.${body}`)
    .verify(serviceAccount.publicKey, signature, 'base64url')
  if (!isSigned || !isTimely(claims, account.clock.now() / 1000)) return 'invalid_grant'
  return claims.scope.includes('auth/datamanager') ? undefined : 'invalid_scope'
}

/** Not from the future, not over, and for an hour at most. */
function isTimely({ iat, exp }: z.output<typeof claimsShape>, now: number): boolean {
  return iat <= now + 300 && exp > now && exp - iat <= 3_600
}

function parseJson(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString())
  } catch {
    return undefined
  }
}
