import { html, renderPage, type Page } from '../http/page.ts'
import type { Translator } from '../locales/translate.ts'
import type { AuthorizationGoal } from './authorize-connection.ts'

interface StartPage extends AuthorizationGoal {
  /** Of the link: the form goes where the page came from. */
  readonly path: string
  readonly csrfToken: string
}

/** What stands behind a link to authorise an account: what will happen, and the button that lets it. */
export function startPage(
  { language, t }: Translator,
  { connection, host, scopes, path, csrfToken }: StartPage,
): Page {
  const title = t('pages:authorize.title')
  const asked = html`<details>
    <summary>${t('pages:authorize.asked', { count: scopes.length })}</summary>
    <ul>
      ${scopes.map((scope) => html`<li><code>${scope}</code></li>`)}
    </ul>
  </details>`
  const body = html`<h1>${title}</h1>
    <p>${t('pages:authorize.what', { connection, host })}</p>
    ${scopes.length > 0 && asked}
    <p>${t('pages:authorize.once')}</p>
    <form method="post" action="${path}">
      <input type="hidden" name="csrf_token" value="${csrfToken}" />
      <button>${t('pages:authorize.submit')}</button>
    </form>`
  return renderPage({ title, language, body })
}

/**
 * Sends the browser on. Not a redirect: platforms redirect among hosts of theirs, and browsers hold every one of them against the
 * `form-action` of the page whose form began it (https://www.w3.org/TR/CSP3/#directive-form-action).
 */
export function leavingPage({ language, t }: Translator, address: string): Page {
  const title = t('pages:authorize.leaving')
  const body = html`<h1>${title}</h1>
    <p><a class="button" href="${address}">${t('pages:authorize.submit')}</a></p>`
  const page = renderPage({ title, language, body })
  // Where the browser comes from is nobody's business: the address of this page holds a secret.
  return {
    ...page,
    headers: { ...page.headers, Refresh: `0; url=${address}`, 'Referrer-Policy': 'no-referrer' },
  }
}
