import { afterEach, beforeEach, expect, it } from 'vitest'
import { googleAdsConnector } from '../../../connectors/google-ads/connector.ts'
import {
  startGoogleAdsSandbox,
  type GoogleAdsSandbox,
} from '../../../connectors/google-ads/sandbox/google-ads-sandbox.ts'
import type { Workspace } from '../../../core/manifest/manifest.ts'
import { runCycle } from '../../../hub-server/worker/run-cycle.ts'
import { aCycleBench, shopPeople, type CycleBench } from '../../support/a-cycle.ts'
import { createFixedClock, type FixedClock } from '../../support/fixed-clock.ts'
import { createLedgerConnector } from '../../support/ledger-connector.ts'
import { startLedgerPlatform, type LedgerPlatform } from '../../support/ledger-platform.ts'
import { aGoogleAdsWorkspace } from './a-google-ads-workspace.ts'
import { accessConfig, sandboxConfig } from './open-google-ads.ts'

// The old upload path through the whole hub: plan, batches, jobs over gRPC, their end in a later cycle.
const hour = 3_600_000
let clock: FixedClock
let shop: LedgerPlatform
let sandbox: GoogleAdsSandbox
let bench: CycleBench
let workspace: Workspace

beforeEach(async () => {
  clock = createFixedClock('2026-11-22T10:00:00Z', { autoAdvance: true })
  shop = await startLedgerPlatform(clock)
  shop.people.push(...shopPeople(1, 5))
  sandbox = await startGoogleAdsSandbox({ clock, changes: true, oldPathAllowed: true })
  const access = { ...accessConfig, ...sandboxConfig(sandbox), upload_path: 'offline_jobs' }
  workspace = aGoogleAdsWorkspace(shop.url, access)
  bench = await aCycleBench({ clock, workspace, connectors: [createLedgerConnector(), googleAdsConnector] })
})
afterEach(async () => {
  await bench.close()
  await Promise.all([shop.close(), sandbox.close()])
})

const run = () =>
  runCycle(bench, {
    workspace,
    asOf: clock.now(),
    actor: 'test',
    signal: new AbortController().signal,
    onEvent: () => undefined,
  })
const members = () => [...sandbox.lists.values()].flatMap((list) => [...list.members.keys()])
const deliveries = () => bench.control.runs({ sync: 'to-ads' })

it('waits for a job over hours, sends nothing twice meanwhile, and is green at its end', async () => {
  await run()
  const [first] = await deliveries()
  expect(first).toMatchObject({ state: 'incomplete', counters: { pending: 5 } })
  clock.advance(hour)
  await run()
  expect(members()).toEqual([])
  expect(sandbox.jobs.size).toBe(1)
  clock.advance(6 * hour)
  await run()
  expect(members()).toHaveLength(5)
  expect(await bench.control.run(first?.id ?? '')).toMatchObject({
    state: 'succeeded',
    counters: { applied: 5, pending: 0 },
  })
  expect(sandbox.jobs.size).toBe(1)
})

it('takes off who withdrew consent, by a job of its own', async () => {
  await run()
  clock.advance(7 * hour)
  await run()
  const [first] = shop.people
  if (first) shop.people[0] = { ...first, consent: 'no' }
  await run()
  clock.advance(7 * hour)
  await run()
  expect(members()).toHaveLength(4)
  expect([...sandbox.jobs.values()].map(({ operations }) => operations.map(({ kind }) => kind))).toEqual([
    Array.from({ length: 5 }, () => 'create'),
    ['remove'],
  ])
})

it('renews access that ends in the middle of a job once, and goes on', async () => {
  sandbox.failNextChange({
    http: 401,
    status: 'UNAUTHENTICATED',
    category: 'authenticationError',
    name: 'OAUTH_TOKEN_EXPIRED',
    message: 'Expired.',
  })
  await run()
  expect(sandbox.grpcCalls.map(({ method, status }) => [method, status])).toEqual([
    ['CreateOfflineUserDataJob', 'UNAUTHENTICATED'],
    ['CreateOfflineUserDataJob', 'OK'],
    ['AddOfflineUserDataJobOperations', 'OK'],
    ['RunOfflineUserDataJob', 'OK'],
  ])
  expect(sandbox.requests.filter(({ path }) => path === '/token')).toHaveLength(2)
})

it('loses nobody when Google fails a job: they are sent again', async () => {
  await run()
  sandbox.failUploads('UNKNOWN')
  clock.advance(7 * hour)
  await run()
  sandbox.failUploads(undefined)
  expect(members()).toEqual([])
  await run()
  clock.advance(7 * hour)
  await run()
  expect(members()).toHaveLength(5)
})
