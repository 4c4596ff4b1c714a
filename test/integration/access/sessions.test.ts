import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createToken } from '../../../hub-server/access/token.ts'
import { allContracts } from '../../../hub-server/api/contract/all-contracts.ts'
import { sessionRoutes } from '../../../hub-server/http/session-routes.ts'
import { aBrowser, hiddenFields, type Browser } from '../../support/a-browser.ts'
import { anAccessHub, localToken, password, type AccessHub } from '../../support/an-access-hub.ts'
import { reportFigure } from '../../support/report-figure.ts'
import { examplePath, stubRoute } from '../../support/stub-route.ts'

let hub: AccessHub
beforeEach(async () => {
  hub = await anAccessHub()
})
afterEach(() => hub.close())

const minuteMs = 60_000
const cookieName = 'affluent-session'

async function signedIn(name = 'Ada', userAgent?: string): Promise<Browser> {
  const browser = aBrowser(hub.server.url, userAgent)
  const answer = await browser.fill('/sign-in', '/sign-in', { name, password })
  expect(answer.status).toBe(303)
  return browser
}

/** A page without what is new each time. */
const bare = (text: string): string => text.replace(/nonce="[^"]*"|nonce-[^']*/g, '')

const statusOf = async (browser: Browser): Promise<number> => (await browser.get('/v1/session')).status

/** Headers of requests that another site makes a browser send, or could. */
const attacksWith = (csrf: string): Readonly<Record<string, Readonly<Record<string, string>>>> => ({
  'no token': {},
  'wrong token': { 'x-csrf-token': 'f'.repeat(64) },
  'an empty token': { 'x-csrf-token': '' },
  'the token, from another origin': { 'x-csrf-token': csrf, origin: 'https://evil.example' },
  'the token, from an origin that is hidden': { 'x-csrf-token': csrf, origin: 'null' },
  'the token, from another port': { 'x-csrf-token': csrf, origin: 'http://127.0.0.1:1' },
  'the token, cross-site': { 'x-csrf-token': csrf, 'sec-fetch-site': 'cross-site' },
  'the token, from a neighbour': { 'x-csrf-token': csrf, 'sec-fetch-site': 'same-site' },
  'JSON as plain text': { 'content-type': 'text/plain' },
})

/** Fields and headers of forms that stand on another site. */
const formAttacksWith = (
  csrf: string,
): readonly (readonly [Readonly<Record<string, string>>, Readonly<Record<string, string>>])[] => [
  [{}, {}],
  [{ csrf_token: 'f'.repeat(64) }, {}],
  [{ csrf_token: csrf }, { origin: 'https://evil.example' }],
  [{ csrf_token: csrf }, { origin: 'null' }],
  [{ csrf_token: csrf }, { 'sec-fetch-site': 'cross-site' }],
  [{ csrf_token: csrf }, { 'content-type': 'text/plain' }],
]

describe('signing in', () => {
  it('opens a session that the API takes, and tells who it is', async () => {
    await hub.user('Ada', 'operator')
    const browser = await signedIn('ada')
    const { status, json } = await browser.get('/v1/session')
    expect(status).toBe(200)
    expect(json).toMatchObject({ kind: 'user', name: 'Ada', role: 'operator' })
    const page = await browser.get('/account')
    expect(page.text).toContain('Ada')
    const entries = await hub.control.auditEntries()
    expect(entries.at(-1)).toMatchObject({ actor: 'user:Ada', action: 'session_started' })
  })

  it('refuses a wrong password with the same page as an unknown name', async () => {
    await hub.user('Ada', 'admin')
    const browser = aBrowser(hub.server.url)
    const wrong = await browser.fill('/sign-in', '/sign-in', { name: 'Ada', password: 'wrong horse battery' })
    const unknown = await browser.fill('/sign-in', '/sign-in', {
      name: 'Eve',
      password: 'wrong horse battery',
    })
    expect([wrong.status, unknown.status]).toEqual([401, 401])
    expect(bare(unknown.text)).toBe(bare(wrong.text).replace('value="Ada"', 'value="Eve"'))
  })

  it('speaks French to who asks for it', async () => {
    const { text, headers } = await hub.call('/sign-in', { headers: { 'accept-language': 'fr' } })
    expect(text).toContain('Se connecter à Affluent')
    expect(text).toContain('<html lang="fr">')
    expect(headers['content-language']).toBe('fr')
  })

  it('lets nothing run or frame its pages', async () => {
    const { headers } = await hub.call('/sign-in')
    const policy = String(headers['content-security-policy'])
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toContain('unsafe')
    expect(policy).not.toContain('script-src')
  })

  it('sends who is not signed in from the account to the sign-in page', async () => {
    const { status, headers } = await hub.call('/account')
    expect([status, headers.location]).toEqual([303, '/sign-in'])
  })
})

