import { readFile } from 'node:fs/promises'
import { googleAdsVersion } from 'google-ads-api'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { googleAdsBudgets } from '../../../connectors/google-ads/budgets.ts'
import { googleAdsApiVersion } from '../../../connectors/google-ads/google-ads.ts'
import type { Fault } from '../../../connectors/sandbox-kit/faults.ts'
import { PlatformError } from '../../../core/errors/affluent-error.ts'
import { createPlatformCaller } from '../../../hub-server/net/platform-caller.ts'
import { silentLogger } from '../../support/silent-logger.ts'
import {
  accessConfig,
  connectGoogleAds,
  grantingCredentials,
  never,
  openGoogleAds,
  people,
  sandboxConfig,
  type OpenGoogleAds,
} from './open-google-ads.ts'

// Section 3.8 of the platform notes, trap by trap, and the lines of peers.md that concern this platform. Traps that other files of
// this folder cover carry their number in the test's name; trap 2 is in offline-jobs.test.ts and the sandbox's own tests.
let ads: OpenGoogleAds
beforeEach(async () => {
  ads = await openGoogleAds({ changes: true })
})
afterEach(() => ads.sandbox.close())

const failure = async (act: Promise<unknown>): Promise<PlatformError> => {
  const error = await act.catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(PlatformError)
  return error as PlatformError
}
const concurrent = {
  http: 400,
  status: 'INVALID_ARGUMENT',
  category: 'databaseError',
  name: 'CONCURRENT_MODIFICATION',
  message: 'Multiple requests were attempting to modify the same resource at once.',
}

/** The connection through the hub's own caller: budgets, retries, renewal. */
function throughHub(open: OpenGoogleAds) {
  const { clock } = open
  const config = sandboxConfig(open.sandbox)
  return connectGoogleAds({
    config,
    clock,
    credentials: grantingCredentials(clock, { ...accessConfig, ...config }),
    call: createPlatformCaller({
      connection: 'ads',
      budgets: googleAdsBudgets,
      clock,
      random: () => 0.5,
      logger: silentLogger,
      signal: never,
    }),
  })
}

const answer = (status: number, body: unknown): Fault => ({
  kind: 'reply',
  match: /googleAds:search/,
  reply: { status, body },
})

describe('google-ads: known traps', () => {
  it('1: an account that never used the feature is told so, and by whom it is mended', async () => {
    const { externalId } = await ads.lists.create({ name: 'x' })
    ads.sandbox.failNextChange({
      http: 403,
      status: 'PERMISSION_DENIED',
      category: 'notAllowlistedError',
      name: 'CUSTOMER_NOT_ALLOWLISTED_FOR_THIS_FEATURE',
      message: 'The customer is not allowlisted.',
    })
    const error = await failure(ads.act('exclude_audience', { audience_id: externalId, campaign_ids: ['1'] }))
    expect(error.code).toBe('platform.permission_missing')
    expect(error.params['remedy']).toContain('Data Manager API')
  })

  it('3: adding and removing never share a request (megalista#42, B44)', async () => {
    const audience = await ads.lists.create({ name: 'x' })
    const bodies = new Map<string, unknown>()
    for (const operation of ['add', 'remove'] as const) {
      await ads.lists[operation]({ audience, records: people(2), signal: never })
      bodies.set(operation, ads.sandbox.requests.at(-1)?.path)
    }
    expect(Object.fromEntries(bodies)).toEqual({
      add: '/v1/audienceMembers:ingest',
      remove: '/v1/audienceMembers:remove',
    })
  })

  it('5: an API version that has ended answers a page with 404, which is not "not found"', async () => {
    const page = { status: 404, body: '<!DOCTYPE html><title>Error 404 (Not Found)!!1</title>' }
    ads.sandbox.faults.add({ kind: 'reply', match: /googleAds:search/, reply: page })
    const error = await failure(ads.act('read_budgets', {}))
    expect(error.code).toBe('platform.invalid_request')
    expect(error.params['remedy']).toContain('update Affluent')
  })

  const errorInfo = { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'SERVICE_DISABLED' }
  it.each<[string, Fault, string]>([
    [
      'ErrorInfo instead of a failure (Opteo#548)',
      answer(403, { error: { code: 403, status: 'PERMISSION_DENIED', details: [errorInfo] } }),
      'platform.permission_missing',
    ],
    ['no details at all', answer(400, { error: { code: 400 } }), 'platform.invalid_request'],
    ['an empty list of details', answer(429, { error: { code: 429, details: [] } }), 'platform.rate_limited'],
    ['a 500 that is no JSON', answer(500, 'oops'), 'platform.transient'],
    ['a 502 page', answer(502, '<html>Bad Gateway</html>'), 'platform.transient'],
    ['a cut connection', { kind: 'cut', match: /googleAds:search/ }, 'platform.transient'],
  ])('6: %s does not crash the SDK into something else', async (_, fault, code) => {
    ads.sandbox.faults.add(fault)
    expect((await failure(ads.act('read_budgets', {}))).code).toBe(code)
  })

  it('14: the SDK is pinned to the exact version whose API this is', async () => {
    const manifest = JSON.parse(await readFile('package.json', 'utf8')) as { dependencies: object }
    expect(manifest.dependencies).toMatchObject({ 'google-ads-api': '25.1.0' })
    expect(googleAdsVersion).toBe(googleAdsApiVersion)
  })

  it('B46: a concurrent change comes as 400 and is sent again by the hub', async () => {
    const hub = throughHub(ads)
    const { externalId } = await hub.lists.create({ name: 'x' })
    ads.sandbox.failNextChange(concurrent)
    ads.sandbox.failNextChange(concurrent)
    expect(await hub.act('exclude_audience', { audience_id: externalId, campaign_ids: ['1'] })).toMatchObject(
      {
        excluded: 1,
      },
    )
    expect(ads.sandbox.grpcCalls.map(({ status }) => status)).toEqual([
      'INVALID_ARGUMENT',
      'INVALID_ARGUMENT',
      'OK',
    ])
  })
})

describe('google-ads: limits', () => {
  it('sends nothing before the time that RetryInfo names', async () => {
    const hub = throughHub(ads)
    const details = [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '37s' }]
    const body = { error: { code: 429, status: 'RESOURCE_EXHAUSTED', message: 'slow down', details } }
    ads.sandbox.faults.add({ kind: 'reply', match: /userLists/, reply: { status: 429, body } })
    const startedAt = ads.clock.now()
    expect(await hub.lists.find({ name: 'x' })).toBeNull()
    const sent = ads.sandbox.requests.filter(({ path }) => path.endsWith('userLists')).map(({ at }) => at)
    expect(sent[0]).toBe(startedAt)
    expect((sent[1] ?? 0) - startedAt).toBeGreaterThanOrEqual(37_000)
  })

  it('parks on the quota of the day until midnight in California', async () => {
    const hub = throughHub(ads)
    const details = [
      {
        '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
        reason: 'RATE_LIMIT_EXCEEDED',
        metadata: { quota_limit: 'RequestsPerDayPerProject' },
      },
    ]
    const body = { error: { code: 429, status: 'RESOURCE_EXHAUSTED', message: 'enough', details } }
    ads.sandbox.faults.add({ kind: 'reply', match: /userLists/, reply: { status: 429, body } })
    const error = await failure(hub.lists.find({ name: 'x' }))
    expect(error).toMatchObject({
      code: 'platform.quota_exhausted',
      wait: { until: Date.parse('2026-11-23T08:00:00Z') },
    })
  })
})
