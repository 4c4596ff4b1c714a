import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { hubspotConnector } from '../../../connectors/hubspot/connector.ts'
import {
  startHubspotSandbox,
  type HubspotSandbox,
} from '../../../connectors/hubspot/sandbox/hubspot-sandbox.ts'
import type { Connection } from '../../../core/connector/connector.ts'
import { connectionManifest } from '../../../core/manifest/manifest.ts'
import type { ControlStore } from '../../../core/port/control-store.ts'
import { createAttemptLimit } from '../../../hub-server/access/attempt-limit.ts'
import { createAuthenticator } from '../../../hub-server/access/authenticator.ts'
import { createSessionBook } from '../../../hub-server/access/session-book.ts'
import { createCookieJar } from '../../../hub-server/http/session-cookie.ts'
import {
  beginAuthorization,
  disconnect,
  type InstallPorts,
} from '../../../hub-server/install/authorize-connection.ts'
import { createInstallMount } from '../../../hub-server/install/install-routes.ts'
import { createTranslator } from '../../../hub-server/locales/translate.ts'
import { createSecretBox } from '../../../hub-server/secrets/secret-box.ts'
import { openControlStore } from '../../../hub-server/store/open-control-store.ts'
import { createConnections } from '../../../hub-server/worker/connections.ts'
import { createFixedClock, type FixedClock } from '../../support/fixed-clock.ts'
import { reportFigure } from '../../support/report-figure.ts'
import { silentLogger } from '../../support/silent-logger.ts'

const box = createSecretBox(new Uint8Array(32).fill(7))
const atThisMachine = { actor: 'cli:ada', userId: null }

let clock: FixedClock
let control: ControlStore
let sandbox: HubspotSandbox
let server: Server
let install: InstallPorts
let connect: (name: string) => Promise<Connection>

