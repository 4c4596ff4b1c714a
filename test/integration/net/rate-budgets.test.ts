import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { toGoogleError } from '../../../connectors/google-ads/errors.ts'
import { toPlatformError as toHubspotError } from '../../../connectors/hubspot/errors.ts'
import { toMetaError } from '../../../connectors/meta/errors.ts'
import { toPlatformError as toSalesforceError } from '../../../connectors/salesforce/errors.ts'
import {
  startSandboxServer,
  type SandboxReply,
  type SandboxServer,
} from '../../../connectors/sandbox-kit/sandbox-server.ts'
import type { RateBudget } from '../../../core/connector/rate-budget.ts'
import type { PlatformError } from '../../../core/errors/affluent-error.ts'
import type { CallPlatform, PlatformCall, PlatformReply } from '../../../core/port/platform-caller.ts'
import { createPlatformCaller } from '../../../hub-server/net/platform-caller.ts'
import { asInteractive } from '../../../hub-server/net/urgency.ts'
import { createFixedClock, type FixedClock } from '../../support/fixed-clock.ts'
import { silentLogger } from '../../support/silent-logger.ts'

const act = 'reading a thing'
const startAt = Date.parse('2026-11-22T10:00:00Z')
const budget: RateBudget = { name: 'calls', scope: 'account', limit: 100_000, windowMs: 1000, source: 'test' }

let server: SandboxServer
let clock: FixedClock

beforeEach(async () => {
  clock = createFixedClock(startAt, { autoAdvance: true })
  server = await startSandboxServer({
    clock,
    routes: [{ method: 'GET', pattern: /^\/\w+$/, answer: () => ({ status: 200, body: { ok: true } }) }],
  })
})
afterEach(() => server.close())

type Classify = (reply: PlatformReply) => PlatformError | undefined

const classifiers = {
  HubSpot: (reply) => toHubspotError(reply, { act, now: clock.now(), timeZone: 'UTC' }),
  Salesforce: (reply) => toSalesforceError(reply, { act, now: clock.now() }),
  Meta: (reply) => toMetaError(reply, act, 'act_1'),
  Google: (reply) => toGoogleError(reply, { act, now: clock.now() }),
} satisfies Record<string, Classify>

function toCall(path: string, classify: Classify): PlatformCall {
  return {
    act,
    budget: 'calls',
    classify,
    async send(signal) {
      const response = await fetch(`${server.url}/${path}`, { signal })
      return {
        status: response.status,
        headers: Object.fromEntries(response.headers),
        body: JSON.parse(await response.text()),
      }
    },
  }
}

function createCaller(change: Partial<RateBudget> = {}): CallPlatform {
  return createPlatformCaller({
    connection: 'shop',
    budgets: [{ ...budget, ...change }],
    clock,
    random: () => 0.5,
    logger: silentLogger,
    signal: new AbortController().signal,
  })
}

const hubspotLimit = (policyName: string, headers = {}): SandboxReply => ({
  status: 429,
  headers,
  body: { status: 'error', message: 'You have reached your limit.', errorType: 'RATE_LIMIT', policyName },
})
const salesforceLimit = (message: string): SandboxReply => ({
  status: 403,
  body: [{ errorCode: 'REQUEST_LIMIT_EXCEEDED', message }],
})
const metaLimit = (code: number, headers = {}): SandboxReply => ({
  status: 400,
  headers,
  body: {
    error: {
      code,
      error_subcode: 2_446_079,
      message: 'There have been too many calls.',
      type: 'OAuthException',
    },
  },
})
const regain = {
  'x-business-use-case-usage': JSON.stringify({
    1: [{ type: 'custom_audience', estimated_time_to_regain_access: 5 }],
  }),
}
const scoreReset = { 'x-ad-account-usage': JSON.stringify({ acc_id_util_pct: 100, reset_time_duration: 60 }) }
const retryInfo: SandboxReply = {
  status: 429,
  body: {
    error: {
      code: 429,
      status: 'RESOURCE_EXHAUSTED',
      message: 'Quota exceeded.',
      details: [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '27s' }],
    },
  },
}

