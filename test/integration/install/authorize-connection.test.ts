import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { HubspotSandbox } from '../../../connectors/hubspot/sandbox/hubspot-sandbox.ts'
import type { ControlStore } from '../../../core/port/control-store.ts'
import {
  beginAuthorization,
  disconnect,
  type InstallPorts,
} from '../../../hub-server/install/authorize-connection.ts'
import { createFixedClock, type FixedClock } from '../../support/fixed-clock.ts'
import {
  anInstallHub,
  atThisMachine,
  cookieOf,
  formTokenOf,
  refreshOf,
  type InstallHub,
} from './an-install-hub.ts'
import { hubspotInstall } from './install-platforms.ts'

let clock: FixedClock
let hub: InstallHub<HubspotSandbox>
let control: ControlStore
let sandbox: HubspotSandbox
let install: InstallPorts

beforeEach(async () => {
  clock = createFixedClock('2026-11-22T10:00:00Z', { autoAdvance: true })
  hub = await anInstallHub(hubspotInstall, clock)
  ;({ control, sandbox, install } = hub)
})
afterEach(() => hub.close())

const unknownFor = (act: string): object => ({ code: 'usage.wrong', params: { act, value: 'crn' } })

describe('authorising an account in the browser', () => {
  it('brings access that is kept sealed, works, and is written down', async () => {
    const { cookie, back } = await hub.goToPlatform()
    expect(back).toContain(`${install.address}/oauth/hubspot/callback?`)
    const page = await hub.get(back, cookie)
    expect(page.status).toBe(200)
    expect(await page.text()).toContain('“crm” may use the account now')
    const checks = await (await hub.connect('crm')).test()
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
    const { cookie, back } = await hub.goToPlatform()
    expect(await (await hub.get(back, cookie)).text()).toContain('crm.lists.write')
  })

  it('gives a link that works once, for ten minutes', async () => {
    const { url } = await hub.goToPlatform()
    expect((await hub.get(url)).status).toBe(404)
    const late = await beginAuthorization(install, 'crm', atThisMachine)
    clock.advance(10 * 60_000)
    expect((await hub.get(late.url)).status).toBe(404)
    expect((await hub.get(`${install.address}/install/nonsense`)).status).toBe(404)
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
    for (let look = 0; look < 3; look += 1) expect((await hub.get(url)).status).toBe(200)
    const start = await hub.get(url)
    const page = await start.text()
    expect(page).toContain('“crm” asks for access to an account')
    expect(page).toContain(new URL(sandbox.url).host)
    expect(page).toContain('crm.lists.write')
    expect(start.headers.get('refresh')).toBeNull()
    const cookie = cookieOf(start)
    // A form of another page, and of another browser.
    expect((await hub.pressContinue(url, cookie, 'f'.repeat(64))).status).toBe(403)
    expect((await hub.pressContinue(url, '', formTokenOf(page))).status).toBe(403)
    const leaving = await hub.pressContinue(url, cookie, formTokenOf(page))
    expect(refreshOf(leaving)).toContain(sandbox.url)
    expect(leaving.headers.get('referrer-policy')).toBe('no-referrer')
    expect((await hub.pressContinue(url, cookie, formTokenOf(page))).status).toBe(404)
  })

  it('opens a link that was made for a user to nobody else', async () => {
    const { url } = await beginAuthorization(install, 'crm', { actor: 'user:Ada', userId: 'u1' })
    expect((await hub.get(url)).status).toBe(404)
  })

  it('N26: refuses another account than before, and keeps the access there was', async () => {
    const first = await hub.goToPlatform()
    await hub.get(first.back, first.cookie)
    const kept = await control.grant('crm')
    sandbox.app.hubId += 1
    const second = await hub.goToPlatform()
    const answer = await hub.get(second.back, second.cookie)
    expect(answer.ok).toBe(false)
    expect(await control.grant('crm')).toEqual(kept)
  })

  it('stores nothing when somebody says no', async () => {
    const { cookie, back } = await hub.goToPlatform()
    const url = new URL(back)
    url.searchParams.delete('code')
    url.searchParams.set('error', 'access_denied')
    expect((await hub.get(url.href, cookie)).status).toBe(403)
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
    const first = await hub.goToPlatform()
    await hub.get(first.back, first.cookie)
    expect(await disconnect(install, 'crm', 'cli:ada')).toBe(true)
    expect((await control.auditEntries({ action: 'connection_disconnected' })).length).toBeGreaterThan(0)
    expect(sandbox.requests.some(({ path }) => path.endsWith('/external-install'))).toBe(true)
    await expect((await hub.connect('crm')).test()).rejects.toThrow('platform.auth_expired')
    expect(await disconnect(install, 'crm', 'cli:ada')).toBe(false)
    const second = await hub.goToPlatform()
    expect((await hub.get(second.back, second.cookie)).status).toBe(200)
  })
})
