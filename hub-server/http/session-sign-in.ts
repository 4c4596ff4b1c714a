import { AffluentError } from '../../core/errors/affluent-error.ts'
import { toCsrfToken } from '../access/csrf-token.ts'
import { isWithoutUsers } from '../access/people.ts'
import { toReturnPath } from '../access/return-path.ts'
import { signIn } from '../access/sign-in.ts'
import { sha256 } from '../store/sha256.ts'
import { readClientAddress } from './client-address.ts'
import { sendPage, type Page } from './page.ts'
import type { FormReader } from './read-form.ts'
import { signInPage, type FormPage } from './session-pages.ts'
import {
  enter,
  queryText,
  readOwnForm,
  setWait,
  visitOf,
  type Handle,
  type SessionPorts,
  type Visit,
} from './session-visit.ts'

/** The front door, the sign-in page and its form. */
export function signInHandlers(ports: SessionPorts, readForm: FormReader): Record<string, Handle> {
  async function toPage(
    visit: Visit,
    returnTo: string,
    typed: Pick<FormPage, 'refusal' | 'typedName'> = {},
  ): Promise<Page> {
    const csrfToken = toCsrfToken(sha256(visitOf(ports, visit)))
    const isEmpty = await isWithoutUsers(ports)
    return signInPage(
      { translator: visit.translator, csrfToken, ...typed },
      { returnTo, withProvider: ports.oidc !== undefined, isEmpty },
    )
  }
  return {
    // What somebody types who knows the hub's name alone.
    'GET /'({ response }) {
      response.redirect(303, '/account')
      return Promise.resolve()
    },
    async 'GET /sign-in'(visit) {
      sendPage(visit.response, await toPage(visit, toReturnPath(queryText(visit.request, 'return_to'))))
    },
    async 'POST /sign-in'(visit) {
      const { request, response, translator } = visit
      const cookie = ports.cookies.visit.read(request.headers.cookie)
      const field = await readOwnForm(ports, visit, { readForm, cookie })
      const to = toReturnPath(field('return_to'))
      const typed = { name: field('name'), password: field('password'), address: readClientAddress(request) }
      try {
        await enter(ports, visit, { user: await signIn(ports, typed), how: 'password', to })
      } catch (error) {
        if (!(error instanceof AffluentError) || error.rule.http >= 500) throw error
        setWait(response, error)
        const page = await toPage(visit, to, { refusal: translator.error(error), typedName: typed.name })
        sendPage(response, page, error.rule.http)
      }
    },
  }
}
