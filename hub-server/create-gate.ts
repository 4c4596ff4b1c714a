import type { IncomingMessage } from 'node:http'
import { userInfo } from 'node:os'
import type { Clock } from '../core/port/clock.ts'
import { createAuthenticator, type Authenticator, type Credentials } from './access/authenticator.ts'
import { createSessionBook } from './access/session-book.ts'
import type { RouteGate } from './http/mount-routes.ts'
import { createCookieJar } from './http/session-cookie.ts'
import type { Hub } from './hub.ts'
import type { HubDesk } from './routes/hub-desk.ts'
import { answerSealer } from './routes/open-desk.ts'

export interface GateOptions {
  /** What opens the API to the person at this machine. */
  readonly localToken: string
  readonly publicUrl: string | undefined
  readonly clock: Clock
}

/** What stands between the network and the routes of a hub. */
export function createGate(
  hub: Hub,
  { operations }: Pick<HubDesk, 'operations'>,
  { localToken, publicUrl, clock }: GateOptions,
): RouteGate {
  const authenticator: Authenticator = createAuthenticator({
    control: hub.control,
    sessions: createSessionBook(hub.control, clock),
    cookies: createCookieJar(publicUrl?.startsWith('https:') ?? false),
    localToken,
    localName: userInfo().username,
    publicOrigin: publicUrl === undefined ? undefined : new URL(publicUrl).origin,
    clock,
  })
  return {
    authenticate: (request) => authenticator.authenticate(toCredentials(request)),
    isInForce: (principal) => authenticator.isInForce(principal),
    requests: hub.control,
    operations,
    sealer: answerSealer(hub),
    clock,
  }
}

function toCredentials({ method = '', headers }: IncomingMessage): Credentials {
  return {
    method,
    host: headers.host,
    authorization: headers.authorization,
    cookie: headers.cookie,
    userAgent: headers['user-agent'],
    origin: headers.origin,
    fetchSite: textOf(headers['sec-fetch-site']),
    csrfToken: textOf(headers['x-csrf-token']),
  }
}

const textOf = (value: string | readonly string[] | undefined): string | undefined =>
  typeof value === 'string' ? value : undefined
