import type { User } from '../../core/port/access-store.ts'
import type { UserPrincipal } from '../access/principal.ts'
import type { Translator } from '../locales/translate.ts'
import { html, renderPage, type Html, type Page } from './page.ts'

/** What a page repeats when something did not fit. */
interface Refusal {
  readonly title: string
  readonly repair: string
}

/** What every page with a form is made with. */
export interface FormPage {
  readonly translator: Translator
  /** Sent back with the form. */
  readonly csrfToken: string
  readonly refusal?: Refusal | undefined
}

/** The sign-in page. `withProvider`: there is single sign-on; `isEmpty`: nobody can sign in yet. */
export function signInPage(
  { translator, csrfToken, refusal }: FormPage,
  about: { readonly returnTo: string; readonly withProvider: boolean; readonly isEmpty: boolean },
): Page {
  const { language, t } = translator
  const query = new URLSearchParams({ return_to: about.returnTo })
  const body = html`<h1>${t('pages:sign_in.title')}</h1>
    ${about.isEmpty && html`<p>${t('pages:sign_in.none_yet')}</p>`} ${showRefusal(refusal)}
    <form method="post" action="/sign-in">
      <input type="hidden" name="csrf_token" value="${csrfToken}" />
      <input type="hidden" name="return_to" value="${about.returnTo}" />
      <label for="name">${t('pages:sign_in.name')}</label>
      <input
        id="name"
        name="name"
        required
        maxlength="128"
        autocomplete="username"
        autocapitalize="none"
        spellcheck="false"
      />
      <label for="password">${t('pages:sign_in.password')}</label>
      <input
        id="password"
        name="password"
        type="password"
        required
        maxlength="1024"
        autocomplete="current-password"
      />
      <button>${t('pages:sign_in.submit')}</button>
    </form>
    ${about.withProvider && html`<p><a class="button" href="/sign-in/oidc?${query.toString()}">${t('pages:sign_in.with_provider')}</a></p>`}`
  return renderPage({ title: t('pages:sign_in.title'), language, body })
}

/** The page behind a one-time link. Without a user it makes an administrator, who chooses a name. */
export function joinPage(
  { translator, csrfToken, refusal }: FormPage,
  { path, user }: { readonly path: string; readonly user: User | undefined },
): Page {
  const { language, t } = translator
  const intro = user
    ? t('pages:join.invited', { name: user.name, role: t(`pages:roles.${user.role}`) })
    : t('pages:join.first')
  const body = html`<h1>${t('pages:join.title')}</h1>
    <p>${intro}</p>
    ${showRefusal(refusal)}
    <form method="post" action="${path}">
      <input type="hidden" name="csrf_token" value="${csrfToken}" />
      ${
        user
          ? html`<input type="hidden" name="name" value="${user.name}" autocomplete="username" />`
          : html`<label for="name">${t('pages:join.name')}</label>
              <input
                id="name"
                name="name"
                required
                maxlength="64"
                autocomplete="username"
                spellcheck="false"
                aria-describedby="name-hint"
              />
              <p class="hint" id="name-hint">${t('pages:join.name_hint')}</p>`
      }
      ${newPassword(t('pages:join.password'), t('pages:join.password_hint'))}
      <label for="again">${t('pages:join.again')}</label>
      <input id="again" name="again" type="password" required maxlength="256" autocomplete="new-password" />
      <button>${t('pages:join.submit')}</button>
    </form>`
  return renderPage({ title: t('pages:join.title'), language, body })
}

/** Where somebody who is signed in proves once more that it is them: by their password, at the identity provider, or by either. */
export function provePage(
  { translator, csrfToken, refusal }: FormPage,
  about: {
    readonly name: string
    readonly returnTo: string
    readonly hasPassword: boolean
    readonly withProvider: boolean
  },
): Page {
  const { language, t } = translator
  const query = new URLSearchParams({ return_to: about.returnTo })
  const form = html`<form method="post" action="/prove">
    <input type="hidden" name="csrf_token" value="${csrfToken}" />
    <input type="hidden" name="return_to" value="${about.returnTo}" />
    <label for="password">${t('pages:prove.password')}</label>
    <input
      id="password"
      name="password"
      type="password"
      required
      maxlength="1024"
      autocomplete="current-password"
    />
    <button>${t('pages:prove.submit')}</button>
  </form>`
  const body = html`<h1>${t('pages:prove.title')}</h1>
    <p>${t('pages:prove.intro', { name: about.name })}</p>
    ${showRefusal(refusal)} ${about.hasPassword && form}
    ${about.withProvider && html`<p><a class="button" href="/prove/oidc?${query.toString()}">${t('pages:prove.with_provider')}</a></p>`}
    ${!about.hasPassword && !about.withProvider && html`<p>${t('pages:prove.no_way')}</p>`}`
  return renderPage({ title: t('pages:prove.title'), language, body })
}

/** Who is signed in, the way out, and, for people with a password of the hub's own, its change. */
export function accountPage(
  { translator, csrfToken, refusal }: FormPage,
  { principal, hasPassword }: { readonly principal: UserPrincipal; readonly hasPassword: boolean },
): Page {
  const { language, t } = translator
  const change = html`<h2>${t('pages:account.change')}</h2>
    <form method="post" action="/account/password">
      <input type="hidden" name="csrf_token" value="${csrfToken}" />
      <label for="current">${t('pages:account.current')}</label>
      <input
        id="current"
        name="current"
        type="password"
        required
        maxlength="1024"
        autocomplete="current-password"
      />
      ${newPassword(t('pages:account.new'), t('pages:join.password_hint'))}
      <button>${t('pages:account.submit')}</button>
    </form>`
  const body = html`<h1>${t('pages:account.title')}</h1>
    <p>
      ${t('pages:account.signed_in', { name: principal.name })}
      ${t('pages:account.role', { role: t(`pages:roles.${principal.role}`) })}
    </p>
    <p>${t('pages:account.api')}</p>
    ${showRefusal(refusal)}
    <form method="post" action="/sign-out">
      <input type="hidden" name="csrf_token" value="${csrfToken}" />
      <button>${t('pages:account.sign_out')}</button>
    </form>
    ${hasPassword && change}`
  return renderPage({ title: t('pages:account.title'), language, body })
}

/** What is shown when a page cannot be: what failed, what to do, and the way to the sign-in page. */
export function refusedPage(translator: Translator, refusal: Refusal): Page {
  const { language, t } = translator
  const body = html`<h1>${t('pages:refused.title')}</h1>
    ${showRefusal(refusal)}
    <p><a href="/sign-in">${t('pages:refused.back')}</a></p>`
  return renderPage({ title: t('pages:refused.title'), language, body })
}

function newPassword(label: string, hint: string): Html {
  return html`<label for="password">${label}</label>
    <input
      id="password"
      name="password"
      type="password"
      required
      minlength="12"
      maxlength="256"
      autocomplete="new-password"
      aria-describedby="password-hint"
    />
    <p class="hint" id="password-hint">${hint}</p>`
}

const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1)

function showRefusal(refusal: Refusal | undefined): Html | undefined {
  return refusal && html`<p role="alert">${capital(refusal.title)}. ${refusal.repair}</p>`
}
