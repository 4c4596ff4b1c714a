import type { User } from '../../core/port/access-store.ts'
import type { Translator } from '../locales/translate.ts'
import { formField, formRefusal, type FormField, type Refusal } from './form-field.ts'
import { html, renderPage, type Html, type Page } from './page.ts'

/** What every page with a form is made with. */
export interface FormPage {
  readonly translator: Translator
  /** Sent back with the form. */
  readonly csrfToken: string
  readonly refusal?: Refusal | undefined
  /** The name as it was typed, to be corrected. */
  readonly typedName?: string | undefined
}

/** The sign-in page. `withProvider`: there is single sign-on; `isEmpty`: nobody can sign in yet. */
export function signInPage(
  { translator, csrfToken, refusal, typedName }: FormPage,
  about: { readonly returnTo: string; readonly withProvider: boolean; readonly isEmpty: boolean },
): Page {
  const { language, t } = translator
  const query = new URLSearchParams({ return_to: about.returnTo })
  const body = html`<h1>${t('pages:sign_in.title')}</h1>
    ${about.isEmpty && html`<p class="notice">${t('pages:sign_in.none_yet')} <code>affluent access link</code></p>`}
    ${formRefusal(refusal)}
    ${
      about.withProvider &&
      html`<p>
        <a class="button second" href="/sign-in/oidc?${query.toString()}"
          >${t('pages:sign_in.with_provider')}</a
        >
      </p>`
    }
    <form method="post" action="/sign-in">
      <input type="hidden" name="csrf_token" value="${csrfToken}" />
      <input type="hidden" name="return_to" value="${about.returnTo}" />
      ${formField({
        name: 'name',
        label: t('pages:sign_in.name'),
        autocomplete: 'username',
        most: 128,
        value: typedName,
        isFirst: true,
      })}
      ${formField({
        name: 'password',
        label: t('pages:sign_in.password'),
        autocomplete: 'current-password',
        most: 1024,
      })}
      <button>${t('pages:sign_in.submit')}</button>
    </form>`
  return renderPage({ title: t('pages:sign_in.title'), language, body })
}

/** The page behind a one-time link. Without a user it makes an administrator, who chooses a name. */
export function joinPage(
  { translator, csrfToken, refusal, typedName }: FormPage,
  { path, user }: { readonly path: string; readonly user: User | undefined },
): Page {
  const { language, t } = translator
  const title = t(user ? 'pages:join.title' : 'pages:join.first_title')
  const intro = user
    ? t('pages:join.invited', { name: user.name, role: t(`pages:roles.${user.role}`) })
    : t('pages:join.first')
  const chosenName = formField(
    {
      name: 'name',
      label: t('pages:join.name'),
      hint: t('pages:join.name_hint'),
      autocomplete: 'username',
      most: 64,
      value: typedName,
      isFirst: true,
    },
    refusal,
  )
  const body = html`<h1>${title}</h1>
    <p>${intro}</p>
    ${formRefusal(refusal)}
    <form method="post" action="${path}">
      <input type="hidden" name="csrf_token" value="${csrfToken}" />
      ${user ? html`<input type="hidden" name="name" value="${user.name}" autocomplete="username" />` : chosenName}
      ${formField({ ...newPassword(translator, 'password'), label: t('pages:join.password') }, refusal)}
      ${formField({ name: 'again', label: t('pages:join.again'), autocomplete: 'new-password', most: 256 }, refusal)}
      <button>${t('pages:join.submit')}</button>
    </form>`
  return renderPage({ title, language, body })
}

/** Tells password managers whose password it is. */
export const forPasswordManagers = (name: string): Html =>
  html`<input type="text" name="username" value="${name}" autocomplete="username" hidden />`

/** The field of a new password, but for its label. */
export const newPassword = ({ t }: Translator, name: string): Omit<FormField, 'label'> => ({
  name,
  hint: t('pages:join.password_hint'),
  autocomplete: 'new-password',
  least: 12,
  most: 256,
})

/** Where somebody who is signed in proves once more that it is them. `hasPassword`: by it; `withProvider`: by single sign-on. */
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
  const byPassword = html`<form method="post" action="/prove">
    <input type="hidden" name="csrf_token" value="${csrfToken}" />
    ${forPasswordManagers(about.name)}
    <input type="hidden" name="return_to" value="${about.returnTo}" />
    ${formField({
      name: 'password',
      label: t('pages:prove.password'),
      autocomplete: 'current-password',
      most: 1024,
      isFirst: true,
    })}
    <button>${t('pages:prove.submit')}</button>
  </form>`
  const body = html`<h1>${t('pages:prove.title')}</h1>
    <p>${t('pages:prove.intro', { name: about.name })}</p>
    ${formRefusal(refusal)}
    ${
      about.withProvider &&
      html`<p>
        <a class="button second" href="/prove/oidc?${query.toString()}">${t('pages:prove.with_provider')}</a>
      </p>`
    }
    ${about.hasPassword && byPassword}
    ${!about.hasPassword && !about.withProvider && html`<p class="notice">${t('pages:prove.no_way')}</p>`}`
  return renderPage({ title: t('pages:prove.title'), language, body })
}
