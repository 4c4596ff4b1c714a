import { beforeAll } from 'vitest'
import { googleAdsConnector } from '../../../connectors/google-ads/connector.ts'
import { startGoogleAdsSandbox } from '../../../connectors/google-ads/sandbox/google-ads-sandbox.ts'
import { createFixedClock } from '../../support/fixed-clock.ts'
import type { ConnectorHarness, DestinationCase, Refusal, RefusalKind, SourceCase } from './harness.ts'
import { pagingBy } from './paging-case.ts'
import { connectorSuite } from './suite.ts'

const clientSecret = 'secret-that-nobody-may-read'
const refreshToken = 'refresh-token-that-nobody-may-read'
const account = '1234567890'

/** `google.rpc.Status` with a reason; the message quotes a value, as Google's messages do. */
const refusal = (status: number, name: string, reason: string, codes: Refusal['codes']): Refusal => ({
  reply: {
    status,
    body: {
      error: {
        code: status,
        status: name,
        message: 'Value "quoted.person@example.com" is not accepted',
        details: [
          {
            '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
            reason,
            domain: 'datamanager.googleapis.com',
          },
          ...(status === 429
            ? [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '7s' }]
            : []),
        ],
      },
    },
  },
  codes,
})

const refusals: Record<RefusalKind, Refusal> = {
  unauthorised: refusal(401, 'UNAUTHENTICATED', 'ACCESS_TOKEN_EXPIRED', ['platform.auth_expired']),
  forbidden: refusal(403, 'PERMISSION_DENIED', 'PERMISSION_DENIED', ['platform.permission_missing']),
  rate_limited: refusal(429, 'RESOURCE_EXHAUSTED', 'RESOURCE_EXHAUSTED', ['platform.rate_limited']),
  bad_request: refusal(400, 'INVALID_ARGUMENT', 'INVALID_FILTER', ['platform.invalid_request']),
  not_found: refusal(404, 'NOT_FOUND', 'NOT_FOUND', ['platform.not_found']),
  server_error: refusal(503, 'UNAVAILABLE', 'INTERNAL_ERROR', ['platform.transient']),
}

const days = ['2026-10-29', '2026-10-30', '2026-10-31']

const rowsOf = (resource: string, key: (index: number) => string) =>
  days.flatMap((day) =>
    [0, 1].map((index) => ({
      [`${resource}.resource_name`]: key(index),
      'segments.date': day,
      'metrics.impressions': '1000',
      'metrics.clicks': '10',
      'metrics.cost_micros': '2500000',
    })),
  )

const idsOf = (key: (index: number) => string): string[] =>
  days.flatMap((day) => [0, 1].map((index) => `${key(index)}@${day}`))

const campaign = (index: number): string => `customers/${account}/campaigns/${100 + index}`
const adGroupAudience = (index: number): string => `customers/${account}/adGroupAudienceViews/7~${index}`
const campaignAudience = (index: number): string => `customers/${account}/campaignAudienceViews/8~${index}`

const startHarness = (own: Partial<Record<RefusalKind, Refusal>>) => async (): Promise<ConnectorHarness> => {
  const clock = createFixedClock('2026-11-01T00:00:00Z', { autoAdvance: true })
  const client = { clientId: 'client', clientSecret, refreshToken }
  const sandbox = await startGoogleAdsSandbox({ clock, client, customerId: account, pageSize: 2 })
  sandbox.seedRows('campaign', rowsOf('campaign', campaign))
  sandbox.seedRows('ad_group_audience_view', rowsOf('ad_group_audience_view', adGroupAudience))
  sandbox.seedRows('campaign_audience_view', rowsOf('campaign_audience_view', campaignAudience))
  const source = (resource: string, ids: readonly string[]): SourceCase => ({
    fields: ['date', 'impressions', 'cost'],
    externalIds: ids,
    paging: pagingBy('results', 'nextPageToken'),
    change() {
      const row = {
        [`${resource}.resource_name`]: 'new',
        'segments.date': '2026-11-01',
        'metrics.impressions': '1',
      }
      sandbox.seedRows(resource, [row])
      return Promise.resolve(['new@2026-11-01'])
    },
  })
  const lists: DestinationCase = {
    records: (count) =>
      Array.from({ length: count }, (_, index) => ({
        fields: { email: `member${index}@example.com`, phone: `+1650555${String(index).padStart(4, '0')}` },
      })),
    badRecord: { fields: { email: 'broken@@example.com' } },
    countMembers: (audience) =>
      sandbox.lists.get(audience.externalId.split('/').at(-1) ?? '')?.members.size ?? 0,
    countAudiences: () => sandbox.lists.size,
    callsToAdd: (count) => Math.ceil(count / 10_000),
    callsToRemove: (count) => Math.ceil(count / 10_000),
    settle: () => clock.advance(49 * 3_600_000),
  }
  const config = {
    customer_id: account,
    client_id: 'client',
    client_secret: clientSecret,
    refresh_token: refreshToken,
    customer_match_terms_accepted: true,
    data_manager_url: sandbox.url,
    google_ads_url: sandbox.url,
    token_url: `${sandbox.url}/token`,
  }
  return {
    config,
    secrets: [clientSecret, refreshToken],
    clock,
    access: {
      config,
      batchTo: 'customer_match',
      expire: () => clock.advance(3_600_000),
      countRefreshes: () => sandbox.requests.filter(({ path }) => path === '/token').length,
    },
    credentials: { current: () => obtainToken(sandbox.url) },
    sources: {
      campaign_performance: source('campaign', idsOf(campaign)),
      audience_performance: source('ad_group_audience_view', [
        ...idsOf(adGroupAudience),
        ...idsOf(campaignAudience),
      ]),
    },
    destinations: { customer_match: lists },
    platform: {
      strike: (blow) => sandbox.faults.add({ ...blow, match: /\/v\d/ }),
      countRequests: () => sandbox.requests.filter(({ path }) => path !== '/token').length,
      countWrites: () => sandbox.ledger.length,
      refusals: own,
    },
    close: () => sandbox.close(),
  }

  /** A fresh token for each call, straight from the sandbox: the clock is moved by days between them. */
  async function obtainToken(url: string) {
    const response = await fetch(`${url}/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'refresh_token',
        client_id: 'client',
        client_secret: clientSecret,
        refresh_token: refreshToken,
      }),
    })
    const { access_token } = (await response.json()) as { access_token: string }
    return { accessToken: access_token, expiresAt: null, facts: {} }
  }
}

// Loading the SDK holds the process up for seconds, in which idle connections to the sandbox would be closed unnoticed.
beforeAll(() => import('google-ads-api'))

connectorSuite('google-ads', { connector: googleAdsConnector, start: startHarness(refusals) })
// The same again for what a proxy in front of Google may answer: plain statuses without Google's error object.
connectorSuite('google-ads behind a proxy', { connector: googleAdsConnector, start: startHarness({}) })
