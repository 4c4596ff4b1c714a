import type { Express } from 'express'
import { toCsrfToken } from '../access/csrf-token.ts'
import type { BesideRoute } from '../api/contract/describe-route.ts'
import { readClientAddress } from '../http/client-address.ts'
import type { BesideMount } from '../http/create-app.ts'
import { sendPage } from '../http/page.ts'
import { createFormReader } from '../http/read-form.ts'
import { showing } from '../http/session-routes.ts'
import { queryText, readOwnForm, visitOf, type SessionPorts, type Visit } from '../http/session-visit.ts'
import { sha256 } from '../store/sha256.ts'
import {
  endAuthorization,
  findAuthorization,
  openAuthorization,
  type InstallPorts,
} from './authorize-connection.ts'
import { authorizedPage } from './authorized-page.ts'
import { leavingPage, startPage } from './start-page.ts'

const installRoutes = [
  {
    method: 'GET',
    path: '/install/{token}',
    proof: 'code',
    summary: 'Shows where a link to authorise an account leads.',
  },
  {
    method: 'POST',
    path: '/install/{token}',
    proof: 'code',
    summary: 'Uses the link up: sends the browser to the platform, where an account is authorised.',
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
  const readForm = createFormReader()
  async function userOf({ request }: Visit): Promise<string | null> {
    const cookie = pages.cookies.session.read(request.headers.cookie)
    return (cookie && (await pages.sessions.find(cookie, request.get('user-agent') ?? ''))?.id) || null
  }
  async function show(visit: Visit): Promise<void> {
    const { request, response, translator } = visit
    await pages.limit.takeFrom(readClientAddress(request))
    const token = String(request.params['token'])
    const goal = await findAuthorization(install(), token, await userOf(visit))
    const csrfToken = toCsrfToken(sha256(visitOf(pages, visit)))
    sendPage(response, startPage(translator, { ...goal, path: `/install/${token}`, csrfToken }))
  }
  async function leave(visit: Visit): Promise<void> {
    const { request, response, translator } = visit
    await pages.limit.takeFrom(readClientAddress(request))
    const cookie = pages.cookies.visit.read(request.headers.cookie)
    await readOwnForm(pages, visit, { readForm, cookie })
    const address = await openAuthorization(install(), String(request.params['token']), {
      browser: visitOf(pages, visit),
      userId: await userOf(visit),
    })
    sendPage(response, leavingPage(translator, address))
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
        showing(show, { request, response, translator: translatorFor(request) }),
      )
      app.post('/install/:token', (request, response) =>
        showing(leave, { request, response, translator: translatorFor(request) }),
      )
      app.get('/oauth/:connector/callback', (request, response) =>
        showing(comeBack, { request, response, translator: translatorFor(request) }),
      )
    },
  }
}
