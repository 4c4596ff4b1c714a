import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { apiKeyScopes, isApiKeyScope } from '../../../hub-server/access/permissions.ts'
import { allContracts } from '../../../hub-server/api/contract/all-contracts.ts'
import type { AnyRouteContract } from '../../../hub-server/api/contract/describe-route.ts'
import { aBrowser, type Browser } from '../../support/a-browser.ts'
import { anAccessHub, localToken, password, type AccessHub } from '../../support/an-access-hub.ts'
import { freePort } from '../../support/free-port.ts'
import { httpRequest, type HttpAnswer } from '../../support/http-request.ts'
import { reportFigure } from '../../support/report-figure.ts'
import {
  clientId,
  clientSecret,
  signRightly,
  startOidcProvider,
  type OidcProvider,
} from '../../support/start-oidc-provider.ts'
import { stubRoute } from '../../support/stub-route.ts'

const minuteMs = 60_000

let provider: OidcProvider
beforeAll(async () => {
  provider = await startOidcProvider()
})
afterAll(() => provider.close())

let hub: AccessHub
beforeEach(async () => {
  provider.issue = signRightly
  provider.person = { sub: 'grace-1', name: 'Grace', groups: ['admins'] }
  const oidc = {
    issuer: provider.issuer,
    clientId,
    clientSecret,
    groupsClaim: 'groups',
    rules: [{ by: 'group', value: 'admins', role: 'admin' }],
  } as const
  // The routes of the own session answer as they do in the hub; all others do nothing.
  const routes = allContracts.filter(({ name }) => !/^(?:users|api_keys|session|approvals)\./.test(name))
  hub = await anAccessHub({ oidc, port: await freePort(), routes: routes.map(stubRoute) })
  await hub.user('Ada', 'admin')
})
afterEach(() => hub.close())

const byName = (wanted: string): AnyRouteContract => {
  const found = allContracts.find(({ name }) => name === wanted)
  if (!found) throw new TypeError(wanted)
  return found
}

const guarded = allContracts.filter(({ recentProof }) => recentProof)

let sent = 0

async function call(
  browser: Browser,
  contract: AnyRouteContract,
  headers: Readonly<Record<string, string>> = {},
): Promise<HttpAnswer> {
  sent += 1
  const path = contract.path.replace(
    /\{(\w+)\}/g,
    (_all, name: string) => contract.example.params?.[name] ?? 'x',
  )
  const body = contract.hasBody ? contract.example.body : undefined
  return browser.send(contract.method, path, body, { 'idempotency-key': `proof-key-${sent}-000`, ...headers })
}

async function csrf(browser: Browser): Promise<Readonly<Record<string, string>>> {
  const { json } = await browser.get('/v1/session')
  const told: { readonly csrf_token?: string } = typeof json === 'object' ? { ...json } : {}
  return { 'x-csrf-token': told.csrf_token ?? '' }
}

async function signedIn(name = 'Ada'): Promise<Browser> {
  const browser = aBrowser(hub.server.url)
  expect((await browser.fill('/sign-in', '/sign-in', { name, password })).status).toBe(303)
  return browser
}

const isProven = async (browser: Browser): Promise<unknown> => (await browser.get('/v1/session')).json

const actions = async (): Promise<readonly string[]> =>
  (await hub.control.auditEntries()).map(({ actor, action }) => `${actor} ${action}`)

/** To the provider and as far as its answer, which is not followed yet. */
async function goAway(browser: Browser, path: string): Promise<{ readonly asked: URL; readonly back: URL }> {
  const away = await browser.get(path)
  expect(away.status).toBe(303)
  const asked = new URL(String(away.headers.location))
  const back = await httpRequest(asked.href)
  return { asked, back: new URL(String(back.headers.location)) }
}

async function signInElsewhere(): Promise<Browser> {
  const browser = aBrowser(hub.server.url)
  const { back } = await goAway(browser, '/sign-in/oidc')
  expect((await browser.get(`${back.pathname}${back.search}`)).status).toBe(303)
  return browser
}

describe('X06: a session that is not proven again', () => {
  it('X06: does none of the guarded acts after a quarter of an hour, whoever has it', async (context) => {
    const browser = await signedIn()
    const token = await csrf(browser)
    hub.clock.advance(15 * minuteMs + 1)
    const carriedOut: string[] = []
    for (const contract of guarded) {
      const { status, headers, json } = await call(browser, contract, token)
      const isTold =
        status === 401 &&
        String(headers['www-authenticate']).includes('insufficient_user_authentication') &&
        JSON.stringify(json).includes('access.proof_needed')
      if (!isTold) carriedOut.push(contract.name)
    }
    reportFigure(context, {
      check: 'X06',
      claim: 'guarded acts that an open session did without a recent proof',
      value: carriedOut.length,
      of: guarded.length,
      target: '0',
    })
    expect(carriedOut).toEqual([])
    expect(await hub.control.users()).toHaveLength(1)
    // The session itself is as good as before for everything else.
    expect((await browser.get('/v1/users')).status).toBe(200)
    expect(await isProven(browser)).toMatchObject({ is_proven: false })
  })

  it('guards whatever gives access, approves, erases, rotates keys or disconnects', () => {
    const names = guarded.map(({ name }) => name)
    expect(names).toEqual(
      expect.arrayContaining([
        'users.invite',
        'users.role',
        'users.link',
        'api_keys.make',
        'people.erase',
        'runs.approve',
        'approvals.decide',
        'secrets.rotate',
        'authorizations.end',
      ]),
    )
    for (const { effect } of guarded) expect(effect).toBe('changes')
  })

  it('is asked for within a quarter of an hour after signing in only by what is not guarded', async () => {
    const browser = await signedIn()
    hub.clock.advance(15 * minuteMs)
    expect((await call(browser, byName('api_keys.make'), await csrf(browser))).status).toBe(201)
  })

  it('concerns no API key and not the person at this machine', async () => {
    const scopes = apiKeyScopes.filter((scope) => isApiKeyScope(scope))
    const key = await hub.key('everything', scopes)
    hub.clock.advance(60 * minuteMs)
    const program = aBrowser(hub.server.url)
    for (const contract of guarded) {
      const local = await call(program, contract, { authorization: `Bearer ${localToken}` })
      expect([contract.name, local.status]).not.toEqual([contract.name, 401])
      const { status } = await call(program, contract, { authorization: `Bearer ${key}` })
      expect([contract.name, status]).not.toEqual([contract.name, 401])
    }
  })
})

