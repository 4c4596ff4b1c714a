import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { startGa4Sandbox } from '../../connectors/ga4/sandbox/ga4-sandbox.ts'
import { startGoogleAdsSandbox } from '../../connectors/google-ads/sandbox/google-ads-sandbox.ts'
import { startHubspotSandbox } from '../../connectors/hubspot/sandbox/hubspot-sandbox.ts'
import { startMetaSandbox } from '../../connectors/meta/sandbox/meta-sandbox.ts'
import { startSalesforceSandbox } from '../../connectors/salesforce/sandbox/salesforce-sandbox.ts'
import type { SandboxServer } from '../../connectors/sandbox-kit/sandbox-server.ts'
import type { Clock } from '../../core/port/clock.ts'

type DemoPlatform = 'HubSpot' | 'Salesforce' | 'Meta' | 'Google Ads' | 'GA4'

/** The pretend platforms of the demo, and what the demo's manifests find in the environment because of them. */
export interface DemoSandboxes {
  readonly servers: Readonly<Record<DemoPlatform, SandboxServer>>
  readonly env: Readonly<Record<string, string>>
  /** Requests so far that changed something on a platform. */
  countWrites(): number
  /** Google works uploads off within half an hour: its clock is put forward, so that nobody has to wait. */
  passHalfAnHour(): void
  close(): Promise<void>
}

const portalContact = z.object({ id: z.string(), properties: z.record(z.string(), z.string()) })

const token = 'demo-sandbox-token'
const adAccountId = 'act_1234567890'
const salesforceApp = { clientId: 'demo-app', clientSecret: 'demo-app-secret' }
const googleClient = { id: 'demo-client', secret: 'demo-client-secret', refreshToken: 'demo-refresh-token' }
const measurementApiSecret = 'demo-measurement-secret'

/** A little more than Google's sandbox needs for an upload. */
const uploadMs = 31 * 60_000

/**
 * Starts a HubSpot portal that holds the generated contacts, an empty Salesforce org, an empty Meta ad account, an empty Google Ads account
 * and a GA4 property. All keep the published limits.
 */
export async function startDemoSandboxes(folder: string, clock: Clock): Promise<DemoSandboxes> {
  const contacts = await readPortalContacts(folder)
  let ahead = 0
  const googleClock: Clock = {
    now: () => clock.now() + ahead,
    sleep: (ms, signal) => clock.sleep(ms, signal),
  }
  const { id: clientId, secret: clientSecret, refreshToken } = googleClient
  const client = { clientId, clientSecret, refreshToken }
  const servers = {
    HubSpot: await startHubspotSandbox({ clock, contacts, accessToken: token }),
    Salesforce: await startSalesforceSandbox({ clock, app: salesforceApp }),
    Meta: await startMetaSandbox({ clock, accessToken: token, adAccountId }),
    'Google Ads': await startGoogleAdsSandbox({ clock: googleClock, client }),
    GA4: await startGa4Sandbox({ clock, client: googleClient, measurementApiSecret }),
  }
  return {
    servers,
    env: toEnvironment(servers),
    countWrites: () =>
      Object.values(servers).reduce((sum, server) => sum + server.requests.filter(isWrite).length, 0),
    passHalfAnHour() {
      ahead += uploadMs
    },
    async close() {
      await Promise.all(Object.values(servers).map((server) => server.close()))
    },
  }
}

async function readPortalContacts(folder: string): Promise<z.output<typeof portalContact>[]> {
  const text = await readFile(join(folder, 'data', 'generated_hubspot_contacts.jsonl'), 'utf8')
  const lines = text.trimEnd().split('\n')
  return lines.map((line) => portalContact.parse(JSON.parse(line)))
}

function toEnvironment(servers: DemoSandboxes['servers']): DemoSandboxes['env'] {
  const googleAds = servers['Google Ads'].url
  return {
    // The pretend platforms are on this machine, where the hub otherwise connects to nobody.
    AFFLUENT_PRIVATE_NETWORKS: '127.0.0.1',
    HUBSPOT_BASE_URL: servers.HubSpot.url,
    HUBSPOT_ACCESS_TOKEN: token,
    SALESFORCE_LOGIN_URL: servers.Salesforce.url,
    SALESFORCE_CLIENT_ID: salesforceApp.clientId,
    SALESFORCE_CLIENT_SECRET: salesforceApp.clientSecret,
    META_BASE_URL: servers.Meta.url,
    META_ACCESS_TOKEN: token,
    META_AD_ACCOUNT_ID: adAccountId,
    GOOGLE_ADS_CLIENT_ID: googleClient.id,
    GOOGLE_ADS_CLIENT_SECRET: googleClient.secret,
    GOOGLE_ADS_REFRESH_TOKEN: googleClient.refreshToken,
    GOOGLE_DATA_MANAGER_URL: googleAds,
    GOOGLE_ADS_URL: googleAds,
    GOOGLE_TOKEN_URL: `${googleAds}/token`,
    GA4_BASE_URL: servers.GA4.url,
    GA4_CLIENT_ID: googleClient.id,
    GA4_CLIENT_SECRET: googleClient.secret,
    GA4_REFRESH_TOKEN: googleClient.refreshToken,
    GA4_MEASUREMENT_API_SECRET: measurementApiSecret,
  }
}

/** Some platforms read, search and hand out tokens by POST too. */
function isWrite({ method, path }: { readonly method: string; readonly path: string }): boolean {
  return method !== 'GET' && !/(\/(search|batch\/read|token)$)|:search|:runReport|\/debug\//.test(path)
}
