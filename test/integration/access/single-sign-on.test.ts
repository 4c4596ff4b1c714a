import { exportSPKI, SignJWT, UnsecuredJWT } from 'jose'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { OidcSettings } from '../../../hub-server/access/oidc-settings.ts'
import { createLogger } from '../../../hub-server/telemetry/logger.ts'
import { aBrowser, type Browser } from '../../support/a-browser.ts'
import { anAccessHub, type AccessHub } from '../../support/an-access-hub.ts'
import { freePort } from '../../support/free-port.ts'
import type { HttpAnswer } from '../../support/http-request.ts'
import { httpRequest } from '../../support/http-request.ts'
import { reportFigure } from '../../support/report-figure.ts'
import {
  clientId,
  clientSecret,
  signRightly,
  startOidcProvider,
  type IssueToken,
  type OidcProvider,
} from '../../support/start-oidc-provider.ts'

let provider: OidcProvider
let hub: AccessHub
beforeAll(async () => {
  provider = await startOidcProvider()
})
afterAll(() => provider.close())
beforeEach(async () => {
  provider.issue = signRightly
  provider.person = ada
  hub = await anAccessHub({ oidc: settings(), port: await freePort() })
})
afterEach(() => hub.close())

const ada = {
  sub: 'ada-1',
  name: 'Ada Lovelace',
  email: 'ada@example.com',
  email_verified: true,
  groups: ['marketing'],
}

const settings = (): OidcSettings => ({
  issuer: provider.issuer,
  clientId,
  clientSecret,
  groupsClaim: 'groups',
  rules: [
    { by: 'group', value: 'hub-admins', role: 'admin' },
    { by: 'group', value: 'marketing', role: 'operator' },
    { by: 'domain', value: 'example.com', role: 'viewer' },
  ],
})

/** To the provider and as far as its answer, which is not followed yet. */
async function goAway(browser: Browser): Promise<URL> {
  const away = await browser.get('/sign-in/oidc')
  expect(away.status).toBe(303)
  const back = await httpRequest(String(away.headers.location))
  return new URL(String(back.headers.location))
}

const comeBack = (browser: Browser, url: URL): Promise<HttpAnswer> =>
  browser.get(`${url.pathname}${url.search}`)

async function signIn(browser = aBrowser(hub.server.url)): Promise<HttpAnswer> {
  return comeBack(browser, await goAway(browser))
}