describe('X06: sessions', () => {
  it('X06: no token is taken that was guessed, planted, ended, stolen, left idle or is too old', async (context) => {
    const ada = await hub.user('Ada', 'admin')
    const accepted: string[] = []
    let tried = 0
    const expectRefused = async (what: string, browser: Browser): Promise<void> => {
      tried += 1
      if ((await statusOf(browser)) !== 401) accepted.push(what)
    }
    for (let number = 0; number < 1_000; number += 1) {
      tried += 1
      const found = await hub.access.pages.sessions.find(createToken(), 'Mozilla/5.0 (X11) Test/1')
      if (found) accepted.push('guessed')
    }
    // Fixation: a token that was there before the sign-in is not the one after it.
    const planted = createToken()
    const fixed = aBrowser(hub.server.url)
    fixed.cookies.set(cookieName, planted)
    await fixed.fill('/sign-in', '/sign-in', { name: 'Ada', password })
    const attacker = aBrowser(hub.server.url)
    attacker.cookies.set(cookieName, planted)
    await expectRefused('planted', attacker)

    const ended = await signedIn()
    const kept = ended.cookies.get(cookieName) ?? ''
    await ended.fill('/account', '/sign-out', {})
    ended.cookies.set(cookieName, kept)
    await expectRefused('signed out', ended)

    const thief = aBrowser(hub.server.url, 'curl/8')
    const victim = await signedIn()
    thief.cookies.set(cookieName, victim.cookies.get(cookieName) ?? '')
    await expectRefused('another browser', thief)
    await expectRefused('the victim of it, whose session ended with it', victim)

    const idle = await signedIn()
    hub.clock.advance(30 * minuteMs)
    await expectRefused('idle', idle)

    const busy = await signedIn()
    for (let minutes = 0; minutes < 12 * 60 - 20; minutes += 20) {
      hub.clock.advance(20 * minuteMs)
      expect(await statusOf(busy)).toBe(200)
    }
    hub.clock.advance(20 * minuteMs)
    await expectRefused('twelve hours old', busy)

    const twice = await signedIn()
    const doubled = await twice.get('/v1/session', {
      cookie: `${cookieName}=${twice.cookies.get(cookieName)}; ${cookieName}=${planted}`,
    })
    tried += 1
    if (doubled.status !== 401) accepted.push('two cookies')

    const changed = await signedIn()
    const fact = { at: 0, actor: 'test', action: 'role_changed', object: 'user/Ada', details: {} }
    await hub.control.changeUser(ada.id, { role: 'viewer' }, { fact })
    await expectRefused('after a change of role', changed)
    reportFigure(context, {
      check: 'X06',
      claim: 'sessions accepted that are guessed, planted, ended, stolen, idle or too old',
      value: accepted.length,
      of: tried,
      target: '0',
    })
    expect(accepted).toEqual([])
  })

  it('has tokens of 256 bits that differ in every place', () => {
    const tokens = Array.from({ length: 2_000 }, () => createToken())
    expect(new Set(tokens).size).toBe(2_000)
    expect(Buffer.from(tokens[0] ?? '', 'base64url')).toHaveLength(32)
    for (let place = 0; place < 42; place += 1)
      expect(new Set(tokens.map((token) => token[place])).size).toBe(64)
  })

  it('keeps digests only: the file tells no token', async () => {
    await hub.user('Ada', 'admin')
    const browser = await signedIn()
    const token = browser.cookies.get(cookieName) ?? 'none'
    const { text } = await browser.get('/v1/users')
    expect(token).toHaveLength(43)
    expect(text).not.toContain(token)
    expect(JSON.stringify(await hub.control.auditEntries())).not.toContain(token)
    expect(await hub.control.session(token)).toBeUndefined()
  })
})

