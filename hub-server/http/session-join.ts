import { AffluentError } from '../../core/errors/affluent-error.ts'
import { toCsrfToken } from '../access/csrf-token.ts'
import { toReturnPath } from '../access/return-path.ts'
import { findLink, redeemLink } from '../access/sign-in.ts'
import { sha256 } from '../store/sha256.ts'
import { readClientAddress } from './client-address.ts'
import { sendPage, type Page } from './page.ts'
import type { FormReader } from './read-form.ts'
import { joinPage, type FormPage } from './session-pages.ts'
import { enter, readOwnForm, visitOf, type Handle, type SessionPorts, type Visit } from './session-visit.ts'

/** The page behind a one-time link, and its form. */
export function joinHandlers(ports: SessionPorts, readForm: FormReader): Record<string, Handle> {
  async function toPage(visit: Visit, refusal?: FormPage['refusal']): Promise<Page> {
    const token = tokenOf(visit)
    const { user } = await findLink(ports, token)
    const csrfToken = toCsrfToken(sha256(visitOf(ports, visit)))
    return joinPage({ translator: visit.translator, csrfToken, refusal }, { path: `/join/${token}`, user })
  }
  return {
    async 'GET /join/{token}'(visit) {
      await ports.limit.takeFrom(readClientAddress(visit.request))
      sendPage(visit.response, await toPage(visit))
    },
    async 'POST /join/{token}'(visit) {
      const { request, response, translator } = visit
      await ports.limit.takeFrom(readClientAddress(request))
      const cookie = ports.cookies.visit.read(request.headers.cookie)
      const field = await readOwnForm(ports, visit, { readForm, cookie })
      const refuse = async (refusal: FormPage['refusal'], status: number): Promise<void> =>
        sendPage(response, await toPage(visit, refusal), status)
      if (field('password') !== field('again')) {
        const title = translator.t('pages:join.differ')
        return refuse({ title, repair: '' }, 400)
      }
      try {
        const chosen = { name: field('name'), password: field('password') }
        const user = await redeemLink(ports, tokenOf(visit), chosen)
        await enter(ports, visit, { user, how: 'link', to: toReturnPath(undefined) })
      } catch (error) {
        if (!(error instanceof AffluentError) || error.code === 'access.link_unusable') throw error
        await refuse(translator.error(error), error.rule.http)
      }
    },
  }
}

function tokenOf({ request }: Visit): string {
  const token = request.params['token']
  return typeof token === 'string' ? token : ''
}