describe('single sign-on', () => {
  it('makes a user at the first sign-in, with the role of the first rule that fits', async () => {
    const browser = aBrowser(hub.server.url)
    const answer = await signIn(browser)
    expect([answer.status, answer.headers.location]).toEqual([303, '/account'])
    const { json } = await browser.get('/v1/session')
    expect(json).toMatchObject({ kind: 'user', name: 'Ada Lovelace', role: 'operator' })
    const joined = (await hub.control.auditEntries()).find(({ action }) => action === 'user_joined')
    expect(joined).toMatchObject({ object: 'user/Ada Lovelace', details: { role: 'operator' } })
  })

  it('follows the groups of the provider at each sign-in', async () => {
    await signIn()
    provider.person = { ...ada, groups: ['hub-admins'] }
    await signIn()
    const users = await hub.control.users()
    expect(users.map(({ name, role }) => [name, role])).toEqual([['Ada Lovelace', 'admin']])
  })

  it('lets nobody in whom no rule fits, or who was removed', async () => {
    provider.person = { sub: 'eve', name: 'Eve', email: 'eve@elsewhere.example', email_verified: true }
    expect((await signIn()).status).toBe(403)
    // An e-mail that nobody checked is whatever was typed.
    provider.person = { sub: 'eve', name: 'Eve', email: 'eve@example.com', email_verified: false }
    expect((await signIn()).status).toBe(403)
    expect(await hub.control.users()).toEqual([])
    provider.person = ada
    await signIn()
    const [user] = await hub.control.users()
    const fact = { at: 0, actor: 'test', action: 'user_removed', object: 'user/Ada', details: {} }
    await hub.control.changeUser(user?.id ?? '', { state: 'removed' }, { fact })
    expect((await signIn()).status).toBe(403)
  })

  it('gives a namesake another name', async () => {
    await signIn()
    provider.person = { ...ada, sub: 'ada-2', email: 'ada.two@example.com' }
    await signIn()
    provider.person = { ...ada, sub: 'ada-3', email: 'ada.three@example.com' }
    await signIn()
    const names = (await hub.control.users()).map(({ name }) => name)
    expect(new Set(names).size).toBe(3)
    expect(names).toContain('Ada Lovelace')
  })

  it('says so when the provider cannot be reached', async () => {
    const nobody = await freePort()
    const lines: string[] = []
    const logger = createLogger({ level: 'info', destination: { write: (line) => lines.push(line) } })
    const oidc = { ...settings(), issuer: `http://127.0.0.1:${nobody}` }
    const lost = await anAccessHub({ oidc, app: { logger } })
    const [page, problem] = [
      await lost.call('/sign-in/oidc', { headers: { accept: 'text/html,*/*;q=0.8' } }),
      await lost.call('/sign-in/oidc'),
    ]
    await lost.close()
    expect([page.status, problem.status]).toEqual([502, 502])
    expect(page.text).toContain('People with a password of the hub can sign in meanwhile')
    // Settings are nothing for whoever wants to sign in: they are for who runs the hub.
    expect(page.text).not.toContain('AFFLUENT_')
    expect(problem.text).toContain('AFFLUENT_OIDC_ISSUER')
    expect(lines.join('')).toContain('"code":"access.provider_unusable"')
  })

  it('shows the way to the provider on the sign-in page only where there is one', async () => {
    const withIt = await hub.call('/sign-in')
    expect(withIt.text).toContain('/sign-in/oidc')
    const without = await anAccessHub()
    const [page, begin] = [await without.call('/sign-in'), await without.call('/sign-in/oidc')]
    await without.close()
    expect(page.text).not.toContain('/sign-in/oidc')
    expect(begin.status).toBe(404)
  })
})

const second = 1000
const at = (offset: number): number => Math.floor(Date.now() / second) + offset

/** ID tokens that are not right, each in one way. */
const forgeries: Readonly<Record<string, IssueToken>> = {
  'another audience': (claims, keys) => signRightly({ ...claims, aud: 'another-client' }, keys),
  'audiences beside ours, for another': (claims, keys) =>
    signRightly({ ...claims, aud: [clientId, 'other'], azp: 'other' }, keys),
  'no audience': ({ aud: _aud, ...claims }, keys) => signRightly(claims, keys),
  'another issuer': (claims, keys) => signRightly({ ...claims, iss: 'https://evil.example' }, keys),
  'the issuer with a slash': (claims, keys) => signRightly({ ...claims, iss: `${claims.iss}/` }, keys),
  'another nonce': (claims, keys) => signRightly({ ...claims, nonce: 'another' }, keys),
  'no nonce': ({ nonce: _nonce, ...claims }, keys) => signRightly(claims, keys),
  'no signature (alg none)': (claims) => Promise.resolve(new UnsecuredJWT(claims).encode()),
  'HMAC with the public key': async (claims, { publicKey, kid }) =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256', kid })
      .sign(new TextEncoder().encode(await exportSPKI(publicKey))),
  'HMAC with the client’s secret': (claims, { kid }) =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256', kid })
      .sign(new TextEncoder().encode(clientSecret.padEnd(32, '.'))),
  'another key': async (claims, { kid }) => {
    const { generateKeyPair } = await import('jose')
    const { privateKey } = await generateKeyPair('RS256')
    return new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid }).sign(privateKey)
  },
  'an altered claim': async (claims, keys) => {
    const [header, , signature] = (await signRightly(claims, keys)).split('.')
    const altered = Buffer.from(JSON.stringify({ ...claims, groups: ['hub-admins'] })).toString('base64url')
    return `${header}.${altered}.${signature}`
  },
  'a key of its own in the header': async (claims, { kid }) => {
    const { generateKeyPair, exportJWK } = await import('jose')
    const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true })
    const header = { alg: 'RS256', kid, jwk: await exportJWK(publicKey) }
    return new SignJWT(claims).setProtectedHeader(header).sign(privateKey)
  },
  expired: (claims, keys) => signRightly({ ...claims, iat: at(-900), exp: at(-600) }, keys),
  'no expiry': ({ exp: _exp, ...claims }, keys) => signRightly(claims, keys),
  'not valid yet': (claims, keys) => signRightly({ ...claims, nbf: at(600) }, keys),
  'no subject': ({ sub: _sub, ...claims }, keys) => signRightly(claims, keys),
  'an empty subject': (claims, keys) => signRightly({ ...claims, sub: '' }, keys),
  'no token at all': () => Promise.resolve(''),
  'no JWT': () => Promise.resolve('not.a.token'),
}

