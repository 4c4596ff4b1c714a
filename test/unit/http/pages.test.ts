/** What every page of the hub keeps to, in both languages: it is read by people, by their tools, and by nobody's script. */
import { describe, expect, it } from 'vitest'
import { AffluentError } from '../../../core/errors/affluent-error.ts'
import type { User } from '../../../core/port/access-store.ts'
import { personPageBody } from '../../../hub-server/canvas/person-page.ts'
import type { PersonCard } from '../../../hub-server/cards/person-card.ts'
import { pageStyle } from '../../../hub-server/http/page-style.ts'
import { renderPage, type Page } from '../../../hub-server/http/page.ts'
import { renderReference } from '../../../hub-server/http/reference-page.ts'
import { refusedPage } from '../../../hub-server/http/refused-page.ts'
import { requestPage } from '../../../hub-server/http/request-page.ts'
import { accountPage } from '../../../hub-server/http/session-account-page.ts'
import { joinPage, provePage, signInPage } from '../../../hub-server/http/session-pages.ts'
import { authorizedPage } from '../../../hub-server/install/authorized-page.ts'
import { leavingPage, startPage } from '../../../hub-server/install/start-page.ts'
import { createTranslator, languages, type Translator } from '../../../hub-server/locales/translate.ts'

const platform = 'https://login.salesforce.com/authorize'

const user: User = {
  id: 'u1',
  name: 'Zoé',
  email: null,
  role: 'operator',
  state: 'invited',
  identity: null,
  createdAt: 0,
  createdBy: 'user:Ada',
}
const principal = {
  kind: 'user',
  id: 'u1',
  name: 'Zoé',
  role: 'admin',
  session: 's',
  isProven: true,
} as const
const card: PersonCard = {
  language: 'en',
  profileId: 'p_1',
  segments: [{ name: 's', title: 'Paris', since: '2026-11-01T08:00:00.000Z', because: 'city = Paris' }],
  consents: [
    {
      purpose: 'newsletter',
      channel: 'email',
      status: 'denied',
      statusText: 'denied',
      decidedAt: null,
      source: 'crm/contacts',
    },
  ],
  audiences: [{ sync: 's', connection: 'meta', audience: 'Buyers', isIn: false, because: 'no consent' }],
}

const wrong = (field?: string) => ({
  title: 'it is wrong',
  repair: 'Mend it.',
  ...(field !== undefined && { field }),
})

const session = {
  id: 'a',
  isThis: true,
  createdAt: 0,
  usedAt: 1,
  browser: 'Samsung Internet, Android',
  network: '2001:db8:1234::/48',
}
const key = {
  id: 'c',
  name: 'nightly',
  scopes: ['runs:read', 'syncs:run'],
  createdAt: 0,
  createdBy: 'user:Zoé',
  expiresAt: 1,
  usedAt: null,
  revokedAt: null,
}

/** Every page, with what makes it longest. */
function pagesIn(translator: Translator): Readonly<Record<string, Page>> {
  const form = { translator, csrfToken: 'c' }
  const toPerson = (shown: PersonCard | undefined): Page =>
    renderPage({
      title: 'Affluent',
      language: translator.language,
      body: personPageBody(shown, true, translator),
      layout: 'embedded',
    })
  const signIn = { returnTo: '/account', withProvider: true, isEmpty: true }
  return {
    'sign-in': signInPage({ ...form, refusal: wrong(), typedName: 'Zoé' }, signIn),
    'first administrator': joinPage(
      { ...form, refusal: wrong('name') },
      { path: '/join/t', user: undefined },
    ),
    invitation: joinPage({ ...form, refusal: wrong('again') }, { path: '/join/t', user }),
    account: accountPage(
      { ...form, refusal: wrong('current') },
      {
        principal,
        hasPassword: true,
        sessions: [session, { ...session, id: 'b', isThis: false }],
        keys: [key],
      },
    ),
    proof: provePage(
      { ...form, refusal: wrong() },
      { name: 'Zoé', returnTo: '/account', hasPassword: true, withProvider: true },
    ),
    'account to be connected': startPage(translator, {
      connection: 'crm',
      host: 'login.salesforce.com',
      scopes: ['api'],
      path: '/install/token',
      csrfToken: 'token',
    }),
    'on the way to a platform': leavingPage(translator, `${platform}?state=x&y=z`),
    'account connected': authorizedPage(translator, {
      connection: 'crm',
      granted: ['api'],
      missing: ['refresh'],
    }),
    refusal: refusedPage(translator, new AffluentError('install.link_unusable')),
    'unknown address': refusedPage(translator, new AffluentError('api.route_unknown')),
    request: requestPage(translator, false),
    reference: renderReference(translator),
    person: toPerson(card),
    'unknown person': toPerson(undefined),
  }
}

