import { createHmac, createPublicKey, createVerify, type KeyObject } from 'node:crypto'
import { z } from 'zod'
import type { Clock } from '../../../core/port/clock.ts'
import type { SandboxReply, SandboxRequest, SandboxRoute } from '../../sandbox-kit/sandbox-server.ts'
import { oauthError } from './salesforce-error.ts'

/** The app that may ask for tokens. */
export interface SandboxApp {
  readonly clientId: string
  readonly clientSecret: string
  /** PEM of the certificate's public key: allows the JWT bearer flow. */
  readonly publicKey?: string
  readonly username: string
}

export interface TokenStoreOptions {
  readonly clock: Clock
  readonly app: SandboxApp
  readonly orgId: string
  readonly userId: string
  /** Address of the org, known once the server listens. */
  readonly instanceUrl: () => string
}

/** Refresh tokens that followed each other, and their access tokens. */
interface Family {
  current: string
  readonly rotated: Set<string>
  usedAt: number
  alive: boolean
  readonly sessions: Set<string>
}

export interface TokenStore {
  readonly routes: readonly SandboxRoute[]
  /** A user authorises the app once more: a new refresh token. The sixth one drops the oldest (2.1). */
  authorise(): string
  /** Whether a bearer stands for a session, which then slides on. */
  accepts(bearer: string): boolean
  /** An access token without any flow, for tests that are not about tokens. */
  openSession(): string
  /** All sessions end; refresh tokens stay. */
  expireSessions(): void
  /** The admin blocks the app or freezes the user: every refresh token is dead. */
  revokeAll(): void
}

const minuteMs = 60_000
const sessionMs = 120 * minuteMs
const idleMs = 30 * 24 * 60 * minuteMs
/** Live grants of one user and app. */
const mostFamilies = 5

/** The OAuth endpoints with rotation (2.1): a rotated token that comes again is theft and kills its family. */
export function createTokenStore(options: TokenStoreOptions): TokenStore {
  const { clock, app } = options
  const families: Family[] = []
  const sessions = new Map<string, number>()
  let count = 0
  const next = (kind: string): string => {
    count += 1
    return `${kind}-${count}-of-the-sandbox`
  }
  const openSession = (): string => {
    const token = next('00Dsession')
    sessions.set(token, clock.now() + sessionMs)
    return token
  }
  const kill = (family: Family): void => {
    family.alive = false
    for (const session of family.sessions) sessions.delete(session)
  }
  const answer = (family?: Family): SandboxReply => {
    const token = openSession()
    family?.sessions.add(token)
    return { status: 200, body: tokenBody(options, token, family?.current) }
  }
  const refresh = (form: Form): SandboxReply => {
    if (form.client_secret !== app.clientSecret)
      return oauthError('invalid_client', 'invalid client credentials')
    const token = form.refresh_token ?? ''
    const family = families.find((each) => each.current === token || each.rotated.has(token))
    if (family?.alive !== true || clock.now() - family.usedAt > idleMs)
      return oauthError('invalid_grant', 'expired access/refresh token')
    if (family.current !== token) {
      kill(family)
      return oauthError('invalid_grant', 'expired access/refresh token')
    }
    family.rotated.add(token)
    family.current = next('5Aep')
    family.usedAt = clock.now()
    return answer(family)
  }
  const grant = (request: SandboxRequest): SandboxReply => {
    const form = formBody.safeParse(request.body).data
    if (form?.grant_type === 'urn:ietf:params:oauth:grant-type:jwt-bearer')
      return refuseAssertion(options, form.assertion ?? '') ?? answer()
    if (form?.client_id !== app.clientId) return oauthError('invalid_client_id', 'client identifier invalid')
    if (form.grant_type === 'refresh_token') return refresh(form)
    if (form.grant_type !== 'client_credentials')
      return oauthError('unsupported_grant_type', 'grant type not supported')
    return form.client_secret === app.clientSecret
      ? answer()
      : oauthError('invalid_client', 'invalid client credentials')
  }
  return {
    openSession,
    authorise() {
      const family = {
        current: next('5Aep'),
        rotated: new Set<string>(),
        usedAt: clock.now(),
        alive: true,
        sessions: new Set<string>(),
      }
      families.push(family)
      const oldest = families.filter(({ alive }) => alive).at(-mostFamilies - 1)
      if (oldest) kill(oldest)
      return family.current
    },
    accepts(bearer) {
      const until = sessions.get(bearer)
      if (until === undefined || until <= clock.now()) return false
      sessions.set(bearer, clock.now() + sessionMs)
      return true
    },
    expireSessions: () => sessions.clear(),
    revokeAll: () => families.forEach(kill),
    routes: [
      { method: 'POST', pattern: /^\/services\/oauth2\/token$/, answer: grant },
      {
        method: 'POST',
        pattern: /^\/services\/oauth2\/revoke$/,
        answer({ body }) {
          const token = z.object({ token: z.string() }).safeParse(body).data?.token
          for (const family of families) if (family.current === token) kill(family)
          return { status: 200 }
        },
      },
    ],
  }
}

const formBody = z.object({
  grant_type: z.string(),
  client_id: z.string().optional(),
  client_secret: z.string().optional(),
  refresh_token: z.string().optional(),
  assertion: z.string().optional(),
})
type Form = z.output<typeof formBody>

/** Normally without `expires_in`; `signature` is over id and issued_at. */
function tokenBody(
  { clock, app, orgId, userId, instanceUrl }: TokenStoreOptions,
  accessToken: string,
  refreshToken: string | undefined,
): Record<string, unknown> {
  const id = `https://login.salesforce.com/id/${orgId}/${userId}`
  const issuedAt = String(clock.now())
  return {
    access_token: accessToken,
    ...(refreshToken !== undefined && { refresh_token: refreshToken }),
    instance_url: instanceUrl(),
    id,
    issued_at: issuedAt,
    signature: createHmac('sha256', app.clientSecret)
      .update(id + issuedAt)
      .digest('base64'),
    scope: 'refresh_token api',
    token_type: 'Bearer',
  }
}

const claims = z.object({ iss: z.string(), sub: z.string(), aud: z.string(), exp: z.number() })

function refuseAssertion({ app, clock }: TokenStoreOptions, assertion: string): SandboxReply | undefined {
  const [header = '', payload = '', signature = ''] = assertion.split('.')
  const parsed = claims.safeParse(JSON.parse(Buffer.from(payload, 'base64url').toString() || 'null'))
  const key = publicKeyOf(app)
  const isSigned =
    key && createVerify('RSA-SHA256').update(`${header}.${payload}`).verify(key, signature, 'base64url')
  if (!isSigned || !parsed.success) return oauthError('invalid_grant', 'invalid assertion')
  const { iss, sub, aud, exp } = parsed.data
  if (iss !== app.clientId) return oauthError('invalid_client_id', 'client identifier invalid')
  if (!['https://login.salesforce.com', 'https://test.salesforce.com'].includes(aud))
    return oauthError('invalid_grant', 'audience is invalid')
  const aheadMs = exp * 1000 - clock.now()
  if (aheadMs <= 0 || aheadMs > 3 * minuteMs) return oauthError('invalid_grant', 'expired authorization code')
  return sub === app.username ? undefined : oauthError('invalid_grant', "user hasn't approved this consumer")
}

const publicKeyOf = ({ publicKey }: SandboxApp): KeyObject | undefined =>
  publicKey === undefined ? undefined : createPublicKey(publicKey)
