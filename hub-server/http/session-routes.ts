import type { Express, Request, Response } from 'express'
import { AffluentError } from '../../core/errors/affluent-error.ts'
import type { BesideRoute } from '../api/contract/describe-route.ts'
import type { BesideMount } from './create-app.ts'
import { toExpressPath } from './mount-routes.ts'
import { sendPage } from './page.ts'
import { createFormReader } from './read-form.ts'
import { refusedPage } from './refused-page.ts'
import { accountHandlers } from './session-account.ts'
import { endingHandlers } from './session-endings.ts'
import { joinHandlers } from './session-join.ts'
import { proveHandlers } from './session-prove.ts'
import { providerHandlers } from './session-provider.ts'
import { signInHandlers } from './session-sign-in.ts'
import { setWait, type Handle, type SessionPorts, type Visit } from './session-visit.ts'

/** Pages beside the API, each with what opens it. */
export const sessionRoutes = [
  {
    method: 'GET',
    path: '/',
    proof: 'open',
    summary: 'Sends the browser to the account of who is signed in.',
  },
  { method: 'GET', path: '/sign-in', proof: 'open', summary: 'Shows the sign-in page.' },
  { method: 'POST', path: '/sign-in', proof: 'open', summary: 'Signs somebody in by name and password.' },
  {
    method: 'GET',
    path: '/sign-in/oidc',
    proof: 'open',
    summary: 'Sends the browser to the identity provider.',
  },
  {
    method: 'GET',
    path: '/sign-in/callback',
    proof: 'state',
    summary: 'Signs in who comes back from the identity provider.',
  },
  { method: 'GET', path: '/join/{token}', proof: 'code', summary: 'Shows the page behind a one-time link.' },
  {
    method: 'POST',
    path: '/join/{token}',
    proof: 'code',
    summary: 'Uses a one-time link up: its person has a password.',
  },
  {
    method: 'GET',
    path: '/prove',
    proof: 'session',
    summary: 'Shows the page where somebody proves again that it is them.',
  },
  { method: 'POST', path: '/prove', proof: 'session', summary: 'Takes the password as a proof anew.' },
  {
    method: 'GET',
    path: '/prove/oidc',
    proof: 'session',
    summary: 'Sends the browser to the identity provider for a proof anew.',
  },
  {
    method: 'GET',
    path: '/account',
    proof: 'session',
    summary: 'Shows who is signed in, their sessions and the keys they made.',
  },
  {
    method: 'POST',
    path: '/account/sessions/{id}/end',
    proof: 'session',
    summary: 'Ends another session of one’s own.',
  },
  {
    method: 'POST',
    path: '/account/keys/{id}/end',
    proof: 'session',
    summary: 'Ends an API key of one’s own.',
  },
  { method: 'POST', path: '/account/password', proof: 'session', summary: 'Changes the own password.' },
  { method: 'POST', path: '/sign-out', proof: 'session', summary: 'Ends the session.' },
] as const satisfies readonly BesideRoute[]

/** The pages of signing in, out, and choosing a password. */
export function createSessionMount(ports: SessionPorts): BesideMount {
  const readForm = createFormReader()
  const handlers: Readonly<Record<string, Handle>> = {
    ...signInHandlers(ports, readForm),
    ...providerHandlers(ports),
    ...joinHandlers(ports, readForm),
    ...proveHandlers(ports, readForm),
    ...accountHandlers(ports, readForm),
    ...endingHandlers(ports, readForm),
  }
  return {
    name: 'own',
    routes: sessionRoutes,
    mount(app: Express, translatorFor) {
      for (const { method, path } of sessionRoutes) {
        const handle = handlers[`${method} ${path}`]
        if (!handle) throw new TypeError(`no handler for ${method} ${path}`)
        const answer = (request: Request, response: Response): Promise<void> =>
          showing(handle, { request, response, translator: translatorFor(request) })
        app[method === 'GET' ? 'get' : 'post'](toExpressPath(path), answer)
      }
    },
  }
}

/** Answers with a page, also where something is refused. What is the hub's fault, or the identity provider's, goes where it is logged. */
export async function showing(handle: Handle, visit: Visit): Promise<void> {
  try {
    await handle(visit)
  } catch (error) {
    if (!(error instanceof AffluentError) || error.rule.http >= 500) throw error
    const { translator, response } = visit
    setWait(response, error)
    sendPage(response, refusedPage(translator, error), error.rule.http)
  }
}
