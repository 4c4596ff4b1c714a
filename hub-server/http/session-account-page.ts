import type { ApiKey } from '../../core/port/api-keys.ts'
import type { UserPrincipal } from '../access/principal.ts'
import type { OwnSession } from '../access/session-book.ts'
import type { Translator } from '../locales/translate.ts'
import { formField, formRefusal } from './form-field.ts'
import { html, renderPage, type Html, type Page } from './page.ts'
import { forPasswordManagers, newPassword, type FormPage } from './session-pages.ts'

/** Whose account it is, and what opens the hub in their name. */
export interface Account {
  readonly principal: UserPrincipal
  /** Of the hub's own; without one, the identity provider keeps it. */
  readonly hasPassword: boolean
  readonly sessions: readonly OwnSession[]
  readonly keys: readonly ApiKey[]
}

/** Who is signed in and where, the keys they made, the way out, and, for people with a password of the hub's own, its change. */
export function accountPage(page: FormPage, account: Account): Page {
  const { language, t } = page.translator
  const { principal, sessions, keys, hasPassword } = account
  const body = html`<h1>${t('pages:account.title')}</h1>
    <dl>
      <dt>${t('pages:account.name')}</dt>
      <dd>${principal.name}</dd>
      <dt>${t('pages:account.role')}</dt>
      <dd>${t(`pages:roles.${principal.role}`)}</dd>
    </dl>
    <p><a href="/reference">${t('pages:account.api')}</a></p>
    <form method="post" action="/sign-out">
      <input type="hidden" name="csrf_token" value="${page.csrfToken}" />
      <button class="second">${t('pages:account.sign_out')}</button>
    </form>
    ${sessionList(page, sessions)} ${keys.length > 0 && keyList(page, keys)}
    ${hasPassword && passwordForm(page, principal.name)}`
  return renderPage({ title: t('pages:account.title'), language, body })
}

function sessionList(page: FormPage, sessions: readonly OwnSession[]): Html {
  const { t } = page.translator
  const tell = toTeller(page.translator)
  const rows = sessions.map(
    ({ id, isThis, browser, network, createdAt, usedAt }) =>
      html`<li>
        <div id="s-${id}">
          <p>
            ${browser === '' ? t('pages:account.browser_unknown') : browser}
            ${isThis && html`<span class="tag good">${t('pages:account.this_one')}</span>`}
          </p>
          <p class="hint">
            ${network !== '' && html`${t('pages:account.network', { network })}<br />`}
            ${t('pages:account.since')} ${tell(createdAt)}<br />
            ${t('pages:account.used')} ${tell(usedAt)}
          </p>
        </div>
        ${!isThis && endForm(page, { action: `/account/sessions/${id}/end`, of: `s-${id}` })}
      </li>`,
  )
  return html`<h2>${t('pages:account.sessions')}</h2>
    <ul class="rows acts">
      ${rows}
    </ul>`
}

function keyList(page: FormPage, keys: readonly ApiKey[]): Html {
  const { t } = page.translator
  const tell = toTeller(page.translator)
  const rows = keys.map(
    ({ id, name, scopes, expiresAt, usedAt }) =>
      html`<li>
        <div id="k-${id}">
          <p>${name}</p>
          <p class="hint">
            ${scopes.map((scope) => html`<code>${scope}</code> `)}<br />
            ${usedAt === null ? t('pages:account.unused') : html`${t('pages:account.used')} ${tell(usedAt)}`}<br />
            ${t('pages:account.until')} ${tell(expiresAt)}
          </p>
        </div>
        ${endForm(page, { action: `/account/keys/${id}/end`, of: `k-${id}` })}
      </li>`,
  )
  return html`<h2>${t('pages:account.keys')}</h2>
    <p class="quiet">${t('pages:account.keys_intro')}</p>
    <ul class="rows acts">
      ${rows}
    </ul>`
}

/** A button that ends what the element named `of` describes. */
const endForm = (
  { translator, csrfToken }: FormPage,
  { action, of }: { readonly action: string; readonly of: string },
): Html =>
  html`<form method="post" action="${action}">
    <input type="hidden" name="csrf_token" value="${csrfToken}" />
    <button class="second" aria-describedby="${of}">${translator.t('pages:account.end')}</button>
  </form>`

function passwordForm({ translator, csrfToken, refusal }: FormPage, name: string): Html {
  const { t } = translator
  return html`<h2>${t('pages:account.change')}</h2>
    <p class="quiet">${t('pages:account.ends_others')}</p>
    ${formRefusal(refusal)}
    <form method="post" action="/account/password">
      <input type="hidden" name="csrf_token" value="${csrfToken}" />
      ${forPasswordManagers(name)}
      ${formField(
        {
          name: 'current',
          label: t('pages:account.current'),
          autocomplete: 'current-password',
          most: 1024,
        },
        refusal,
      )}
      ${formField({ ...newPassword(translator, 'password'), label: t('pages:account.new') }, refusal)}
      <button>${t('pages:account.submit')}</button>
    </form>`
}

/** Instants (epoch milliseconds) in the reader's language, in UTC, which is said: the hub does not know where they are. */
function toTeller({ language }: Translator): (instant: number) => Html {
  const format = new Intl.DateTimeFormat(language, {
    dateStyle: 'medium',
    timeStyle: 'short',
    timeZone: 'UTC',
  })
  return (instant) =>
    html`<time datetime="${new Date(instant).toISOString()}">${format.format(instant)} UTC</time>`
}
