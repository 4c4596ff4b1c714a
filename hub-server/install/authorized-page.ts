import { html, renderPage, type Html, type Page } from '../http/page.ts'
import type { Translator } from '../locales/translate.ts'
import type { Authorized } from './authorize-connection.ts'

/** What whoever authorised an account sees in the end: what was given, what was not, and what to do next. */
export function authorizedPage(
  { language, t }: Translator,
  { connection, granted, missing }: Authorized,
): Page {
  const title = t(missing.length > 0 ? 'pages:authorized.title_missing' : 'pages:authorized.title')
  const lacking = html`<div class="notice bad" role="alert">
    <p>${t('pages:authorized.missing')}</p>
    ${scopes(missing)}
  </div>`
  const given = html`<details>
    <summary>${t('pages:authorized.granted', { count: granted.length })}</summary>
    ${scopes(granted)}
  </details>`
  const body = html`<h1>${title}</h1>
    <p class="notice good">${t('pages:authorized.done', { connection })}</p>
    ${missing.length > 0 && lacking} ${granted.length > 0 && given}
    <p>${t('pages:authorized.next')} <code>affluent connections test ${connection}</code></p>`
  return renderPage({ title, language, body })
}

/** A list of permissions, in the platform's words. */
const scopes = (names: readonly string[]): Html =>
  html`<ul>
    ${names.map((scope) => html`<li><code>${scope}</code></li>`)}
  </ul>`
