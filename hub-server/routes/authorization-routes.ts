import { AffluentError } from '../../core/errors/affluent-error.ts'
import { beginAuthorization, endAuthorization } from '../api/contract/authorization.ts'
import { defineRoute, type Route } from '../api/define-route.ts'
import { beginAuthorization as begin, disconnect } from '../install/authorize-connection.ts'
import { openInstall } from '../install/open-install.ts'
import type { HubDesk } from './hub-desk.ts'

/** /v1/connections/{connection}/authorization: connecting and disconnecting accounts. */
export function createAuthorizationRoutes(desk: HubDesk): readonly Route[] {
  return [
    defineRoute(beginAuthorization, async ({ params, principal, actor }) => {
      const act = 'connecting an account'
      const address = desk.address()
      // A command that opened the hub for itself ends before anybody could come back from the platform.
      if (address === undefined) throw new AffluentError('install.hub_not_running', { act })
      const ports = openInstall(desk.hub, await desk.open(act), address)
      const userId = principal.kind === 'user' ? principal.id : null
      return begin(ports, params.connection, { actor, userId })
    }),
    defineRoute(endAuthorization, async ({ params, actor }) => {
      const ports = openInstall(desk.hub, await desk.open('disconnecting an account'), desk.address() ?? '')
      return { ended: await disconnect(ports, params.connection, actor) }
    }),
  ]
}
