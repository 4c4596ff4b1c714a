import { metaConnector } from '../../../connectors/meta/connector.ts'
import { startMetaSandbox } from '../../../connectors/meta/sandbox/meta-sandbox.ts'
import { createFixedClock } from '../../support/fixed-clock.ts'
import type { ConnectorHarness, DestinationCase, RefusalKind, Refusal, SourceCase } from './harness.ts'
import { pagingBy } from './paging-case.ts'
import { connectorSuite } from './suite.ts'

const token = 'token-that-nobody-may-read'
const appSecret = 'secret-that-nobody-may-read'

/** Meta's error object; the message quotes a value, as Meta's messages do. */
const refusal = (
  code: number,
  subcode: number | undefined,
  codes: Refusal['codes'],
  status = 400,
): Refusal => ({
  reply: {
    status,
    body: {
      error: {
        message: `(#${code}) Value "quoted.person@example.com" is not accepted`,
        type: 'OAuthException',
        code,
        ...(subcode !== undefined && { error_subcode: subcode }),
        is_transient: false,
        fbtrace_id: 'Atrace',
      },
    },
  },
  codes,
})

const refusals: Record<RefusalKind, Refusal> = {
  unauthorised: refusal(190, 463, ['platform.auth_expired'], 401),
  forbidden: refusal(200, undefined, ['platform.permission_missing'], 403),
  rate_limited: refusal(80_003, 2_446_079, ['platform.rate_limited']),
  bad_request: refusal(100, undefined, ['platform.invalid_request']),
  not_found: refusal(100, 33, ['platform.not_found']),
  server_error: refusal(2, undefined, ['platform.transient'], 500),
}

/** What an ad did on a day. */
const line = (day: string, ad: number) => ({
  level: 'ad' as const,
  day,
  values: { ad_id: String(ad), impressions: '10', clicks: '1', spend: '0.5' },
})

const startHarness = (own: Partial<Record<RefusalKind, Refusal>>) => async (): Promise<ConnectorHarness> => {
  const clock = createFixedClock('2026-11-01T00:00:00Z', { autoAdvance: true })
  const sandbox = await startMetaSandbox({ clock, accessToken: token, appSecret })
  const audiences: DestinationCase = {
    records: (count) =>
      Array.from({ length: count }, (_, index) => ({
        fields: { EMAIL: `member${index}@example.com`, PHONE: `+1650555${String(index).padStart(4, '0')}` },
      })),
    badRecord: { fields: { EMAIL: 'broken@@example.com' } },
    countMembers: (audience) => sandbox.audiences.get(audience.externalId)?.members.size ?? 0,
    countAudiences: () => sandbox.audiences.size,
    callsToAdd: (count) => Math.ceil(count / 10_000),
    callsToRemove: (count) => Math.ceil(count / 10_000),
    settle: () => clock.advance(25 * 3_600_000),
  }
  // Three pages of 500 lines and more; one of them on the day before the last.
  const lines = [...Array.from({ length: 1_100 }, (_, ad) => line('2026-10-05', ad)), line('2026-10-30', 1)]
  sandbox.putInsights(lines)
  const insights: SourceCase = {
    fields: ['ad_id', 'clicks', 'spend'],
    paging: pagingBy('data', 'paging.next'),
    externalIds: lines.map(({ day, values }) => `${values.ad_id}@${day}`),
    change: () => {
      sandbox.putInsights([line('2026-10-29', 2)])
      return Promise.resolve(['2@2026-10-29'])
    },
  }
  return {
    config: {
      insights_history_days: 31,
      access_token: token,
      app_secret: appSecret,
      ad_account_id: 'act_1234567890',
      base_url: sandbox.url,
    },
    secrets: [token, appSecret],
    clock,
    sources: { ad_insights: insights },
    destinations: { custom_audience: audiences },
    platform: {
      strike: (blow) => sandbox.faults.add(blow),
      countRequests: () => sandbox.requests.length,
      countWrites: () => sandbox.ledger.length,
      refusals: own,
    },
    close: () => sandbox.close(),
  }
}

// Meta exchanges a token only while it is good.
const suite = { connector: metaConnector, endsForGood: true }
connectorSuite('meta', { ...suite, start: startHarness(refusals) })
// The same again for what a proxy in front of Meta may answer: plain statuses without Meta's error object.
connectorSuite('meta behind a proxy', { ...suite, start: startHarness({}) })
