import type { AffluentError } from '../../core/errors/affluent-error.ts'
import type { ErrorCode } from '../../core/errors/error-codes.ts'
import type { Translator } from '../locales/translate.ts'
import { capital } from './form-field.ts'
import { html, renderPage, type Page } from './page.ts'

/** Errors whose own words tell a program what to do: somebody at a browser is told something else. */
const wordsForPeople: Partial<Readonly<Record<ErrorCode, string>>> = {
  'api.route_unknown': 'not_found',
  'api.object_unknown': 'not_found',
  'api.method_not_allowed': 'not_found',
  'api.not_allowed': 'not_allowed',
  'api.webhook_refused': 'not_shown',
  'access.csrf_refused': 'stale',
  'internal.unexpected': 'failed',
  'access.provider_unusable': 'no_provider',
}

/** What is shown when a page cannot be: what happened, what to do, and the way back. */
export function refusedPage(translator: Translator, { code, params }: AffluentError): Page {
  const { language, t } = translator
  const words = wordsForPeople[code]
  // What the hub was about to do means nothing to whoever opened a page.
  const { act: _act, ...told } = params
  const { title, repair } =
    words === undefined
      ? translator.error({ code, params: told })
      : { title: t(`pages:refused.${words}.title`), repair: t(`pages:refused.${words}.repair`) }
  const body = html`<h1>${capital(title)}</h1>
    <p>${repair}</p>
    <p><a href="/account">${t('pages:refused.back')}</a></p>`
  return renderPage({ title: capital(title), language, body })
}
