import type { Translator } from '../locales/translate.ts'
import { html, renderPage, type Page } from './page.ts'

/** What became of a request for erasure, for whoever made it at a platform and was given this address. */
export function requestPage({ language, t }: Translator, isDone: boolean): Page {
  const title = t('pages:request.title')
  const body = html`<h1>${title}</h1>
    <p class="notice ${isDone ? 'good' : ''}">
      ${t(isDone ? 'pages:request.done' : 'pages:request.under_way')}
    </p>
    ${!isDone && html`<p class="quiet">${t('pages:request.keep')}</p>`}`
  return renderPage({ title, language, body })
}
