import { z } from 'zod'
import { googleAdsConnector } from '../../connectors/google-ads/connector.ts'
import { startGoogleAdsSandbox } from '../../connectors/google-ads/sandbox/google-ads-sandbox.ts'
import { hubspotConnector } from '../../connectors/hubspot/connector.ts'
import { startHubspotSandbox } from '../../connectors/hubspot/sandbox/hubspot-sandbox.ts'
import { metaConnector } from '../../connectors/meta/connector.ts'
import { startMetaSandbox } from '../../connectors/meta/sandbox/meta-sandbox.ts'
import { salesforceConnector } from '../../connectors/salesforce/connector.ts'
import { startSalesforceSandbox } from '../../connectors/salesforce/sandbox/salesforce-sandbox.ts'
import type { SandboxServer } from '../../connectors/sandbox-kit/sandbox-server.ts'
import type { Connection, Connector } from '../../core/connector/connector.ts'
import type { TokenGrant } from '../../core/connector/credentials.ts'
import type { DestinationRecord } from '../../core/connector/destination.ts'
import { PlatformError } from '../../core/errors/affluent-error.ts'
import type { Clock } from '../../core/port/clock.ts'
import type { JsonObject } from '../../core/port/json.ts'
import { createPlatformCaller } from '../../hub-server/net/platform-caller.ts'
import { silentLogger } from '../support/silent-logger.ts'
import { startTimeLapse } from './time-lapse.ts'

/** A platform with its published limits on, and what a long sync may spend there. */
interface Case {
  readonly server: SandboxServer
  readonly connector: Connector
  readonly kind: string
  readonly audience: string
  readonly config: JsonObject
  readonly grant?: TokenGrant
  /** Records of the nth write of the sync. */
  records(write: number): readonly DestinationRecord[]
  /** Calls that are paid from the budget. */
  counts(request: { readonly method: string; readonly path: string }): boolean
  /** What the platform publishes, for this much time. */
  allowed(elapsedMs: number): number
}

interface Platform {
  readonly published: string
  /** How much faster than ours the platform's time runs; 1 where the budget is one of seconds. */
  readonly lapse: number
  start(clock: Clock): Promise<Case>
}

const { signal } = new AbortController()
const minuteMs = 60_000

const hubspot: Platform = {
  published: '110 requests in a rolling 10 s (OAuth app)',
  lapse: 1,
  async start(clock) {
    const ids = Array.from({ length: 2000 }, (_, index) => String(1000 + index))
    const server = await startHubspotSandbox({
      clock,
      limits: { burst: 110 },
      contacts: ids.map((id) => ({ id, properties: {} })),
    })
    return {
      server,
      connector: hubspotConnector,
      kind: 'contacts',
      audience: 'contacts',
      config: { access_token: 'sandbox-token', base_url: server.url, limit_tier: 'marketplace_app' },
      records: (write) => ids.map((key) => ({ key, fields: { city: `City ${write}` } })),
      counts: () => true,
      allowed: (elapsedMs) => (elapsedMs / 10_000) * 110,
    }
  },
}

/** The allotment of a Developer Edition org, which is the smallest: the day is spent within minutes. */
const dailyCalls = 15_000

const salesforce: Platform = {
  published: `${dailyCalls} calls in a rolling day (Developer Edition); the hub leaves 5 % to other apps at least`,
  lapse: 1,
  async start(clock) {
    const server = await startSalesforceSandbox({ clock, limits: { daily: dailyCalls } })
    const ids = Array.from(
      { length: 20 },
      (_, index) =>
        server.org.insert('Contact', { LastName: 'Member', Email: `person${index}@example.com` }).id,
    )
    return {
      server,
      connector: salesforceConnector,
      kind: 'contact_fields',
      audience: 'people',
      config: {
        login_url: server.url,
        client_id: 'consumer-key',
        client_secret: 'consumer-secret',
        refresh_token: 'refresh-token',
        daily_usage_ceiling: 0.95,
      },
      grant: {
        accessToken: server.tokens.openSession(),
        expiresAt: null,
        facts: { instance_url: server.url, org_id: '00D5g000004ABCDEA4' },
      },
      records: (write) => ids.map((key) => ({ key, fields: { LastName: `Member ${write}` } })),
      counts: ({ path }) => path.startsWith('/services/data/'),
      allowed: () => dailyCalls,
    }
  },
}

