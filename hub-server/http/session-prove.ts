import { AffluentError } from '../../core/errors/affluent-error.ts'
import { toCsrfToken } from '../access/csrf-token.ts'
import type { UserPrincipal } from '../access/principal.ts'
import { proveByPassword } from '../access/prove-again.ts'
import { toReturnPath } from '../access/return-path.ts'
import { sha256 } from '../store/sha256.ts'
import { readClientAddress } from './client-address.ts'
import { sendPage, type Page } from './page.ts'
import type { FormReader } from './read-form.ts'
import { provePage, type FormPage } from './session-pages.ts'
import {
  enter,
  findVisitor,
  queryText,
  readOwnForm,
  setWait,
  visitOf,
  type Handle,
  type SessionPorts,
  type Visit,
} from './session-visit.ts'

/** Where somebody who is signed in proves once more that it is them, and goes back to where they were. */
export function proveHandlers(ports: SessionPorts, readForm: FormReader): Record<string, Handle> {
  const { control, clock, oidc, limit, cookies } = ports
  return {
    async 'GET /prove'(visit) {
      const principal = await findVisitor(ports, visit)
      if (!principal) return
      const returnTo = toReturnPath(queryText(visit.request, 'return_to'))
      sendPage(visit.response, await toPage(ports, visit, principal, { returnTo }))
    },
    async 'POST /prove'(visit) {
      const { request, response, translator } = visit
      const cookie = cookies.session.read(request.headers.cookie)
      const field = await readOwnForm(ports, visit, { readForm, cookie })
      const principal = await findVisitor(ports, visit)
      if (!principal) return
      const returnTo = toReturnPath(field('return_to'))
      try {
        const prover = { principal, address: readClientAddress(request) }
        const user = await proveByPassword(ports, prover, field('password'))
        await enter(ports, visit, { user, how: 'password', to: returnTo, instead: principal })
      } catch (error) {
        if (!(error instanceof AffluentError) || error.rule.http >= 500) throw error
        setWait(response, error)
        const page = await toPage(ports, visit, principal, { returnTo, refusal: translator.error(error) })
        sendPage(response, page, error.rule.http)
      }
    },
    async 'GET /prove/oidc'(visit) {
      if (!oidc) throw new AffluentError('api.route_unknown')
      const principal = await findVisitor(ports, visit)
      if (!principal) return
      await limit.takeFrom(readClientAddress(visit.request))
      const returnTo = toReturnPath(queryText(visit.request, 'return_to'))
      const browser = sha256(visitOf(ports, visit))
      const { url, attempt } = await oidc.begin({
        browser,
        returnTo,
        now: clock.now(),
        proves: principal.session,
      })
      await control.createAttempt(attempt)
      visit.response.redirect(303, url)
    },
  }
}

async function toPage(
  { control, oidc }: SessionPorts,
  { translator }: Visit,
  { id, name, session }: UserPrincipal,
  { returnTo, refusal }: { readonly returnTo: string; readonly refusal?: FormPage['refusal'] },
): Promise<Page> {
  const user = await control.user(id)
  const hasPassword = (await control.passwordHash(id)) !== undefined
  const withProvider = oidc !== undefined && (user?.identity ?? null) !== null
  return provePage(
    { translator, csrfToken: toCsrfToken(session), refusal },
    { name, returnTo, hasPassword, withProvider },
  )
}
