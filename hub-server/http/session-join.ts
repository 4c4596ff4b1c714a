import { AffluentError } from '../../core/errors/affluent-error.ts'
import { toCsrfToken } from '../access/csrf-token.ts'
import { toReturnPath } from '../access/return-path.ts'
import { findLink, redeemLink } from '../access/sign-in.ts'
import type { Translator } from '../locales/translate.ts'
import { sha256 } from '../store/sha256.ts'
import { readClientAddress } from './client-address.ts'
import type { Refusal } from './form-field.ts'
import { sendPage, type Page } from './page.ts'
import type { FormReader } from './read-form.ts'
import { joinPage, type FormPage } from './session-pages.ts'
import { enter, readOwnForm, visitOf, type Handle, type SessionPorts, type Visit } from './session-visit.ts'

/** The page behind a one-time link, and its form. */
export function joinHandlers(ports: SessionPorts, readForm: FormReader): Record<string, Handle> {
  async function toPage(visit: Visit, typed: Pick<FormPage, 'refusal' | 'typedName'> = {}): Promise<Page> {
    const token = tokenOf(visit)
    const { user } = await findLink(ports, token)
    const csrfToken = toCsrfToken(sha256(visitOf(ports, visit)))
    return joinPage({ translator: visit.translator, csrfToken, ...typed }, { path: `/join/${token}`, user })
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
        sendPage(response, await toPage(visit, { refusal, typedName: field('name') }), status)
      if (field('password') !== field('again')) return refuse({ ...differ(translator), field: 'again' }, 400)
      try {
        const chosen = { name: field('name'), password: field('password') }
        const user = await redeemLink(ports, tokenOf(visit), chosen)
        await enter(ports, visit, { user, how: 'link', to: toReturnPath(undefined) })
      } catch (error) {
        if (!(error instanceof AffluentError) || error.code === 'access.link_unusable') throw error
        await refuse({ ...translator.error(error), ...fieldOf(error) }, error.rule.http)
      }
    },
  }
}

const differ = ({ t }: Translator): Pick<Refusal, 'title' | 'repair'> => ({
  title: t('pages:join.differ.title'),
  repair: t('pages:join.differ.repair'),
})

/** The field that an error is about. */
function fieldOf({ code }: AffluentError): Pick<Refusal, 'field'> {
  if (code === 'access.name_unusable') return { field: 'name' }
  return code === 'access.password_weak' ? { field: 'password' } : {}
}

function tokenOf({ request }: Visit): string {
  const token = request.params['token']
  return typeof token === 'string' ? token : ''
}
