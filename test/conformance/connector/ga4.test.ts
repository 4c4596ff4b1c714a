import { ga4Connector } from '../../../connectors/ga4/connector.ts'
import { startGa4Sandbox } from '../../../connectors/ga4/sandbox/ga4-sandbox.ts'
import { createFixedClock } from '../../support/fixed-clock.ts'
import type { ConnectorHarness, DestinationCase, Refusal, RefusalKind } from './harness.ts'
import { connectorSuite } from './suite.ts'

const token = 'ya29-that-nobody-may-read'
const clientSecret = 'client-secret-that-nobody-may-read'
const refreshToken = 'refresh-token-that-nobody-may-read'
const apiSecret = 'api-secret-that-nobody-may-read'

/** google.rpc.Status; the message quotes a value. */
const refusal = (code: number, status: string, codes: Refusal['codes'], details: object[] = []): Refusal => ({
  reply: {
    status: code,
    body: { error: { code, message: 'Value "quoted.person@example.com" is not accepted', status, details } },
  },
  codes,
})

const refusals: Record<RefusalKind, Refusal> = {
  unauthorised: refusal(401, 'UNAUTHENTICATED', ['platform.auth_expired']),
  forbidden: refusal(403, 'PERMISSION_DENIED', ['platform.permission_missing']),
  rate_limited: refusal(
    429,
    'RESOURCE_EXHAUSTED',
    ['platform.rate_limited'],
    [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '13s' }],
  ),
  bad_request: refusal(400, 'INVALID_ARGUMENT', ['platform.invalid_request']),
  not_found: refusal(404, 'NOT_FOUND', ['platform.not_found']),
  server_error: refusal(503, 'UNAVAILABLE', ['platform.transient']),
}

const days = ['2026-10-28', '2026-10-29', '2026-10-30', '2026-10-31', '2026-11-01']
const campaigns = Array.from({ length: 50 }, (_, index) => `campaign ${String(index).padStart(2, '0')}`)
const rows = days.flatMap((date) =>
  campaigns.map((sessionCampaignName) => ({ date, sessionCampaignName, sessions: 3, activeUsers: 2 })),
)
const members = Array.from({ length: 130 }, (_, index) => ({
  userId: `crm-${index}`,
  deviceId: `${1000 + index}.1700000000`,
}))

const startHarness = (own: Partial<Record<RefusalKind, Refusal>>) => async (): Promise<ConnectorHarness> => {
  const clock = createFixedClock('2026-11-01T12:00:00Z', { autoAdvance: true })
  const sandbox = await startGa4Sandbox({
    clock,
    limits: 'off',
    accessToken: token,
    measurementApiSecret: apiSecret,
    client: { id: 'client', secret: clientSecret, refreshToken },
    rows,
    audiences: [
      { id: '11', name: 'Purchasers', members: members.slice(0, 110) },
      { id: '12', name: 'Lapsed', members: members.slice(100) },
    ],
  })
  const segmentEvents: DestinationCase = {
    records: (count) =>
      Array.from({ length: count }, (_, index) => ({ fields: { user_id: `crm-${index}`, tier: 'gold' } })),
    badRecord: { fields: { user_id: 'hashed.person@example.com' } },
    countMembers: (audience) =>
      [...sandbox.users.values()].filter(
        ({ properties }) => properties.get(audience.externalId.split('/').at(-1) ?? '') === 'in',
      ).length,
    countAudiences: () => sandbox.property.dimensions.size,
    // One validation, then one request a person: a request's events are all of one user.
    callsToAdd: (count) => 1 + count,
    callsToRemove: (count) => 1 + count,
  }
  const config = {
    property_id: '123456789',
    client_id: 'client',
    client_secret: clientSecret,
    refresh_token: refreshToken,
    measurement_id: 'G-SANDBOX1',
    measurement_api_secret: apiSecret,
    base_url: sandbox.url,
    rows_per_request: 60,
    report: {
      dimensions: ['sessionCampaignName'],
      metrics: ['sessions', 'activeUsers'],
      start_date: '2026-10-01',
    },
    audience_export: { audience_ids: ['11', '12'] },
  }
  return {
    config,
    secrets: [clientSecret, refreshToken, apiSecret],
    access: {
      config,
      expire: () => clock.advance(3_600_000),
      countRefreshes: () => sandbox.requests.filter(({ path }) => path === '/token').length,
    },
    credentials: { current: async () => ({ accessToken: token, expiresAt: null, facts: {} }) },
    clock,
    sources: {
      daily_report: {
        fields: ['date', 'sessionCampaignName', 'sessions'],
        externalIds: rows.map((row) => JSON.stringify([row.date, row.sessionCampaignName])),
        async change() {
          sandbox.setRows(rows.map((row) => (row.date >= '2026-10-30' ? { ...row, sessions: 4 } : row)))
          return rows
            .filter(({ date }) => date >= '2026-10-30')
            .map((row) => JSON.stringify([row.date, row.sessionCampaignName]))
        },
      },
      audience_members: {
        fields: ['user_id', 'audience_id'],
        externalIds: [
          ...members.slice(0, 110).map((each) => JSON.stringify(['11', each.userId, each.deviceId])),
          ...members.slice(100).map((each) => JSON.stringify(['12', each.userId, each.deviceId])),
        ],
      },
    },
    destinations: { segment_events: segmentEvents },
    platform: {
      strike: (blow) => sandbox.faults.add(blow),
      countRequests: () => sandbox.requests.length,
      countWrites: () => sandbox.ledger.length,
      refusals: own,
    },
    close: () => sandbox.close(),
  }
}

const suite = { connector: ga4Connector, pagedByOffset: ['daily_report', 'audience_members'] }
connectorSuite('ga4', { ...suite, start: startHarness(refusals) })
// The same again for what a proxy in front of Google may answer: plain statuses without google.rpc.Status.
connectorSuite('ga4 behind a proxy', { ...suite, start: startHarness({}) })
