import { afterEach, describe, expect, it } from 'vitest'
import { ga4Connector } from '../../../connectors/ga4/connector.ts'
import { startGa4Sandbox } from '../../../connectors/ga4/sandbox/ga4-sandbox.ts'
import { googleAdsConnector } from '../../../connectors/google-ads/connector.ts'
import { startGoogleAdsSandbox } from '../../../connectors/google-ads/sandbox/google-ads-sandbox.ts'
import { hubspotConnector } from '../../../connectors/hubspot/connector.ts'
import { startHubspotSandbox } from '../../../connectors/hubspot/sandbox/hubspot-sandbox.ts'
import { metaConnector } from '../../../connectors/meta/connector.ts'
import { startMetaSandbox } from '../../../connectors/meta/sandbox/meta-sandbox.ts'
import { salesforceConnector } from '../../../connectors/salesforce/connector.ts'
import { startSalesforceSandbox } from '../../../connectors/salesforce/sandbox/salesforce-sandbox.ts'
import type { SandboxServer } from '../../../connectors/sandbox-kit/sandbox-server.ts'
import type { Connector } from '../../../core/connector/connector.ts'
import { connectionManifest } from '../../../core/manifest/manifest.ts'
import type { ControlStore } from '../../../core/port/control-store.ts'
import type { JsonObject } from '../../../core/port/json.ts'
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

const clock = createFixedClock('2026-11-22T10:00:00Z', { autoAdvance: true })
const limits = 'off' as const

interface Platform {
  readonly connector: Connector
  readonly start: () => Promise<SandboxServer>
  readonly config: (url: string) => JsonObject
}

const platforms: readonly Platform[] = [
  {
    connector: hubspotConnector,
    start: () => startHubspotSandbox({ clock, limits, contacts: [] }),
    config: (url) => ({ client_id: 'sandbox-client', client_secret: 'sandbox-secret', base_url: url }),
  },
  {
    connector: salesforceConnector,
    start: () => startSalesforceSandbox({ clock, limits }),
    config: (url) => ({ login_url: url, client_id: 'consumer-key', client_secret: 'consumer-secret' }),
  },
  {
    connector: metaConnector,
    start: () => startMetaSandbox({ clock, limits, appSecret: 'app-secret' }),
    config: (url) => ({
      app_id: '778',
      app_secret: 'app-secret',
      ad_account_id: 'act_1234567890',
      base_url: url,
    }),
  },
  {
    connector: googleAdsConnector,
    start: () =>
      startGoogleAdsSandbox({
        clock,
        limits,
        client: { clientId: 'client', clientSecret: 'secret', refreshToken: 'refresh' },
      }),
    config: (url) => ({
      customer_id: '123-456-7890',
      client_id: 'client',
      client_secret: 'secret',
      data_manager_url: url,
      google_ads_url: url,
      token_url: `${url}/token`,
    }),
  },
  {
    connector: ga4Connector,
    start: () =>
      startGa4Sandbox({ clock, client: { id: 'client', secret: 'secret', refreshToken: 'refresh' } }),
    config: (url) => ({
      property_id: '123456789',
      client_id: 'client',
      client_secret: 'secret',
      base_url: url,
    }),
  },
]

const opened: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close()
})

async function anInstall({
  connector,
  start,
  config,
}: Platform): Promise<InstallPorts & { control: ControlStore }> {
  const sandbox = await start()
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

describe.each(platforms)('$connector.title', (platform) => {
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