const cases = languages.flatMap((language) =>
  Object.entries(pagesIn(createTranslator(language))).map(([name, page]) => ({ language, name, page })),
)

const tags = (text: string, name: string): string[] => text.match(new RegExp(`<${name}\\b[^>]*>`, 'g')) ?? []
const attribute = (tag: string, name: string): string | undefined =>
  new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1]

describe.each(cases)('the page "$name" in $language', ({ language, page: { headers, text } }) => {
  it('says its language, its title and its one heading, in one main part', () => {
    expect(text).toContain(`<html lang="${language}">`)
    expect(headers['Content-Language']).toBe(language)
    expect(/<title>([^<]+)<\/title>/.exec(text)?.[1]).toContain('Affluent')
    expect([tags(text, 'h1').length, tags(text, 'main').length]).toEqual([1, 1])
    expect(text).not.toMatch(/pages:|api:|undefined|\[object/)
  })

  it('runs, loads and styles nothing beside its own style', () => {
    expect(text).not.toMatch(/<script|<link|<img|<iframe|\sstyle=|\son\w+=|javascript:/)
    expect(tags(text, 'style')).toHaveLength(1)
    expect(headers['Content-Security-Policy']).toMatch(/^default-src 'none'; style-src 'nonce-[^']+'; /)
  })

  it('ties a label to each field, and its faults and hints too', () => {
    const ids = new Set([...text.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id))
    const labels = tags(text, 'label').map((tag) => attribute(tag, 'for'))
    const fields = tags(text, 'input').filter((tag) => !/type="hidden"|\shidden\b/.test(tag))
    expect(labels).toEqual(fields.map((tag) => attribute(tag, 'id')))
    for (const tag of fields) {
      expect(attribute(tag, 'autocomplete')).toMatch(/^(?:username|(?:current|new)-password)$/)
      for (const id of attribute(tag, 'aria-describedby')?.split(' ') ?? []) expect(ids).toContain(id)
    }
    const wrongIds = fields.filter((tag) => /aria-invalid/.test(tag)).map((tag) => attribute(tag, 'id'))
    const told = [...text.matchAll(/id="(\w+)-fault">It is wrong\. Mend it\./g)].map(([, id]) => id)
    expect(told).toEqual(wrongIds)
    expect(tags(text, 'input').filter((tag) => /\sautofocus\b/.test(tag)).length).toBeLessThan(2)
  })

  it('leads with its links to places that are there', () => {
    const ids = new Set([...text.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => `#${id}`))
    const inner = tags(text, 'a').map((tag) => attribute(tag, 'href') ?? '')
    for (const href of inner.filter((each) => each.startsWith('#'))) expect(ids).toContain(href)
    expect(
      new Set(inner.filter((each) => !each.startsWith('#')).map((each) => each.split('?')[0])),
    ).toSatisfy((paths: Set<string>) =>
      paths.isSubsetOf(
        new Set(['/account', '/reference', '/v1/openapi.json', '/sign-in/oidc', '/prove/oidc', platform]),
      ),
    )
  })
})

/** Of a colour, as WCAG 2.2 defines it. */
const luminance = (hex: string): number => {
  const full = hex.length === 3 ? hex.replace(/./g, '$&$&') : hex
  const [red = 0, green = 0, blue = 0] = [0, 2, 4].map((at) => {
    const part = Number.parseInt(full.slice(at, at + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

describe('the colours of the pages', () => {
  const schemes = [...pageStyle.matchAll(/:root \{([^}]*)\}/g)].map(
    ([, body = '']) =>
      new Map([...body.matchAll(/--([\w-]+): #(\w+);/g)].map(([, name, hex]) => [name, hex])),
  )
  const contrast = (scheme: (typeof schemes)[number], one: string, other: string): number => {
    const [dark = 0, light = 0] = [one, other]
      .map((name) => luminance(scheme.get(name) ?? ''))
      .sort((a, b) => a - b)
    return (light + 0.05) / (dark + 0.05)
  }
  const texts = [
    ['ink', 'surface'],
    ['ink', 'ground'],
    ['quiet', 'surface'],
    ['quiet', 'ground'],
    ['accent', 'surface'],
    ['accent', 'ground'],
    ['on-accent', 'accent'],
    ['bad', 'surface'],
    ['bad', 'bad-ground'],
    ['ink', 'bad-ground'],
    ['ink', 'good-ground'],
    ['good', 'good-ground'],
  ] as const

  it.each(texts)('%s on %s can be read by day and by night (4.5 to 1)', (text, ground) => {
    expect(schemes).toHaveLength(2)
    for (const scheme of schemes) expect(contrast(scheme, text, ground)).toBeGreaterThanOrEqual(4.5)
  })

  it('borders of fields stand out (3 to 1)', () => {
    for (const scheme of schemes) expect(contrast(scheme, 'edge', 'surface')).toBeGreaterThanOrEqual(3)
  })
})
