import { AffluentError } from '../../core/errors/affluent-error.ts'
import type { SignInAttempt } from '../../core/port/access-store.ts'
import { admitPerson } from '../access/admit-person.ts'
import type { UserPrincipal } from '../access/principal.ts'
import { noteRefusedProof } from '../access/prove-again.ts'
import { toReturnPath } from '../access/return-path.ts'
import { sha256 } from '../store/sha256.ts'
import { readClientAddress } from './client-address.ts'
import { enter, queryText, visitOf, type Handle, type SessionPorts, type Visit } from './session-visit.ts'

/** The way to the identity provider and back. */
export function providerHandlers(ports: SessionPorts): Record<string, Handle> {
  const { control, clock, oidc, limit, cookies, callbackUrl } = ports
  return {
    async 'GET /sign-in/oidc'(visit) {
      if (!oidc) throw new AffluentError('api.route_unknown')
      await limit.takeFrom(readClientAddress(visit.request))
      const returnTo = toReturnPath(queryText(visit.request, 'return_to'))
      const browser = sha256(visitOf(ports, visit))
      const { url, attempt } = await oidc.begin({ browser, returnTo, now: clock.now(), proves: null })
      await control.createAttempt(attempt)
      visit.response.redirect(303, url)
    },
    async 'GET /sign-in/callback'(visit) {
      if (!oidc) throw new AffluentError('api.route_unknown')
      const { request } = visit
      const attempt = await control.takeAttempt(sha256(queryText(request, 'state') ?? ''), clock.now())
      const browser = cookies.visit.read(request.headers.cookie)
      if (!attempt || browser === undefined || sha256(browser) !== attempt.browser)
        throw new AffluentError('access.identity_refused')
      // The address as it is registered, with the parameters that came: what the request says of its host counts for nothing.
      const url = new URL(callbackUrl)
      url.search = new URL(request.originalUrl, callbackUrl).search
      const instead = await findProver(ports, visit, attempt)
      const person = await oidc.finish(url, attempt)
      const user = await admitPerson(ports, person)
      if (instead && instead.id !== user.id) {
        await noteRefusedProof(ports, { principal: instead, address: readClientAddress(request) })
        throw new AffluentError('access.identity_refused')
      }
      const { provenAt } = person
      await enter(ports, visit, {
        user,
        how: 'oidc',
        to: attempt.returnTo,
        provenAt,
        ...(instead && { instead }),
      })
    },
  }
}

/** Who went away to prove again that it is them; undefined where somebody signs in. Throws `access.identity_refused` when their session is over. */
async function findProver(
  { cookies, sessions }: SessionPorts,
  { request }: Visit,
  { proves }: SignInAttempt,
): Promise<UserPrincipal | undefined> {
  if (proves === null) return undefined
  const cookie = cookies.session.read(request.headers.cookie)
  const principal = cookie && (await sessions.find(cookie, request.get('user-agent') ?? ''))
  if (!principal || principal.session !== proves) throw new AffluentError('access.identity_refused')
  return principal
}