const meta: Platform = {
  published: '5,000 + 40 for each audience custom-audience calls in a rolling hour (limited access tier)',
  lapse: 60,
  async start(clock) {
    const server = await startMetaSandbox({ clock, accessTier: 'limited' })
    return {
      server,
      connector: metaConnector,
      kind: 'custom_audience',
      audience: 'Bench',
      config: {
        access_token: 'sandbox-token',
        ad_account_id: 'act_1234567890',
        base_url: server.url,
        access_tier: 'limited',
      },
      records: (write) => [{ fields: { EMAIL: `person${write}@example.com` } }],
      counts: ({ path }) => !path.endsWith('/act_1234567890'),
      allowed: (elapsedMs) => (elapsedMs / (60 * minuteMs)) * (5000 + 40 * server.audiences.size),
    }
  },
}

const google: Platform = {
  published: '300 Data Manager requests in a rolling minute',
  lapse: 5,
  async start(clock) {
    const server = await startGoogleAdsSandbox({ clock, customerId: '1234567890' })
    const response = await fetch(`${server.url}/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'refresh_token',
        client_id: 'sandbox-client',
        client_secret: 'sandbox-secret',
        refresh_token: 'sandbox-refresh',
      }),
    })
    const { access_token: accessToken } = z.object({ access_token: z.string() }).parse(await response.json())
    return {
      server,
      connector: googleAdsConnector,
      kind: 'customer_match',
      audience: 'Bench',
      config: {
        customer_id: '1234567890',
        client_id: 'sandbox-client',
        client_secret: 'sandbox-secret',
        refresh_token: 'sandbox-refresh',
        customer_match_terms_accepted: true,
        data_manager_url: server.url,
        google_ads_url: server.url,
        token_url: `${server.url}/token`,
      },
      grant: { accessToken, expiresAt: null, facts: {} },
      records: (write) => [{ fields: { email: `person${write}@example.com` } }],
      counts: ({ path }) => path.startsWith('/v1/'),
      allowed: (elapsedMs) => (elapsedMs / minuteMs) * 300,
    }
  },
}

const platforms: Readonly<Record<string, Platform>> = { hubspot, salesforce, meta, 'google-ads': google }

/**
 * A long write to one platform's sandbox with the published limits on, through the hub's real caller, until `size` calls are made or the
 * hub parks the sync. Tells the share of the published budget that was used, and how many calls were refused (must be none).
 */
export async function bench(options: { size: number; platform: string }): Promise<Record<string, unknown>> {
  const platform = platforms[options.platform === '' ? 'hubspot' : options.platform]
  if (!platform) throw new RangeError(`--platform ${Object.keys(platforms).join('|')}`)
  const lapse = startTimeLapse(platform.lapse)
  const { clock } = lapse
  const open = await platform.start(clock)
  try {
    const { written, elapsedMs, parked } = await sync(open, options.size, clock)
    const calls = written.filter((request) => open.counts(request))
    return {
      platform: open.connector.slug,
      published: platform.published,
      calls: calls.length,
      refused: calls.filter(({ status }) => status === 429 || status === 403 || status === 400).length,
      parked,
      secondsOfThePlatform: Number((elapsedMs / 1000).toFixed(1)),
      timeLapse: platform.lapse,
      shareOfPublishedBudget: Number((calls.length / open.allowed(elapsedMs)).toFixed(4)),
    }
  } finally {
    lapse.end()
    await open.server.close()
  }
}

interface Written {
  readonly written: SandboxServer['requests']
  readonly elapsedMs: number
  /** True when the hub stopped by itself before the platform refused. */
  readonly parked: boolean
}

async function sync(open: Case, size: number, clock: Clock): Promise<Written> {
  const { server } = open
  const destination = connect(open, clock).destination(open.kind)
  const name = open.audience
  const audience = (await destination?.find({ name })) ?? (await destination?.create?.({ name }))
  if (!destination || !audience) throw new TypeError('the sandbox has nothing to write to')
  const before = server.requests.length
  const startedAt = clock.now()
  let parked = false
  for (let write = 0; !parked && server.requests.length - before < size; write += 1)
    parked = await isParked(destination.add({ audience, records: open.records(write), signal }))
  return { written: server.requests.slice(before), elapsedMs: clock.now() - startedAt, parked }
}

async function isParked(write: Promise<unknown>): Promise<boolean> {
  try {
    await write
    return false
  } catch (thrown) {
    if (thrown instanceof PlatformError && thrown.code === 'platform.quota_exhausted') return true
    throw thrown
  }
}

function connect({ connector, grant, config }: Case, clock: Clock): Connection {
  const call = createPlatformCaller({
    connection: 'bench',
    budgets: connector.budgets,
    clock,
    random: Math.random,
    logger: silentLogger,
    signal,
  })
  return connector.connect(
    {
      connection: 'bench',
      call,
      fetch: globalThis.fetch,
      clock,
      logger: silentLogger,
      workspace: '/',
      ...(grant && { credentials: { current: () => Promise.resolve(grant) } }),
    },
    config,
  )
}
