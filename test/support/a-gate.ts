import { randomBytes, randomUUID } from 'node:crypto'
import type { Clock } from '../../core/port/clock.ts'
import type { ControlStore } from '../../core/port/control-store.ts'
import { createAuthenticator } from '../../hub-server/access/authenticator.ts'
import { createSessionBook } from '../../hub-server/access/session-book.ts'
import { createOperations, type Operations } from '../../hub-server/api/operations.ts'
import type { RouteGate } from '../../hub-server/http/mount-routes.ts'
import { createCookieJar } from '../../hub-server/http/session-cookie.ts'
import { systemClock } from '../../hub-server/net/system-clock.ts'
import { createSecretBox } from '../../hub-server/secrets/secret-box.ts'

/** What opens the API of tests as the person at this machine. */
export const localToken = 'local_0123456789abcdef0123456789abcdef0123456789a'

/** A gate over a control store, with the authenticator and the store of operations that the hub has. */
export function aGate(
  control: ControlStore,
  clock: Clock = systemClock,
): RouteGate & { readonly operations: Operations } {
  const authenticator = createAuthenticator({
    control,
    sessions: createSessionBook(control, clock),
    cookies: createCookieJar(false),
    localToken,
    localName: 'ada',
    publicOrigin: undefined,
    clock,
  })
  const sealer = createSecretBox(randomBytes(32))
  return {
    authenticate: ({ method = '', headers }) =>
      authenticator.authenticate({
        method,
        host: headers.host,
        authorization: headers.authorization,
        cookie: headers.cookie,
        userAgent: headers['user-agent'],
        origin: headers.origin,
        fetchSite: undefined,
        csrfToken: undefined,
      }),
    isInForce: (principal) => authenticator.isInForce(principal),
    requests: control,
    operations: createOperations({ store: control, sealer, newId: randomUUID, clock }),
    sealer,
    clock,
  }
}
