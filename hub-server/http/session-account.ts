import { AffluentError } from '../../core/errors/affluent-error.ts'
import type { User } from '../../core/port/access-store.ts'
import { listOwnKeys } from '../access/api-key-book.ts'
import { toCsrfToken } from '../access/csrf-token.ts'
import { changePassword } from '../access/people.ts'
import type { UserPrincipal } from '../access/principal.ts'
import { proveByPassword } from '../access/prove-again.ts'
import { toReturnPath } from '../access/return-path.ts'
import type { Translator } from '../locales/translate.ts'
import { readClientAddress } from './client-address.ts'
import type { Refusal } from './form-field.ts'
import { sendPage, type Page } from './page.ts'
import type { FormReader } from './read-form.ts'
import { accountPage } from './session-account-page.ts'
import type { FormPage } from './session-pages.ts'
import {
  enter,
  findVisitor,
  readOwnForm,
  type Handle,
  type SessionPorts,
  type Visit,
} from './session-visit.ts'

/** The own account, the change of its password, and the way out. */
export function accountHandlers(ports: SessionPorts, readForm: FormReader): Record<string, Handle> {
  const { control, sessions, cookies } = ports
  async function toPage(
    visit: Visit,
    principal: UserPrincipal,
    refusal?: FormPage['refusal'],
  ): Promise<Page> {
    const csrfToken = toCsrfToken(principal.session)
    const account = {
      principal,
      hasPassword: (await control.passwordHash(principal.id)) !== undefined,
      sessions: await sessions.list(principal),
      keys: await listOwnKeys(ports, principal),
    }
    return accountPage({ translator: visit.translator, csrfToken, refusal }, account)
  }
  async function readMine(visit: Visit): Promise<(field: string) => string> {
    const cookie = cookies.session.read(visit.request.headers.cookie)
    return readOwnForm(ports, visit, { readForm, cookie })
  }
  return {
    async 'GET /account'(visit) {
      const principal = await findVisitor(ports, visit)
      if (principal) sendPage(visit.response, await toPage(visit, principal))
    },
    async 'POST /account/password'(visit) {
      const field = await readMine(visit)
      const principal = await findVisitor(ports, visit)
      if (!principal) return
      const typed = { current: field('current'), wanted: field('password') }
      try {
        const user = await exchangePassword(ports, visit, principal, typed)
        await enter(ports, visit, { user, how: 'password', to: toReturnPath(undefined) })
      } catch (error) {
        if (!(error instanceof AffluentError)) throw error
        const page = await toPage(visit, principal, toRefusal(error, visit.translator))
        sendPage(visit.response, page, error.rule.http)
      }
    },
    async 'POST /sign-out'(visit) {
      await readMine(visit)
      const principal = await findVisitor(ports, visit)
      if (!principal) return
      await sessions.end(principal, 'signed_out')
      visit.response.append('Set-Cookie', cookies.session.clear())
      visit.response.redirect(303, '/sign-in')
    },
  }
}

/** Both ways of a wrong password are told beside the field that they are about. */
function toRefusal(error: AffluentError, translator: Translator): Refusal {
  const { code } = error
  const words = (part: 'title' | 'repair'): string => translator.t(`pages:account.wrong.${part}`)
  if (code === 'access.sign_in_refused')
    return { title: words('title'), repair: words('repair'), field: 'current' }
  return { ...translator.error(error), ...(code === 'access.password_weak' && { field: 'password' }) }
}

/** Sets a new password when the current one is shown: an open session alone is not enough. */
async function exchangePassword(
  ports: SessionPorts,
  { request }: Visit,
  principal: UserPrincipal,
  typed: { readonly current: string; readonly wanted: string },
): Promise<User> {
  const user = await proveByPassword(ports, { principal, address: readClientAddress(request) }, typed.current)
  await changePassword(ports, user, typed.wanted)
  return user
}
