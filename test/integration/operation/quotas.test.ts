import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ga4Budgets, tokensLeftHeader } from '../../../connectors/ga4/budgets.ts'
import { hubspotBudgets } from '../../../connectors/hubspot/budgets.ts'
import { metaBudgets } from '../../../connectors/meta/budgets.ts'
import { apiBudget, salesforceBudgets } from '../../../connectors/salesforce/budgets.ts'
import type { QuotaReading, RateBudget } from '../../../core/connector/rate-budget.ts'
import type { ControlStore } from '../../../core/port/control-store.ts'
import type { Logger } from '../../../core/port/logger.ts'
import { createPlatformCaller } from '../../../hub-server/net/platform-caller.ts'
import { createQuotaWatch } from '../../../hub-server/net/quota-watch.ts'
import { readConnectionHealth } from '../../../hub-server/operation/connection-health.ts'
import { toQuotaGauges } from '../../../hub-server/operation/quota-gauges.ts'
import { readProblems } from '../../../hub-server/operation/read-problems.ts'
import { openControlStore } from '../../../hub-server/store/open-control-store.ts'
import { aCycleWorkspace } from '../../support/a-cycle.ts'
import { createFixedClock, type FixedClock } from '../../support/fixed-clock.ts'
import { silentLogger } from '../../support/silent-logger.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs

let clock: FixedClock
let control: ControlStore
beforeEach(async () => {
  clock = createFixedClock('2026-11-22T06:00:00Z')
  control = await openControlStore(':memory:', clock)
})
afterEach(() => control.close())

const workspace = aCycleWorkspace('http://127.0.0.1:1', [{ name: 'crm', url: 'http://127.0.0.1:1' }])

/** What the hub hears of quotas when an answer brings these headers. */
async function hear(
  budgets: readonly RateBudget[],
  budget: string,
  headers: Readonly<Record<string, string>>,
): Promise<readonly (QuotaReading & { readonly budget: string })[]> {
  const heard: (QuotaReading & { readonly budget: string })[] = []
  const call = createPlatformCaller({
    connection: 'crm',
    budgets,
    clock: createFixedClock(0, { autoAdvance: true }),
    random: () => 0.5,
    logger: silentLogger,
    signal: new AbortController().signal,
    onQuota: (name, reading) => heard.push({ budget: name, ...reading }),
  })
  await call({
    act: 'reading a thing',
    budget,
    send: () => Promise.resolve({ status: 200, headers, body: {} }),
    classify: () => undefined,
  })
  return heard
}

describe('what answers tell of quotas', () => {
  it.each<
    readonly [
      string,
      readonly RateBudget[],
      string,
      Readonly<Record<string, string>>,
      QuotaReading | undefined,
    ]
  >([
    [
      'HubSpot’s day, and not its ten seconds',
      hubspotBudgets,
      'professional_enterprise',
      {
        'x-hubspot-ratelimit-remaining': '3',
        'x-hubspot-ratelimit-daily': '650000',
        'x-hubspot-ratelimit-daily-remaining': '12000',
      },
      { windowMs: dayMs, left: 12_000, of: 650_000 },
    ],
    [
      'no day of HubSpot’s where the app has none',
      hubspotBudgets,
      'marketplace_app',
      { 'x-hubspot-ratelimit-remaining': '3' },
      undefined,
    ],
    [
      'Salesforce’s rolling day, of the org’s own size',
      salesforceBudgets,
      apiBudget,
      { 'sforce-limit-info': 'api-usage=14000/15000; per-app-api-usage=17/250(appName=Affluent)' },
      { windowMs: dayMs, left: 1000, of: 15_000 },
    ],
    [
      'Meta’s hour of custom audiences, by the busiest figure',
      metaBudgets,
      'custom_audience_full',
      {
        'x-business-use-case-usage': JSON.stringify({
          '1': [{ type: 'custom_audience', call_count: 95, total_time: 10, total_cputime: 20 }],
        }),
      },
      { windowMs: hourMs, left: 9_500, of: 190_000 },
    ],
    [
      'GA4’s tokens',
      ga4Budgets,
      'core_tokens_standard',
      { [tokensLeftHeader]: '700' },
      { windowMs: hourMs, left: 700, of: 14_000 },
    ],
    [
      'nothing of a window of seconds',
      hubspotBudgets,
      'search',
      { 'x-hubspot-ratelimit-daily': '5' },
      undefined,
    ],
    [
      'nothing where the header is no number',
      hubspotBudgets,
      'free_starter',
      { 'x-hubspot-ratelimit-daily': 'many', 'x-hubspot-ratelimit-daily-remaining': '-1' },
      undefined,
    ],
  ])('are %s', async (...[, budgets, budget, headers, reading]) => {
    expect(await hear(budgets, budget, headers)).toEqual(reading ? [{ budget, ...reading }] : [])
  })
})

