import { AffluentError } from '../../core/errors/affluent-error.ts'
import type { Clock } from '../../core/port/clock.ts'
import type { ControlStore } from '../../core/port/control-store.ts'
import type { CookieJar } from '../http/session-cookie.ts'
import { sha256 } from '../store/sha256.ts'
import { toCsrfToken } from './csrf-token.ts'
import { isApiKeyScope, rolePermissions, type ApiKeyScope } from './permissions.ts'
import type { ApiKeyPrincipal, Principal, UserPrincipal } from './principal.ts'
import { isSameSecret } from './same-secret.ts'
import type { SessionBook } from './session-book.ts'

/** What a request shows of its sender: headers as they came. */
export interface Credentials {
  readonly method: string
  readonly host: string | undefined
  readonly authorization: string | undefined
  readonly cookie: string | undefined
  readonly userAgent: string | undefined
  readonly origin: string | undefined
  /** The header Sec-Fetch-Site. */
  readonly fetchSite: string | undefined
  /** The header X-CSRF-Token, or the field of a form. */
  readonly csrfToken: string | undefined
}

export interface Authenticator {
  /**
   * Who is calling; undefined when the request shows nothing. Throws `api.not_signed_in` for a token, a key or a session that is not in
   * force, `access.csrf_refused` for an unsafe request by cookie that does not come from one of our pages.
   */
  authenticate(credentials: Credentials): Promise<Principal | undefined>
  /** True while the principal is still in force: for answers that stay open. */
  isInForce(principal: Principal): Promise<boolean>
  /** Throws `access.csrf_refused`: for pages that somebody uses before they are signed in. `cookie` is the secret of the browser. */
  checkOwnPage(credentials: Credentials, cookie: string | undefined): void
}

export interface AuthenticatorOptions {
  readonly control: ControlStore
  readonly sessions: SessionBook
  readonly cookies: CookieJar
  /** Undefined: nobody can call as the person at this machine. */
  readonly localToken: string | undefined
  /** The system user that the hub runs as. */
  readonly localName: string
  /** Origin that people reach the hub at, beside the address in the Host header on loopback. */
  readonly publicOrigin: string | undefined
  readonly clock: Clock
}

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS'])

/** How exactly the last use of a key is kept. */
const touchMs = 60_000

/** Tells who calls, by exactly one proof: what an Authorization header says counts alone, else the session's cookie. */
export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const { sessions, cookies } = options

  async function byToken(header: string): Promise<Principal> {
    const token = /^Bearer +([\w.~+/-]+=*)$/i.exec(header)?.[1] ?? ''
    const { localToken, localName } = options
    if (localToken !== undefined && isSameSecret(token, localToken)) return { kind: 'local', name: localName }
    const principal = token.startsWith('ak_') ? await findByKey(options, token) : undefined
    if (!principal) throw new AffluentError('api.not_signed_in')
    return principal
  }

  async function byCookie(credentials: Credentials, cookie: string): Promise<UserPrincipal> {
    const principal = await sessions.find(cookie, credentials.userAgent ?? '')
    if (!principal) throw new AffluentError('api.not_signed_in')
    if (!safeMethods.has(credentials.method)) checkOwnPage(credentials, cookie)
    return principal
  }

  function checkOwnPage(credentials: Credentials, cookie: string | undefined): void {
    const { origin, fetchSite, csrfToken } = credentials
    const isOurs =
      cookie !== undefined &&
      csrfToken !== undefined &&
      isSameSecret(csrfToken, toCsrfToken(sha256(cookie))) &&
      (origin === undefined || isOwnOrigin(origin, credentials.host, options.publicOrigin)) &&
      (fetchSite === undefined || fetchSite === 'same-origin' || fetchSite === 'none')
    if (!isOurs) throw new AffluentError('access.csrf_refused')
  }

  return {
    async authenticate(credentials) {
      if (credentials.authorization !== undefined) return byToken(credentials.authorization)
      const cookie = cookies.session.read(credentials.cookie)
      return cookie === undefined ? undefined : byCookie(credentials, cookie)
    },
    isInForce: (principal) => isInForce(options, principal),
    checkOwnPage,
  }
}

async function isInForce(
  { control, clock }: Pick<AuthenticatorOptions, 'control' | 'clock'>,
  principal: Principal,
): Promise<boolean> {
  if (principal.kind === 'local') return true
  if (principal.kind === 'user') {
    const [session, user] = await Promise.all([
      control.session(principal.session),
      control.user(principal.id),
    ])
    return session !== undefined && user?.state === 'active' && user.role === principal.role
  }
  const key = (await control.apiKeys()).find(({ id }) => id === principal.id)
  if (key?.revokedAt !== null || key.expiresAt <= clock.now()) return false
  const scopes = await keepScopes(control, principal.owner, principal.scopes)
  return scopes?.length === principal.scopes.length
}

async function findByKey(
  { control, clock }: Pick<AuthenticatorOptions, 'control' | 'clock'>,
  token: string,
): Promise<ApiKeyPrincipal | undefined> {
  const key = await control.apiKey(sha256(token))
  const now = clock.now()
  if (!key || key.revokedAt !== null || key.expiresAt <= now) return undefined
  const { id, name, createdBy: owner } = key
  const scopes = await keepScopes(control, owner, key.scopes.filter(isApiKeyScope))
  if (!scopes) return undefined
  if (now - (key.usedAt ?? 0) >= touchMs) await control.touchApiKey(key.id, now)
  return { kind: 'api_key', id, name, scopes, owner }
}

/** What of its scopes a key still has: never more than whoever made it may do now. Undefined when they have no access any more. */
async function keepScopes(
  control: ControlStore,
  owner: string,
  scopes: readonly ApiKeyScope[],
): Promise<readonly ApiKeyScope[] | undefined> {
  if (!owner.startsWith('user:')) return scopes
  const user = await control.userByName(owner.slice('user:'.length))
  return user?.state === 'active'
    ? scopes.filter((scope) => rolePermissions[user.role].includes(scope))
    : undefined
}

/** On loopback the Host header was checked to name this machine; elsewhere only the configured address counts. */
function isOwnOrigin(origin: string, host: string | undefined, publicOrigin: string | undefined): boolean {
  return (
    origin === (publicOrigin ?? `http://${host ?? ''}`) ||
    (host !== undefined && isLoopbackOrigin(origin, host))
  )
}

function isLoopbackOrigin(origin: string, host: string): boolean {
  return (
    /^(?:127\.\d+\.\d+\.\d+|localhost|\[::1\])(?::\d+)?$/i.test(host) &&
    origin === `http://${host.toLowerCase()}`
  )
}