describe('X07: requests that other sites make', () => {
  it('X07: no unsafe route does anything by cookie without the token of our own page', async (context) => {
    const wide = { perSecond: 1e6, burst: 1e6, heavyEach: 1e3, heavyAll: 1e3 }
    // The routes of the own session answer as they do in the hub; of all others it is enough that nobody comes through to them.
    const others = allContracts.filter(({ name }) => !/^(?:users|api_keys|session|approvals)\./.test(name))
    await hub.close()
    hub = await anAccessHub({ routes: others.map(stubRoute), gate: { limits: wide } })
    await hub.user('Ada', 'admin')
    const browser = await signedIn()
    const { csrf_token: csrf = '' } = hiddenFields((await browser.get('/account')).text)
    expect(csrf).toHaveLength(64)
    const unsafe = allContracts.filter(({ method }) => method !== 'GET')
    const forms = sessionRoutes.flatMap(({ method, path }) =>
      method === 'POST' ? [path.replace(/\{\w+\}/, 'abc')] : [],
    )
    expect(forms).toContain('/account/sessions/abc/end')
    const accepted: string[] = []
    let tried = 0
    for (const contract of unsafe)
      for (const [attack, headers] of Object.entries(attacksWith(csrf))) {
        tried += 1
        const body = contract.hasBody ? (contract.example.body ?? {}) : undefined
        const answer = await browser.send(contract.method, examplePath(contract), body, {
          'idempotency-key': `key-${tried}-12345`,
          ...headers,
        })
        if (answer.status !== 403) accepted.push(`${contract.name}: ${attack} (${answer.status})`)
      }
    for (const path of forms)
      for (const [fields, headers] of formAttacksWith(csrf)) {
        tried += 1
        const typed = { name: 'Ada', password, current: password, again: password, ...fields }
        const answer = await browser.post(path, typed, headers)
        if (![403, 415].includes(answer.status)) accepted.push(`${path} (${answer.status})`)
      }
    reportFigure(context, {
      check: 'X07',
      claim: `unsafe requests of other sites carried out (${unsafe.length} routes and ${forms.length} forms)`,
      value: accepted.length,
      of: tried,
      target: '0',
    })
    expect(accepted).toEqual([])
    // Nothing of it happened, and the session is still there.
    expect(await statusOf(browser)).toBe(200)
    expect(await hub.control.users()).toHaveLength(1)
    expect(await hub.control.apiKeys()).toHaveLength(0)
    const fits = await browser.send('DELETE', '/v1/session', undefined, { 'x-csrf-token': csrf })
    expect(fits.status).toBe(200)
    expect(await statusOf(browser)).toBe(401)
  })

  it('asks programs for no token, and takes no cookie beside an Authorization header', async () => {
    await hub.user('Ada', 'admin')
    const browser = await signedIn()
    const bearer = { authorization: `Bearer ${localToken}`, 'idempotency-key': 'some-key-1' }
    const body = { name: 'Bob', role: 'viewer' }
    expect((await browser.send('POST', '/v1/users', body, bearer)).status).toBe(201)
    const wrong = await browser.get('/v1/session', { authorization: 'Bearer ak_wrong' })
    expect(wrong.status).toBe(401)
  })
})

describe('X10: the way back after signing in', () => {
  it('X10: nobody is sent to another site', async (context) => {
    await hub.user('Ada', 'viewer')
    const hosts = [
      '//evil.example',
      '///evil.example',
      '/\\evil.example',
      '\\\\evil.example',
      '/\t/evil.example',
    ]
    const hostile = [
      'https://evil.example/',
      'HTTPS:evil.example',
      'javascript:alert(1)',
      'data:text/html,x',
      ...hosts,
      '/%2f/evil.example',
      '/%5cevil.example',
      '/account@evil.example',
      '/account\r\nLocation: https://evil.example',
      '/connect/../../evil',
      '/./..//evil.example',
      '/connect//evil.example',
      '/unknown',
      '/sign-out',
      '/account/../sign-out',
      '.evil.example',
      'account',
      '',
      ' //evil.example',
      '/accountant',
    ]
    const foreign: string[] = []
    for (const returnTo of hostile) {
      const browser = aBrowser(hub.server.url)
      const page = await browser.get(`/sign-in?${new URLSearchParams({ return_to: returnTo }).toString()}`)
      const answer = await browser.post('/sign-in', {
        ...hiddenFields(page.text),
        return_to: returnTo,
        name: 'Ada',
        password,
      })
      const to = String(answer.headers.location)
      const target = new URL(to, hub.server.url)
      const isOurs = target.origin === hub.server.url && /^\/(?:account|reference)$/.test(target.pathname)
      if (answer.status !== 303 || !isOurs) foreign.push(`${returnTo} → ${to}`)
    }
    reportFigure(context, {
      check: 'X10',
      claim: 'return addresses that led away from known paths of the hub',
      value: foreign.length,
      of: hostile.length,
      target: '0',
    })
    expect(foreign).toEqual([])
  })

  it('goes back to a page of ours', async () => {
    await hub.user('Ada', 'viewer')
    const browser = aBrowser(hub.server.url)
    const answer = await browser.fill('/sign-in?return_to=/reference', '/sign-in', {
      name: 'Ada',
      password,
    })
    expect(answer.headers.location).toBe('/reference')
  })
})