const note = (left: number, connection = 'crm'): Promise<void> =>
  control.noteQuota({ connection, budget: 'daily', windowMs: dayMs, left, of: 1000, at: clock.now() })
const health = async () =>
  (await readConnectionHealth({ workspace, control, box: { open: () => '' }, clock })).find(
    ({ connection }) => connection === 'crm',
  )
const problems = async (): Promise<readonly string[]> =>
  (
    await readProblems({
      workspace,
      control,
      health: () => Promise.resolve({ ready: { ingest: true, sync: true }, checks: [] }),
      everyMs: undefined,
      servingSince: clock.now(),
      clock,
    })
  ).map(({ subject, code }) => `${subject} ${code}`)

describe('what is left of a quota', () => {
  it('stands in the health of its connection until its window is over', async () => {
    await note(500)
    const at = clock.now()
    expect((await health())?.quotas).toEqual([
      { budget: 'daily', windowMs: dayMs, left: 500, of: 1000, isLow: false, at },
    ])
    clock.advance(dayMs)
    expect((await health())?.quotas).toEqual([])
  })

  it('is a problem below a tenth and stays one until a fifth is left again, so that it is told once', async () => {
    const told: (readonly string[])[] = []
    for (const left of [100, 99, 120, 199, 99, 200, 150]) {
      await note(left)
      told.push(await problems())
    }
    const low = ['quota/crm run.quota_low']
    expect(told).toEqual([[], low, low, low, low, [], []])
    await note(5)
    expect(await problems()).toEqual(low)
    clock.advance(dayMs)
    expect(await problems()).toEqual([])
  })

  it('of a connection that is not in force is told nowhere', async () => {
    await note(1, 'gone')
    expect([await problems(), (await health())?.quotas]).toEqual([[], []])
  })

  it('is a gauge with one series for each budget of a platform, however many accounts', () => {
    const quota = { windowMs: dayMs, isLow: false, at: 0 }
    const accounts = Array.from({ length: 300 }, (_, index) => ({
      connector: 'hubspot',
      quotas: [{ ...quota, budget: 'daily', left: 1000 - index, of: 1000 }],
    }))
    expect(toQuotaGauges(accounts)).toEqual([
      { name: 'quota_left', value: 0.701, labels: { connector: 'hubspot', kind: 'daily' } },
    ])
  })
})

describe('the watch over quotas', () => {
  it('writes once a minute, or at once when much was spent', async () => {
    const written: number[] = []
    const watch = createQuotaWatch({
      book: {
        async noteQuota({ left }) {
          written.push(left)
        },
      },
      clock,
      logger: silentLogger,
    })
    for (const left of [1000, 999, 998, 970, 969]) watch('crm', 'daily', { windowMs: dayMs, left, of: 1000 })
    clock.advance(60_000)
    watch('crm', 'daily', { windowMs: dayMs, left: 968, of: 1000 })
    watch('ads', 'daily', { windowMs: dayMs, left: 968, of: 1000 })
    expect(written).toEqual([1000, 970, 968, 968])
  })

  it('lets no store that fails fail a call: it is told to the log', async () => {
    const lines: unknown[] = []
    const logger: Logger = { ...silentLogger, warn: (event, fields) => lines.push([event, fields]) }
    const book = { noteQuota: () => Promise.reject(new Error('the disk is gone')) }
    createQuotaWatch({ book, clock, logger })('crm', 'daily', { windowMs: dayMs, left: 1, of: 2 })
    await new Promise((resolve) => setImmediate(resolve))
    expect(lines).toEqual([['quota_not_noted', { connection: 'crm', code: 'internal.unexpected' }]])
  })
})
