import type { Authenticator } from './access/authenticator.ts'
import { readCredentials } from './http/credentials.ts'
import type { RouteGate } from './http/mount-routes.ts'
import type { Hub } from './hub.ts'
import type { HubDesk } from './routes/hub-desk.ts'
import { answerSealer } from './routes/open-desk.ts'
import { duringRequest } from './store/audit-request.ts'

export interface GateOptions extends Pick<RouteGate, 'clock' | 'limits'> {
  readonly authenticator: Authenticator
}

/** What stands between the network and the routes of a hub. */
export function createGate(
  hub: Hub,
  { operations }: Pick<HubDesk, 'operations'>,
  { authenticator, clock, limits }: GateOptions,
): RouteGate {
  return {
    authenticate: (request) => authenticator.authenticate(readCredentials(request)),
    isInForce: (principal) => authenticator.isInForce(principal),
    requests: hub.control,
    operations,
    sealer: answerSealer(hub),
    clock,
    ...(limits && { limits }),
    duringRequest,
  }
}