beforeEach(async () => {
  clock = createFixedClock('2026-11-22T10:00:00Z', { autoAdvance: true })
  control = await openControlStore(':memory:', clock)
  sandbox = await startHubspotSandbox({ clock, limits: 'off', contacts: [] })
  const config = { client_id: 'sandbox-client', client_secret: 'sandbox-secret', base_url: sandbox.url }
  const manifests = ['crm', 'other'].map((name) =>
    connectionManifest.parse({ kind: 'connection', version: 1, name, connector: 'hubspot', config }),
  )
  connect = createConnections({
    manifests: new Map(manifests.map((manifest) => [manifest.name, manifest])),
    connectors: new Map([['hubspot', hubspotConnector]]),
    resolveConfig: async (given) => given,
    folder: '/nowhere',
    grants: { store: control, box, holder: 'test' },
    clock,
    random: () => 0,
    logger: silentLogger,
    signal: new AbortController().signal,
    pacing: false,
  })
  const app = express()
  server = createServer(app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const address = `http://127.0.0.1:${port}`
  install = { control, box, connect, names: new Set(['crm', 'other']), address, clock }
  const cookies = createCookieJar(false)
  const sessions = createSessionBook(control, clock)
  const shared = { control, sessions, cookies, clock }
  const authenticator = createAuthenticator({
    ...shared,
    localToken: undefined,
    localName: 'ada',
    publicOrigin: undefined,
  })
  const pages = { ...shared, authenticator, limit: createAttemptLimit(), oidc: undefined, callbackUrl: '' }
  createInstallMount({ pages, install: () => install }).mount(app, () => createTranslator('en'))
})
afterEach(async () => {
  server.close()
  server.closeAllConnections()
  await sandbox.close()
  await control.close()
})

const get = (url: string, cookie?: string): Promise<Response> =>
  fetch(url, { redirect: 'manual', headers: cookie === undefined ? {} : { cookie } })
const locationOf = (response: Response): string => response.headers.get('location') ?? ''

const formTokenOf = (page: string): string => /name="csrf_token" value="(\w+)"/.exec(page)?.[1] ?? ''
const refreshOf = (response: Response): string =>
  (response.headers.get('refresh') ?? '').replace('0; url=', '')

const pressContinue = (url: string, cookie: string, token: string): Promise<Response> =>
  fetch(url, {
    method: 'POST',
    redirect: 'manual',
    headers: { ...(cookie !== '' && { cookie }), origin: install.address },
    body: new URLSearchParams({ csrf_token: token }),
  })

/** Opens a link as a browser does, up to the platform's answer: where the browser is sent back to, and its cookie. */
async function goToPlatform(connection = 'crm') {
  const { url } = await beginAuthorization(install, connection, atThisMachine)
  const start = await get(url)
  const cookie = (start.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
  const leaving = await pressContinue(url, cookie, formTokenOf(await start.text()))
  expect(leaving.status).toBe(200)
  const back = locationOf(await get(refreshOf(leaving)))
  return { url, cookie, back }
}

const withState = (back: string, change: (state: string) => string): string => {
  const url = new URL(back)
  url.searchParams.set('state', change(url.searchParams.get('state') ?? ''))
  return url.href
}

const unknownFor = (act: string): object => ({ code: 'usage.wrong', params: { act, value: 'crn' } })

describe('authorising an account in the browser', () => {
  it('brings access that is kept sealed, works, and is written down', async () => {
    const { cookie, back } = await goToPlatform()
    expect(back).toContain(`${install.address}/oauth/hubspot/callback?`)
    const page = await get(back, cookie)
    expect(page.status).toBe(200)
    expect(await page.text()).toContain('“crm” may use the account now')
    const checks = await (await connect('crm')).test()
    expect(checks.filter(({ name }) => name === 'oauth')).not.toContainEqual(
      expect.objectContaining({ ok: false }),
    )
    const stored = await control.grant('crm')
    expect(stored?.sealed).not.toContain('refresh')
    const [entry] = await control.auditEntries({ action: 'connection_authorized' })
    expect(entry).toMatchObject({ actor: 'cli:ada', object: 'connection/crm' })
    expect(entry?.details['granted']).toContain('crm.lists.write')
    expect(await control.auditEntries({ action: 'authorization_link_made' })).toMatchObject([
      { actor: 'cli:ada', object: 'connection/crm' },
    ])
  })

  it('tells which permissions were not given', async () => {
    sandbox.app.grantedScopes.splice(0, sandbox.app.grantedScopes.length, 'oauth', 'crm.lists.read')
    const { cookie, back } = await goToPlatform()
    expect(await (await get(back, cookie)).text()).toContain('crm.lists.write')
  })

  it('gives a link that works once, for ten minutes', async () => {
    const { url } = await goToPlatform()
    expect((await get(url)).status).toBe(404)
    const late = await beginAuthorization(install, 'crm', atThisMachine)
    clock.advance(10 * 60_000)
    expect((await get(late.url)).status).toBe(404)
    expect((await get(`${install.address}/install/nonsense`)).status).toBe(404)
  })

  it('names the connections there are to whoever names another', async () => {
    await expect(beginAuthorization(install, 'cmr', atThisMachine)).rejects.toMatchObject({
      code: 'usage.wrong',
      params: { value: 'cmr', expected: 'crm, other' },
    })
  })

  it('says where a link leads, and is not used up by whoever only looks at it', async () => {
    const { url } = await beginAuthorization(install, 'crm', atThisMachine)
    const preview = await fetch(url, { method: 'HEAD' })
    expect(preview.status).toBe(200)
    for (let look = 0; look < 3; look += 1) expect((await get(url)).status).toBe(200)
    const start = await get(url)
    const page = await start.text()
    expect(page).toContain('“crm” asks for access to an account')
    expect(page).toContain(new URL(sandbox.url).host)
    expect(page).toContain('crm.lists.write')
    expect(start.headers.get('refresh')).toBeNull()
    const cookie = (start.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
    // A form of another page, and of another browser.
    expect((await pressContinue(url, cookie, 'f'.repeat(64))).status).toBe(403)
    expect((await pressContinue(url, '', formTokenOf(page))).status).toBe(403)
    const leaving = await pressContinue(url, cookie, formTokenOf(page))
    expect(refreshOf(leaving)).toContain(sandbox.url)
    expect(leaving.headers.get('referrer-policy')).toBe('no-referrer')
    expect((await pressContinue(url, cookie, formTokenOf(page))).status).toBe(404)
  })

  it('opens a link that was made for a user to nobody else', async () => {
    const { url } = await beginAuthorization(install, 'crm', { actor: 'user:Ada', userId: 'u1' })
    expect((await get(url)).status).toBe(404)
  })

  it('X08: stores nothing for a state that is missing, used, expired, altered, or of another browser', async (context) => {
    const attempts: (() => Promise<Response>)[] = [
      async () => {
        const { back, cookie } = await goToPlatform()
        return get(
          withState(back, () => ''),
          cookie,
        )
      },
      async () => {
        const { back, cookie } = await goToPlatform()
        return get(back.replace(/state=[^&]*/, ''), cookie)
      },
      async () => get((await goToPlatform()).back),
      async () => {
        const [mine, theirs] = [await goToPlatform(), await goToPlatform()]
        return get(theirs.back, mine.cookie)
      },
      async () => {
        const { back, cookie } = await goToPlatform()
        clock.advance(10 * 60_000)
        return get(back, cookie)
      },
      ...fc
        .sample(fc.tuple(fc.nat({ max: 42 }), fc.constantFrom('A', 'Z', 'a', 'z', '0', '9', '_', '-')), {
          // Each way there takes two of the attempts that an address has.
          numRuns: 17,
          seed: 8,
        })
        .map(([at, letter]) => async () => {
          const { back, cookie } = await goToPlatform()
          const altered = withState(back, (state) =>
            state[at] === letter ? `${state}x` : state.slice(0, at) + letter + state.slice(at + 1),
          )
          return get(altered, cookie)
        }),
    ]
    let accepted = 0
    for (const attempt of attempts) {
      const { status } = await attempt()
      expect(status).toBeLessThan(500)
      if (status < 400) accepted += 1
      expect(await control.grant('crm')).toBeUndefined()
    }
    reportFigure(context, {
      check: 'X08',
      claim: 'authorisations accepted with a state that is not ours, used, expired or altered',
      value: accepted,
      of: attempts.length,
      target: '0',
    })
    expect(accepted).toBe(0)
    // Used: the second time the same address is refused, and changes nothing.
    const { back, cookie } = await goToPlatform()
    expect((await get(back, cookie)).status).toBe(200)
    const kept = await control.grant('crm')
    expect((await get(back, cookie)).status).toBe(400)
    expect(await control.grant('crm')).toEqual(kept)
  })

  it('X09: refuses the code of somebody else, and a code at the address of another platform', async (context) => {
    // The attacker's code, put into the victim's own way back: PKCE ties each code to the browser's own verifier.
    const [victim, attacker] = [await goToPlatform(), await goToPlatform()]
    const swapped = new URL(victim.back)
    swapped.searchParams.set('code', new URL(attacker.back).searchParams.get('code') ?? '')
    const injected = await get(swapped.href, victim.cookie)
    const elsewhere = await goToPlatform()
    const mixedUp = await get(elsewhere.back.replace('/oauth/hubspot/', '/oauth/meta/'), elsewhere.cookie)
    const accepted = [injected, mixedUp].filter(({ ok }) => ok).length
    reportFigure(context, {
      check: 'X09',
      claim: 'injected codes and mixed-up platforms accepted',
      value: accepted,
      of: 2,
      target: '0',
    })
    expect(accepted).toBe(0)
    expect(await control.grant('crm')).toBeUndefined()
  })

  it('N26: refuses another account than before, and keeps the access there was', async () => {
    const first = await goToPlatform()
    await get(first.back, first.cookie)
    const kept = await control.grant('crm')
    sandbox.app.hubId += 1
    const second = await goToPlatform()
    const answer = await get(second.back, second.cookie)
    expect(answer.ok).toBe(false)
    expect(await control.grant('crm')).toEqual(kept)
  })

  it('stores nothing when somebody says no', async () => {
    const { cookie, back } = await goToPlatform()
    const url = new URL(back)
    url.searchParams.delete('code')
    url.searchParams.set('error', 'access_denied')
    expect((await get(url.href, cookie)).status).toBe(403)
    expect(await control.grant('crm')).toBeUndefined()
  })

  it('says which act it was that knows no such connection', async () => {
    await expect(
      beginAuthorization(install, 'crn', { actor: 'cli:ada', userId: null }),
    ).rejects.toMatchObject(unknownFor('connecting an account'))
    await expect(disconnect(install, 'crn', 'cli:ada')).rejects.toMatchObject(
      unknownFor('disconnecting an account'),
    )
  })

  it('ends access at the platform and here, and can begin anew', async () => {
    const first = await goToPlatform()
    await get(first.back, first.cookie)
    expect(await disconnect(install, 'crm', 'cli:ada')).toBe(true)
    expect((await control.auditEntries({ action: 'connection_disconnected' })).length).toBeGreaterThan(0)
    expect(sandbox.requests.some(({ path }) => path.endsWith('/external-install'))).toBe(true)
    await expect((await connect('crm')).test()).rejects.toThrow('platform.auth_expired')
    expect(await disconnect(install, 'crm', 'cli:ada')).toBe(false)
    const second = await goToPlatform()
    expect((await get(second.back, second.cookie)).status).toBe(200)
  })
})
