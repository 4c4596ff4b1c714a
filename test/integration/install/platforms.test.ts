import { afterEach, describe, expect, it } from 'vitest'
import { connectionManifest } from '../../../core/manifest/manifest.ts'
import type { ControlStore } from '../../../core/port/control-store.ts'
import {
  beginAuthorization,
  disconnect,
  endAuthorization,
  openAuthorization,
  type InstallPorts,
} from '../../../hub-server/install/authorize-connection.ts'
import { createSecretBox } from '../../../hub-server/secrets/secret-box.ts'
import { openControlStore } from '../../../hub-server/store/open-control-store.ts'
import { createConnections } from '../../../hub-server/worker/connections.ts'
import { createFixedClock } from '../../support/fixed-clock.ts'
import { silentLogger } from '../../support/silent-logger.ts'
import { installPlatforms, type InstallPlatform } from './install-platforms.ts'

const clock = createFixedClock('2026-11-22T10:00:00Z', { autoAdvance: true })

const opened: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close()
})

async function anInstall({
  connector,
  start,
  config,
}: InstallPlatform): Promise<InstallPorts & { control: ControlStore }> {
  const sandbox = await start(clock)
  const control = await openControlStore(':memory:', clock)
  opened.push(sandbox, control)
  const box = createSecretBox(new Uint8Array(32).fill(7))
  const manifest = connectionManifest.parse({
    kind: 'connection',
    version: 1,
    name: 'account',
    connector: connector.slug,
    config: config(sandbox.url),
  })
  const connect = createConnections({
    manifests: new Map([['account', manifest]]),
    connectors: new Map([[connector.slug, connector]]),
    resolveConfig: async (given) => given,
    folder: '/nowhere',
    grants: { store: control, box, holder: 'test' },
    clock,
    random: () => 0,
    logger: silentLogger,
    signal: new AbortController().signal,
    pacing: false,
  })
  return { control, box, connect, names: new Set(['account']), address: 'http://localhost:4000', clock }
}

/** What the browser does: opens the link, lets the platform send it back, and comes back. */
async function authorize(install: InstallPorts) {
  const { url } = await beginAuthorization(install, 'account', { actor: 'cli:ada', userId: null })
  const address = await openAuthorization(install, url.split('/').at(-1) ?? '', {
    browser: 'b',
    userId: null,
  })
  const answer = await fetch(address, { redirect: 'manual' })
  const back = new URL(answer.headers.get('location') ?? '')
  return endAuthorization(install, {
    connector: back.pathname.split('/')[2] ?? '',
    state: back.searchParams.get('state') ?? '',
    code: back.searchParams.get('code') ?? undefined,
    browser: 'b',
  })
}

describe.each(installPlatforms)('$connector.title', (platform) => {
  it('has no access before somebody authorised it, and says how', async () => {
    const install = await anInstall(platform)
    const connection = await install.connect('account')
    const checks = await connection.test().catch((error: unknown) => error)
    expect(JSON.stringify(checks)).toMatch(/platform\.auth_expired|"ok":false/)
  })

  it('is authorised in the browser with all that it needs, tested, and disconnected', async () => {
    const install = await anInstall(platform)
    expect(await authorize(install)).toMatchObject({ connection: 'account', missing: [] })
    const connection = await install.connect('account')
    expect((await connection.test()).filter(({ ok }) => ok).length).toBeGreaterThan(0)
    expect(await disconnect(install, 'account', 'cli:ada')).toBe(true)
    expect((await install.control.auditEntries()).map(({ action }) => action)).toEqual([
      'authorization_link_made',
      'connection_authorized',
      'connection_disconnected',
    ])
    const after = await connection.test().catch((error: unknown) => error)
    expect(JSON.stringify(after)).toMatch(/platform\.auth_expired|"ok":false/)
  })
})