describe('proving again', () => {
  it('by the password goes back to where one was, under a new token, and stands in the audit log', async () => {
    const browser = await signedIn()
    const before = browser.cookies.get('affluent-session')
    hub.clock.advance(20 * minuteMs)
    expect((await call(browser, byName('api_keys.make'), await csrf(browser))).status).toBe(401)
    const answer = await browser.fill('/prove?return_to=/account?again=1', '/prove', { password })
    expect([answer.status, answer.headers.location]).toEqual([303, '/account?again=1'])
    expect((await call(browser, byName('api_keys.make'), await csrf(browser))).status).toBe(201)
    expect(browser.cookies.get('affluent-session')).not.toBe(before)
    const old = aBrowser(hub.server.url)
    old.cookies.set('affluent-session', before ?? '')
    expect((await old.get('/v1/session')).status).toBe(401)
    const entries = await hub.control.auditEntries()
    expect(entries.slice(-3).map(({ action, details }) => [action, details])).toEqual([
      ['session_ended', { reason: 'proven_again' }],
      ['session_started', { how: 'password', network: '127.0.0.0/24' }],
      ['api_key_created', expect.anything()],
    ])
  })

  it('is limited like signing in, and a wrong password stands in the audit log', async () => {
    const browser = await signedIn()
    hub.clock.advance(20 * minuteMs)
    const statuses: number[] = []
    for (let attempt = 0; attempt < 11; attempt += 1)
      statuses.push((await browser.fill('/prove', '/prove', { password: `guess ${attempt} of many` })).status)
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 401), 429])
    expect((await actions()).filter((action) => action === 'user:Ada proof_refused')).toHaveLength(10)
    expect((await browser.fill('/prove', '/prove', { password })).status).toBe(429)
    expect(await isProven(browser)).toMatchObject({ is_proven: false })
  })

  it('speaks French, sends nobody to another site, and who is not signed in to the sign-in page', async () => {
    const browser = await signedIn()
    const page = await browser.get('/prove', { 'accept-language': 'fr' })
    expect(page.text).toContain('Est-ce toujours vous\u00A0?')
    const led = await browser.fill('/prove?return_to=//evil.example', '/prove', { password })
    expect(led.headers.location).toBe('/account')
    for (const path of ['/prove', '/prove/oidc']) {
      const { status, headers } = await hub.call(path)
      expect([path, status, headers.location]).toEqual([path, 303, '/sign-in'])
    }
  })
})

describe('proving again at the identity provider', () => {
  it('asks the provider to ask, and takes the answer for the same person', async () => {
    const browser = await signInElsewhere()
    // A sign-in there may rest on one of this morning: without word of when, it proves nothing recent.
    expect(await isProven(browser)).toMatchObject({ is_proven: false })
    const page = await browser.get('/prove?return_to=/account')
    expect(page.text).toContain('/prove/oidc?return_to=%2Faccount')
    expect(page.text).not.toContain('type="password"')
    const { asked, back } = await goAway(browser, '/prove/oidc?return_to=/account?again=1')
    expect([asked.searchParams.get('prompt'), asked.searchParams.get('max_age')]).toEqual(['login', '60'])
    const answer = await browser.get(`${back.pathname}${back.search}`)
    expect([answer.status, answer.headers.location]).toEqual([303, '/account?again=1'])
    expect(await isProven(browser)).toMatchObject({ name: 'Grace', is_proven: true })
    expect((await call(browser, byName('secrets.rotate'), await csrf(browser))).status).toBe(200)
  })

  it.each([
    ['by another person', { sub: 'eve-1', name: 'Eve', groups: ['admins'] }],
    ['without word of when', { sub: 'grace-1', name: 'Grace', groups: ['admins'], auth_time: undefined }],
    [
      'of an hour ago',
      { sub: 'grace-1', name: 'Grace', groups: ['admins'], auth_time: Math.floor(Date.now() / 1000) - 3600 },
    ],
  ])('refuses a proof %s', async (_what, person) => {
    const browser = await signInElsewhere()
    provider.person = person
    const { back } = await goAway(browser, '/prove/oidc')
    expect((await browser.get(`${back.pathname}${back.search}`)).status).toBe(403)
    expect(await isProven(browser)).toMatchObject({ name: 'Grace', is_proven: false })
  })

  it('refuses what one session began and another ends', async () => {
    const browser = await signInElsewhere()
    const { back } = await goAway(browser, '/prove/oidc')
    const other = await signInElsewhere()
    browser.cookies.set('affluent-session', other.cookies.get('affluent-session') ?? '')
    expect((await browser.get(`${back.pathname}${back.search}`)).status).toBe(403)
    expect(await isProven(browser)).toMatchObject({ is_proven: false })
  })
})
