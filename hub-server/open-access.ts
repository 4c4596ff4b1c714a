import { userInfo } from 'node:os'
import type { Clock } from '../core/port/clock.ts'
import { createAttemptLimit } from './access/attempt-limit.ts'
import { createAuthenticator, type Authenticator } from './access/authenticator.ts'
import { createOidcClient, type OidcClient } from './access/oidc-client.ts'
import type { OidcSettings } from './access/oidc-settings.ts'
import { createSessionBook } from './access/session-book.ts'
import type { Environment } from './config.ts'
import { isLoopback } from './http/loopback.ts'
import { createCookieJar } from './http/session-cookie.ts'
import type { SessionPorts } from './http/session-visit.ts'
import type { Hub } from './hub.ts'
import { resolveReferences } from './manifest/resolve-references.ts'

export interface OpenAccessOptions {
  /** What opens the API to the person at this machine. */
  readonly localToken: string
  /** Where the hub listens. */
  readonly host: string
  readonly port: number
  /** Where people and platforms reach it; undefined: at the address it listens at. */
  readonly publicUrl: string | undefined
  /** Single sign-on; undefined: there is none. */
  readonly oidc?: OidcSettings | undefined
  readonly env: Environment
  readonly clock: Clock
}

/** Who may call, and the ports of the pages where people sign in. */
export interface Access {
  readonly authenticator: Authenticator
  readonly pages: SessionPorts
}

/**
 * Opens access to a hub. Cookies are marked for TLS wherever others than this machine could reach it. Throws
 * `manifest.reference_unresolved` when the secret of single sign-on leads nowhere.
 */
export async function openAccess(
  hub: Pick<Hub, 'control' | 'folder'>,
  options: OpenAccessOptions,
): Promise<Access> {
  const { localToken, host, publicUrl, clock } = options
  const { control } = hub
  const sessions = createSessionBook(control, clock)
  const isSecure = publicUrl === undefined ? !isLoopback(host) : publicUrl.startsWith('https:')
  const cookies = createCookieJar(isSecure)
  const authenticator = createAuthenticator({
    control,
    sessions,
    cookies,
    localToken,
    localName: userInfo().username,
    publicOrigin: publicUrl === undefined ? undefined : new URL(publicUrl).origin,
    clock,
  })
  const callbackUrl = `${publicUrl ?? listenAddress(options)}/sign-in/callback`
  const oidc = await openOidc(hub, options, callbackUrl)
  const limit = createAttemptLimit()
  return {
    authenticator,
    pages: { control, clock, authenticator, sessions, cookies, limit, oidc, callbackUrl },
  }
}

function listenAddress({ host, port }: OpenAccessOptions): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}

async function openOidc(
  { folder }: Pick<Hub, 'folder'>,
  { oidc: settings, env, clock }: OpenAccessOptions,
  redirectUri: string,
): Promise<OidcClient | undefined> {
  if (!settings) return undefined
  const source = { env, folder, isOwn: true }
  const { secret } = await resolveReferences({ secret: settings.clientSecret ?? null }, source)
  const clientSecret = typeof secret === 'string' ? secret : undefined
  return createOidcClient({ settings, clientSecret, redirectUri, now: () => clock.now() })
}
