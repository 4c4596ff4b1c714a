import { createHmac, createPublicKey, createVerify } from 'node:crypto'
import { z } from 'zod'
import type { Clock } from '../../../core/port/clock.ts'
import type { SandboxReply, SandboxRequest, SandboxRoute } from '../../sandbox-kit/sandbox-server.ts'
import { CodeStore } from './code-store.ts'
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

const minuteMs = 60_000
const sessionMs = 120 * minuteMs
const idleMs = 30 * 24 * 60 * minuteMs
/** Live grants of one user and app. */
const mostFamilies = 5
const refusedClient = (): SandboxReply => oauthError('invalid_client', 'invalid client credentials')
const refusedGrant = (): SandboxReply => oauthError('invalid_grant', 'expired access/refresh token')

/** The OAuth endpoints with rotation (2.1): a rotated token that comes again is theft and kills its family. */
export class TokenStore {
  readonly #options: TokenStoreOptions
  readonly #families: Family[] = []
  /** Access tokens, and when they end. */
  readonly #sessions = new Map<string, number>()
  readonly #codes: CodeStore
  #count = 0

  constructor(options: TokenStoreOptions) {
    this.#options = options
    this.#codes = new CodeStore(options.clock)
  }

  get routes(): readonly SandboxRoute[] {
    return [
      {
        method: 'GET',
        pattern: /^\/services\/oauth2\/authorize$/,
        answer: ({ query }) => this.#codes.authorize(this.#options.app, query),
      },
      { method: 'POST', pattern: /^\/services\/oauth2\/token$/, answer: (request) => this.#grant(request) },
      { method: 'POST', pattern: /^\/services\/oauth2\/revoke$/, answer: (request) => this.#revoke(request) },
    ]
  }

  /** A user authorises the app once more: a new refresh token. The sixth one drops the oldest (2.1). */
  authorise(): string {
    const current = this.#next('5Aep')
    this.#families.push({
      current,
      rotated: new Set(),
      usedAt: this.#options.clock.now(),
      alive: true,
      sessions: new Set(),
    })
    const oldest = this.#families.filter(({ alive }) => alive).at(-mostFamilies - 1)
    if (oldest) this.#kill(oldest)
    return current
  }

  /** Whether a bearer stands for a session, which then slides on. */
  accepts(bearer: string): boolean {
    const now = this.#options.clock.now()
    const until = this.#sessions.get(bearer)
    if (until === undefined || until <= now) return false
    this.#sessions.set(bearer, now + sessionMs)
    return true
  }

  /** An access token without any flow, for tests that are not about tokens. */
  openSession(): string {
    const token = this.#next('00Dsession')
    this.#sessions.set(token, this.#options.clock.now() + sessionMs)
    return token
  }

  /** All sessions end; refresh tokens stay. */
  expireSessions(): void {
    this.#sessions.clear()
  }

  /** The admin blocks the app or freezes the user: every refresh token is dead. */
  revokeAll(): void {
    for (const family of this.#families) this.#kill(family)
  }

  #next(kind: string): string {
    this.#count += 1
    return `${kind}-${this.#count}-of-the-sandbox`
  }

  #kill(family: Family): void {
    family.alive = false
    for (const session of family.sessions) this.#sessions.delete(session)
  }

  #grant(request: SandboxRequest): SandboxReply {
    const { app } = this.#options
    const form = formBody.safeParse(request.body).data
    if (form?.grant_type === 'urn:ietf:params:oauth:grant-type:jwt-bearer')
      return refuseAssertion(this.#options, form.assertion ?? '') ?? this.#answer()
    if (form?.client_id !== app.clientId) return oauthError('invalid_client_id', 'client identifier invalid')
    if (form.grant_type === 'refresh_token') return this.#refresh(form)
    if (form.grant_type === 'authorization_code') return this.#redeem(form)
    if (form.grant_type !== 'client_credentials')
      return oauthError('unsupported_grant_type', 'grant type not supported')
    return form.client_secret === app.clientSecret ? this.#answer() : refusedClient()
  }

  /** Confidential clients send both secret and verifier (2.0). */
  #redeem(form: Form): SandboxReply {
    if (form.client_secret !== this.#options.app.clientSecret) return refusedClient()
    return this.#codes.redeem(form) ?? this.#refresh({ ...form, refresh_token: this.authorise() })
  }

  #refresh(form: Form): SandboxReply {
    const now = this.#options.clock.now()
    if (form.client_secret !== this.#options.app.clientSecret) return refusedClient()
    const token = form.refresh_token ?? ''
    const family = this.#families.find((each) => each.current === token || each.rotated.has(token))
    if (family?.alive !== true || now - family.usedAt > idleMs) return refusedGrant()
    if (family.current !== token) {
      this.#kill(family)
      return refusedGrant()
    }
    family.rotated.add(token)
    family.current = this.#next('5Aep')
    family.usedAt = now
    return this.#answer(family)
  }

  #answer(family?: Family): SandboxReply {
    const token = this.openSession()
    family?.sessions.add(token)
    return { status: 200, body: tokenBody(this.#options, token, family?.current) }
  }

  #revoke({ body }: SandboxRequest): SandboxReply {
    const token = z.object({ token: z.string() }).safeParse(body).data?.token
    const family = this.#families.find((each) => each.alive && each.current === token)
    if (!family && !this.#sessions.delete(token ?? '')) return oauthError('invalid_token', 'invalid token')
    if (family) this.#kill(family)
    return { status: 200 }
  }
}

const formBody = z.object({
  grant_type: z.string(),
  client_id: z.string().optional(),
  client_secret: z.string().optional(),
  refresh_token: z.string().optional(),
  assertion: z.string().optional(),
  code: z.string().optional(),
  redirect_uri: z.string().optional(),
  code_verifier: z.string().optional(),
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

const audiences = ['https://login.salesforce.com', 'https://test.salesforce.com']

function refuseAssertion(options: TokenStoreOptions, assertion: string): SandboxReply | undefined {
  const { app, clock } = options
  const claimed = verifiedClaims(app, assertion)
  if (!claimed) return oauthError('invalid_grant', 'invalid assertion')
  const { iss, sub, aud, exp } = claimed
  if (iss !== app.clientId) return oauthError('invalid_client_id', 'client identifier invalid')
  if (!audiences.includes(aud)) return oauthError('invalid_grant', 'audience is invalid')
  const aheadMs = exp * 1000 - clock.now()
  if (aheadMs <= 0 || aheadMs > 3 * minuteMs) return oauthError('invalid_grant', 'expired authorization code')
  return sub === app.username ? undefined : oauthError('invalid_grant', "user hasn't approved this consumer")
}

function verifiedClaims(app: SandboxApp, assertion: string): z.output<typeof claims> | undefined {
  const [header = '', payload = '', signature = ''] = assertion.split('.')
  if (app.publicKey === undefined) return undefined
  const verify = createVerify('RSA-SHA256').update(`${header}.${payload}`)
  if (!verify.verify(createPublicKey(app.publicKey), signature, 'base64url')) return undefined
  return claims.safeParse(JSON.parse(Buffer.from(payload, 'base64url').toString())).data
}
