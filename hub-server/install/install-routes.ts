import type { Express } from 'express'
import type { BesideRoute } from '../api/contract/describe-route.ts'
import { readClientAddress } from '../http/client-address.ts'
import type { BesideMount } from '../http/create-app.ts'
import { readCredentials } from '../http/credentials.ts'
import { sendPage } from '../http/page.ts'
import { showing } from '../http/session-routes.ts'
import { queryText, visitOf, type SessionPorts, type Visit } from '../http/session-visit.ts'
import { endAuthorization, openAuthorization, type InstallPorts } from './authorize-connection.ts'
import { authorizedPage } from './authorized-page.ts'

const installRoutes = [
  {
    method: 'GET',
    path: '/install/{token}',
    proof: 'code',
    summary: 'Sends the browser to the platform, where an account is authorised.',
  },
  {
    method: 'GET',
    path: '/oauth/{connector}/callback',
    proof: 'state',
    summary: 'Takes what the platform sends back.',
  },
] as const satisfies readonly BesideRoute[]

export interface InstallMountPorts {
  readonly pages: SessionPorts
  readonly install: () => InstallPorts
}

/** The way to a platform and back: a link that is good once, and one address to come back to for each platform. */
export function createInstallMount({ pages, install }: InstallMountPorts): BesideMount {
  async function leave(visit: Visit): Promise<void> {
    const { request, response } = visit
    await pages.limit.takeFrom(readClientAddress(request))
    const principal = await pages.authenticator.authenticate(readCredentials(request))
    const address = await openAuthorization(install(), String(request.params['token']), {
      browser: visitOf(pages, visit),
      userId: principal?.kind === 'user' ? principal.id : null,
    })
    // Where the browser comes from is nobody's business: the address holds a secret.
    response.set('Referrer-Policy', 'no-referrer').redirect(303, address)
  }
  async function comeBack({ request, response, translator }: Visit): Promise<void> {
    const authorized = await endAuthorization(install(), {
      connector: String(request.params['connector']),
      state: queryText(request, 'state') ?? '',
      code: queryText(request, 'code'),
      browser: pages.cookies.visit.read(request.headers.cookie),
    })
    sendPage(response, authorizedPage(translator, authorized))
  }
  return {
    name: 'own',
    routes: installRoutes,
    mount(app: Express, translatorFor) {
      app.get('/install/:token', (request, response) =>
        showing(leave, { request, response, translator: translatorFor(request) }),
      )
      app.get('/oauth/:connector/callback', (request, response) =>
        showing(comeBack, { request, response, translator: translatorFor(request) }),
      )
    },
  }
}