const refusals: [string, keyof typeof classifiers, SandboxReply, number][] = [
  ['429 of the ten-second window', 'HubSpot', hubspotLimit('TEN_SECONDLY_ROLLING'), 10],
  ['429 with Retry-After', 'HubSpot', hubspotLimit('TEN_SECONDLY_ROLLING', { 'retry-after': '42' }), 42],
  [
    '403 REQUEST_LIMIT_EXCEEDED of concurrency',
    'Salesforce',
    salesforceLimit('ConcurrentPerOrgLongTxn Limit exceeded.'),
    10,
  ],
  ['80003 with the minutes of its header', 'Meta', metaLimit(80_003, regain), 300],
  ['17 with the seconds of its header', 'Meta', metaLimit(17, scoreReset), 60],
  ['RESOURCE_EXHAUSTED with RetryInfo', 'Google', retryInfo, 27],
]

describe('a refusal', () => {
  it.each(refusals)('%s (%s) holds the whole budget, to the second', async (_, platform, reply, seconds) => {
    const call = createCaller()
    server.faults.add({ kind: 'reply', reply, match: /refused/ })
    await call(toCall('refused', classifiers[platform]))
    await call(toCall('other', classifiers[platform]))
    const [refused, ...later] = server.requests
    expect(later.map(({ path }) => path)).toEqual(['/refused', '/other'])
    expect(Math.min(...later.map(({ at }) => at)) - (refused?.at ?? 0)).toBe(seconds * 1000)
  })

  it.each([
    ['Sun, 22 Nov 2026 10:01:30 GMT', 90],
    ['90', 90],
    // Nonsense: the platform's own rule for such a refusal, ten seconds.
    ['soon', 10],
    ['-5', 10],
    ['1e9', 10],
    ['Sun, 22 Nov 2026 09:00:00 GMT', 10],
  ])(
    'of a platform whose connector reads no Retry-After is waited out as "%s" says',
    async (written, seconds) => {
      const call = createCaller()
      const reply = salesforceLimit('ConcurrentPerOrgLongTxn Limit exceeded.')
      // A server's own Date header would be the machine's: the hub's clock stands still here.
      const headers = { 'retry-after': written, date: new Date(startAt).toUTCString() }
      server.faults.add({ kind: 'reply', reply: { ...reply, headers } })
      await call(toCall('thing', classifiers.Salesforce))
      expect(clock.now() - startAt).toBe(seconds * 1000)
    },
  )

  it.each([
    ['HubSpot', hubspotLimit('DAILY'), 14],
    ['Salesforce', salesforceLimit('TotalRequests Limit exceeded.'), 1],
  ] as const)('of the daily quota parks until it is full again (%s)', async (platform, reply, hours) => {
    const call = createCaller()
    server.faults.add({ kind: 'reply', reply })
    await expect(call(toCall('thing', classifiers[platform]))).rejects.toMatchObject({
      code: 'platform.quota_exhausted',
      wait: { until: startAt + hours * 3_600_000 },
    })
    expect(server.requests).toHaveLength(1)
  })
})

describe('what a person waits for', () => {
  it('goes before all that cycles have queued', async () => {
    const call = createCaller({ limit: 50, maxConcurrent: 1 })
    const background = Array.from({ length: 6 }, () => call(toCall('cycle', classifiers.HubSpot)))
    await expect.poll(() => server.requests.length).toBeGreaterThan(0)
    await asInteractive(() => call(toCall('person', classifiers.HubSpot)))
    await Promise.all(background)
    const place = server.requests.findIndex(({ path }) => path === '/person')
    expect(place).toBeGreaterThan(0)
    expect(place).toBeLessThan(5)
  })
})
