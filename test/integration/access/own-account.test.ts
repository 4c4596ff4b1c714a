import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AuditEntry } from '../../../core/audit/audit-entry.ts'
import { makeApiKey } from '../../../hub-server/access/api-key-book.ts'
import type { Principal } from '../../../hub-server/access/principal.ts'
import { aBrowser, hiddenFields, type Browser } from '../../support/a-browser.ts'
import { anAccessHub, password, type AccessHub } from '../../support/an-access-hub.ts'

const linux = 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0'
const phone =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 Version/26.1 Mobile Safari/604.1'

let hub: AccessHub
beforeEach(async () => {
  hub = await anAccessHub()
  await hub.user('Ada', 'admin')
  await hub.user('Bob', 'viewer')
})
afterEach(() => hub.close())

async function signedIn(name: string, userAgent = linux): Promise<Browser> {
  const browser = aBrowser(hub.server.url, userAgent)
  await browser.fill('/sign-in', '/sign-in', { name, password })
  return browser
}

const accountOf = async (browser: Browser): Promise<string> => (await browser.get('/account')).text
const endings = (page: string, of: 'sessions' | 'keys'): string[] =>
  [...page.matchAll(new RegExp(`action="(/account/${of}/\\w+/end)"`, 'g'))].map(([, action = '']) => action)
const press = async (browser: Browser, action: string) =>
  browser.post(action, hiddenFields(await accountOf(browser)))

async function entriesSince(act: () => Promise<unknown>): Promise<AuditEntry[]> {
  const { number } = await hub.control.auditHead()
  await act()
  return hub.control.auditEntries({ from: number + 1 })
}

/** A key of a person of the hub, whatever their role is at the moment. */
async function keyOf(name: string, of: string, days = 30): Promise<string> {
  const user = await hub.control.userByName(of)
  const maker: Principal = {
    kind: 'user',
    id: user?.id ?? '',
    name: of,
    role: 'admin',
    session: '',
    isProven: true,
  }
  return (await makeApiKey(hub, maker, { name, scopes: ['runs:read'], days })).key
}

describe('the sessions on the own account', () => {
  it('are told apart by browser, network and time, with this one marked and without a button', async () => {
    const here = await signedIn('Ada')
    hub.clock.advance(5 * 60_000)
    await signedIn('Ada', phone)
    await signedIn('Bob', phone)
    const page = await accountOf(here)
    expect(page).toMatch(/Firefox, Linux\s*<span class="tag good">this one<\/span>/)
    expect(page).toMatch(/Safari, iOS\s*<\/p>/)
    expect(page).toContain('Network 127.0.0.0/24')
    expect(page).toContain('<time datetime="2026-11-22T08:05:00.000Z">')
    expect(page.match(/id="s-/g)).toHaveLength(2)
    expect(endings(page, 'sessions')).toHaveLength(1)
  })

  it('end one by one from another of them, with one entry each', async () => {
    const here = await signedIn('Ada')
    const there = await signedIn('Ada', phone)
    const [action = ''] = endings(await accountOf(here), 'sessions')
    const entries = await entriesSince(async () => {
      const answer = await press(here, action)
      expect([answer.status, answer.headers.location]).toEqual([303, '/account'])
    })
    expect(entries).toMatchObject([
      {
        actor: 'user:Ada',
        action: 'session_ended',
        object: 'user/Ada',
        details: { reason: 'ended_from_another' },
      },
    ])
    expect((await there.get('/account')).headers.location).toBe('/sign-in')
    expect(endings(await accountOf(here), 'sessions')).toEqual([])
    // A page that was open all the while: nothing is left to be ended, nor to be noted.
    expect(await entriesSince(async () => expect((await press(here, action)).status).toBe(404))).toEqual([])
  })

  it('are nobody else’s to end, and never the one that asks', async () => {
    const ada = await signedIn('Ada')
    await signedIn('Ada', phone)
    const bob = await signedIn('Bob')
    const [ofAda = ''] = endings(await accountOf(ada), 'sessions')
    const [, own = ''] = /id="s-(\w+)"/.exec(await accountOf(bob)) ?? []
    const entries = await entriesSince(async () => {
      for (const action of [ofAda, `/account/sessions/${own}/end`, '/account/sessions/%20/end'])
        expect((await press(bob, action)).status).toBe(404)
    })
    expect(entries).toEqual([])
    expect((await bob.get('/account')).status).toBe(200)
  })

  it('that are over by time are not shown', async () => {
    await signedIn('Ada', phone)
    hub.clock.advance(31 * 60_000)
    expect(endings(await accountOf(await signedIn('Ada')), 'sessions')).toEqual([])
  })
})

describe('the keys on the own account', () => {
  it('are those that the person made and that are in force', async () => {
    await keyOf('nightly', 'Ada')
    await keyOf('short', 'Ada', 1)
    await keyOf('of Bob', 'Bob')
    hub.clock.advance(2 * 86_400_000)
    const page = await accountOf(await signedIn('Ada'))
    expect(page).toContain('<p>nightly</p>')
    expect(page).toContain('<code>runs:read</code>')
    expect(page).toContain('Never used')
    expect(page).not.toMatch(/short|of Bob/)
    expect(endings(page, 'keys')).toHaveLength(1)
  })

  it('end at once with one entry, also for who may not make keys any more', async () => {
    const key = await keyOf('of Bob', 'Bob')
    const bob = await signedIn('Bob')
    const [action = ''] = endings(await accountOf(bob), 'keys')
    const entries = await entriesSince(() => press(bob, action))
    expect(entries).toMatchObject([
      { actor: 'user:Bob', action: 'api_key_revoked', object: 'api_key/of Bob' },
    ])
    const asked = await hub.call('/v1/session', { headers: { authorization: `Bearer ${key}` } })
    expect(asked.status).toBe(401)
    expect(await accountOf(bob)).not.toContain('Your API keys')
  })

  it('ask for a recent proof first, and leave the key until it is given', async () => {
    await keyOf('nightly', 'Ada')
    const ada = await signedIn('Ada')
    hub.clock.advance(16 * 60_000)
    const [action = ''] = endings(await accountOf(ada), 'keys')
    const away = await press(ada, action)
    expect([away.status, away.headers.location]).toEqual([303, '/prove?return_to=%2Faccount'])
    expect(endings(await accountOf(ada), 'keys')).toEqual([action])
    const proven = await ada.fill(String(away.headers.location), '/prove', { password })
    expect(proven.headers.location).toBe('/account')
    expect((await press(ada, action)).status).toBe(303)
    expect(endings(await accountOf(ada), 'keys')).toEqual([])
  })

  it('are nobody else’s to end', async () => {
    await keyOf('nightly', 'Ada')
    const [action = ''] = endings(await accountOf(await signedIn('Ada')), 'keys')
    const bob = await signedIn('Bob')
    expect(await entriesSince(async () => expect((await press(bob, action)).status).toBe(404))).toEqual([])
  })
})
