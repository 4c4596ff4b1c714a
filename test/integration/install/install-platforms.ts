import { ga4Connector } from '../../../connectors/ga4/connector.ts'
import { startGa4Sandbox } from '../../../connectors/ga4/sandbox/ga4-sandbox.ts'
import { googleAdsConnector } from '../../../connectors/google-ads/connector.ts'
import { startGoogleAdsSandbox } from '../../../connectors/google-ads/sandbox/google-ads-sandbox.ts'
import { hubspotConnector } from '../../../connectors/hubspot/connector.ts'
import {
  startHubspotSandbox,
  type HubspotSandbox,
} from '../../../connectors/hubspot/sandbox/hubspot-sandbox.ts'
import { metaConnector } from '../../../connectors/meta/connector.ts'
import { startMetaSandbox } from '../../../connectors/meta/sandbox/meta-sandbox.ts'
import { salesforceConnector } from '../../../connectors/salesforce/connector.ts'
import { startSalesforceSandbox } from '../../../connectors/salesforce/sandbox/salesforce-sandbox.ts'
import type { SandboxServer } from '../../../connectors/sandbox-kit/sandbox-server.ts'
import type { Connector } from '../../../core/connector/connector.ts'
import type { Clock } from '../../../core/port/clock.ts'
import type { JsonObject } from '../../../core/port/json.ts'

const limits = 'off' as const

/** A sandbox in whose browser somebody else can sign in. */
export interface InstallSandbox extends SandboxServer {
  /** Absent: the platform ties its codes to the browser that asked for them, whoever signs in. */
  signInStranger?(): void
}

/** A platform that is authorised in the browser, and the configuration of a connection to its sandbox. */
export interface InstallPlatform<Sandbox extends InstallSandbox = InstallSandbox> {
  readonly connector: Connector
  readonly start: (clock: Clock) => Promise<Sandbox>
  readonly config: (url: string) => JsonObject
}

export const hubspotInstall: InstallPlatform<HubspotSandbox> = {
  connector: hubspotConnector,
  start: (clock) => startHubspotSandbox({ clock, limits, contacts: [] }),
  config: (url) => ({ client_id: 'sandbox-client', client_secret: 'sandbox-secret', base_url: url }),
}

/** All there are. */
export const installPlatforms: readonly InstallPlatform[] = [
  hubspotInstall,
  {
    connector: salesforceConnector,
    start: (clock) => startSalesforceSandbox({ clock, limits }),
    config: (url) => ({ login_url: url, client_id: 'consumer-key', client_secret: 'consumer-secret' }),
  },
  {
    connector: metaConnector,
    async start(clock) {
      const sandbox = await startMetaSandbox({ clock, limits, appSecret: 'app-secret' })
      return { ...sandbox, signInStranger: () => sandbox.signIn('502') }
    },
    config: (url) => ({
      app_id: '778',
      app_secret: 'app-secret',
      ad_account_id: 'act_1234567890',
      base_url: url,
    }),
  },
  {
    connector: googleAdsConnector,
    start: (clock) =>
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
    start: (clock) =>
      startGa4Sandbox({ clock, client: { id: 'client', secret: 'secret', refreshToken: 'refresh' } }),
    config: (url) => ({
      property_id: '123456789',
      client_id: 'client',
      client_secret: 'secret',
      base_url: url,
    }),
  },
]
