import { createPublicKey, verify } from 'node:crypto'
import { z } from 'zod'
import type { Clock } from '../../../core/port/clock.ts'
import { AuthorizationCodes } from '../../sandbox-kit/authorization-codes.ts'
import { googleConsent, googleIdToken } from '../../sandbox-kit/google-consent.ts'
import type { SandboxReply, SandboxRequest, SandboxRoute } from '../../sandbox-kit/sandbox-server.ts'

/** Who may get tokens. */
export interface TokenIssuer {
  readonly serviceAccount?: { readonly email: string; readonly publicKey: string }
  readonly client?: { readonly id: string; readonly secret: string; readonly refreshToken: string }
}

interface IssuedToken {
  readonly scopes: readonly string[]
  readonly expiresAt: number
}

/** Access tokens that were issued, and whether they are still good. */
export interface TokenBook {
  readonly issued: Map<string, IssuedToken>
  revoked: boolean
}

const hourMs = 3_600_000

/** `POST /token`: JWT bearer assertions and refresh tokens (https://developers.google.com/identity/protocols/oauth2). */
export function tokenRoutes(issuer: TokenIssuer, book: TokenBook, clock: Clock): readonly SandboxRoute[] {
  const codes = new AuthorizationCodes('4/0A-')
  return [
    {
      method: 'GET',
      pattern: /^\/o\/oauth2\/v2\/auth$/,
      answer: ({ query }) => googleConsent(codes, issuer.client?.id ?? '', query),
    },
    {
      method: 'POST',
      pattern: /^\/revoke$/,
      answer() {
        book.revoked = true
        return { status: 200, body: {} }
      },
    },
    {
      method: 'POST',
      pattern: /^\/token$/,
      answer(request) {
        const form = z.record(z.string(), z.string()).safeParse(request.body).data ?? {}
        if (book.revoked) return refuse('invalid_grant', 'Token has been expired or revoked.')
        if (form['grant_type'] === 'authorization_code')
          return answerCode(issuer, book, { form, clock, codes })
        if (form['grant_type'] === 'refresh_token') return answerRefresh(issuer, book, { form, clock })
        if (form['grant_type'] === 'urn:ietf:params:oauth:grant-type:jwt-bearer')
          return answerAssertion(issuer, book, { form, clock, audience: audienceOf(request) })
        return refuse('unsupported_grant_type', 'Invalid grant_type')
      },
    },
  ]
}

const audienceOf = (request: SandboxRequest): string =>
  `http://${request.headers['host'] ?? ''}${request.path}`

interface TokenRequest {
  readonly form: Readonly<Record<string, string>>
  readonly clock: Clock
}

function answerCode(
  { client }: TokenIssuer,
  book: TokenBook,
  { form, clock, codes }: TokenRequest & { readonly codes: AuthorizationCodes },
): SandboxReply {
  if (!client || form['client_id'] !== client.id || form['client_secret'] !== client.secret)
    return { status: 401, body: { error: 'invalid_client', error_description: 'Unauthorized' } }
  if (codes.redeem(form) !== undefined) return refuse('invalid_grant', 'Malformed auth code.')
  const { body, ...reply } = issue(book, clock, readonlyAndEdit)
  const more = { refresh_token: client.refreshToken, id_token: googleIdToken('analyst') }
  return { ...reply, body: { ...z.record(z.string(), z.unknown()).parse(body), ...more } }
}

function answerRefresh(issuer: TokenIssuer, book: TokenBook, { form, clock }: TokenRequest): SandboxReply {
  const { client } = issuer
  if (!client || form['client_id'] !== client.id || form['client_secret'] !== client.secret)
    return {
      status: 401,
      body: { error: 'invalid_client', error_description: 'The OAuth client was not found.' },
    }
  if (form['refresh_token'] !== client.refreshToken)
    return refuse('invalid_grant', 'Token has been expired or revoked.')
  return issue(book, clock, readonlyAndEdit)
}

const readonlyAndEdit = [
  'https://www.googleapis.com/auth/analytics.readonly',
  'https://www.googleapis.com/auth/analytics.edit',
]

const header = z.object({ alg: z.literal('RS256'), typ: z.literal('JWT') })
const claims = z.object({
  iss: z.string(),
  scope: z.string(),
  aud: z.string(),
  iat: z.number(),
  exp: z.number(),
})

function answerAssertion(
  issuer: TokenIssuer,
  book: TokenBook,
  { form, clock, audience }: TokenRequest & { readonly audience: string },
): SandboxReply {
  const [head = '', body = '', signature = ''] = (form['assertion'] ?? '').split('.')
  const told = claims.safeParse(decode(body)).data
  const account = issuer.serviceAccount
  if (!header.safeParse(decode(head)).success || !told) return refuse('invalid_grant', 'Bad JWT.')
  if (!account || told.iss !== account.email)
    return refuse('invalid_grant', 'Invalid grant: account not found')
  const key = createPublicKey(account.publicKey)
  const isSigned = verify(
    'RSA-SHA256',
    Buffer.from(`${head}.${body}`),
    key,
    Buffer.from(signature, 'base64url'),
  )
  if (!isSigned) return refuse('invalid_grant', 'Invalid JWT Signature.')
  return refuseClaims(told, audience, clock) ?? issue(book, clock, told.scope.split(' '))
}

function refuseClaims(
  told: z.output<typeof claims>,
  audience: string,
  clock: Clock,
): SandboxReply | undefined {
  if (told.aud !== audience) return refuse('invalid_grant', 'Invalid JWT: Failed audience check.')
  const seconds = clock.now() / 1000
  const isTimely = told.exp > seconds && told.iat <= seconds + 300 && told.exp - told.iat <= 3600
  if (!isTimely)
    return refuse(
      'invalid_grant',
      'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe.',
    )
  const areKnown = told.scope
    .split(' ')
    .every((scope) => scope.startsWith('https://www.googleapis.com/auth/'))
  return areKnown ? undefined : refuse('invalid_scope', 'Invalid OAuth scope or ID token audience provided.')
}

function decode(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
  } catch {
    return undefined
  }
}

function issue(book: TokenBook, clock: Clock, scopes: readonly string[]): SandboxReply {
  const token = `ya29.sandbox-${book.issued.size + 1}`
  book.issued.set(token, { scopes, expiresAt: clock.now() + hourMs })
  return {
    status: 200,
    body: { access_token: token, expires_in: 3600, token_type: 'Bearer', scope: scopes.join(' ') },
  }
}

const refuse = (error: string, description: string): SandboxReply => ({
  status: 400,
  body: { error, error_description: description },
})