describe('X11: what identity providers, and who pretends to be one, may send', () => {
  it('X11: no altered ID token, state or code signs anybody in', async (context) => {
    const accepted: string[] = []
    let tried = 0
    const expectRefused = async (
      what: string,
      work: Promise<HttpAnswer>,
      browser: Browser,
    ): Promise<void> => {
      tried += 1
      const { status } = await work
      const isIn = browser.cookies.has('affluent-session')
      if (status !== 403 || isIn) accepted.push(`${what} (${status})`)
    }
    for (const [what, issue] of Object.entries(forgeries)) {
      provider.issue = issue
      const browser = aBrowser(hub.server.url)
      await expectRefused(what, signIn(browser), browser)
    }
    provider.issue = signRightly

    const victim = aBrowser(hub.server.url)
    const url = await goAway(victim)
    const thief = aBrowser(hub.server.url)
    await expectRefused('a call-back in a browser that began nothing', comeBack(thief, url), thief)
    await expectRefused('the same, after that attempt', comeBack(victim, url), victim)

    const other = aBrowser(hub.server.url)
    const mine = await goAway(other)
    const foreign = new URL(mine)
    foreign.searchParams.set('state', 'x'.repeat(43))
    await expectRefused('another state', comeBack(other, foreign), other)
    foreign.searchParams.delete('state')
    await expectRefused('no state', comeBack(other, foreign), other)
    const twice = new URL(mine)
    twice.searchParams.append('state', 'x')
    await expectRefused('two states', comeBack(other, twice), other)
    const wrongCode = new URL(mine)
    wrongCode.searchParams.set('code', 'x')
    await expectRefused('another code', comeBack(other, wrongCode), other)
    await expectRefused('the right one, after its state was used', comeBack(other, mine), other)

    const late = aBrowser(hub.server.url)
    const slow = await goAway(late)
    hub.clock.advance(10 * 60_000)
    await expectRefused('after ten minutes', comeBack(late, slow), late)

    const twin = aBrowser(hub.server.url)
    const [first, crossed] = [await goAway(twin), await goAway(twin)]
    // The code of one sign-in under the state of another: PKCE and nonce do not fit.
    first.searchParams.set('code', crossed.searchParams.get('code') ?? '')
    await expectRefused('a code of another sign-in', comeBack(twin, first), twin)

    const refusedThere = aBrowser(hub.server.url)
    const denied = await goAway(refusedThere)
    denied.search = new URLSearchParams({
      error: 'access_denied',
      state: denied.searchParams.get('state') ?? '',
    }).toString()
    await expectRefused('a refusal of the provider', comeBack(refusedThere, denied), refusedThere)
    reportFigure(context, {
      check: 'X11',
      claim: 'altered identity tokens, states and codes accepted',
      value: accepted.length,
      of: tried,
      target: '0',
    })
    expect(accepted).toEqual([])
    expect(await hub.control.users()).toEqual([])
  })

  it('X11: somebody is who they are by issuer and subject, whatever their e-mail', async () => {
    await signIn()
    provider.person = { ...ada, email: 'ada.byron@example.com' }
    await signIn()
    const [user, ...others] = await hub.control.users()
    expect(others).toEqual([])
    expect(user).toMatchObject({ name: 'Ada Lovelace', email: 'ada.byron@example.com' })
    // The old address belongs to somebody else now.
    provider.person = { sub: 'eve-1', name: 'Eve', email: 'ada@example.com', email_verified: true }
    const browser = aBrowser(hub.server.url)
    await signIn(browser)
    const { json } = await browser.get('/v1/session')
    expect(json).toMatchObject({ name: 'Eve', role: 'viewer' })
    expect(await hub.control.users()).toHaveLength(2)
  })
})
