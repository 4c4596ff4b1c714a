import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { googleAdsConnector } from '../../../connectors/google-ads/connector.ts'
import {
  startGoogleAdsSandbox,
  type GoogleAdsSandbox,
} from '../../../connectors/google-ads/sandbox/google-ads-sandbox.ts'
import type { Workspace } from '../../../core/manifest/manifest.ts'
import type { LogFields, Logger } from '../../../core/port/logger.ts'
import { planCycle } from '../../../hub-server/worker/plan-cycle.ts'
import { runCycle } from '../../../hub-server/worker/run-cycle.ts'
import { aCycleBench, shopPeople, type CycleBench } from '../../support/a-cycle.ts'
import { createFixedClock, type FixedClock } from '../../support/fixed-clock.ts'
import { createLedgerConnector } from '../../support/ledger-connector.ts'
import { startLedgerPlatform, type LedgerPlatform } from '../../support/ledger-platform.ts'
import { aGoogleAdsWorkspace } from './a-google-ads-workspace.ts'
import { accessConfig, sandboxConfig } from './open-google-ads.ts'

// The whole way: people of a shop, a plan with Google asked (validateOnly), a run, its jobs to the end, a withdrawn consent.
let clock: FixedClock
let shop: LedgerPlatform
let sandbox: GoogleAdsSandbox
let bench: CycleBench
let workspace: Workspace

beforeEach(async () => {
  clock = createFixedClock('2026-11-22T10:00:00Z', { autoAdvance: true })
  shop = await startLedgerPlatform(clock)
  shop.people.push(...shopPeople(1, 5))
  sandbox = await startGoogleAdsSandbox({ clock })
  workspace = aGoogleAdsWorkspace(shop.url, { ...accessConfig, ...sandboxConfig(sandbox) })
  bench = await aCycleBench({
    clock,
    workspace,
    connectors: [createLedgerConnector(), googleAdsConnector],
  })
})
afterEach(async () => {
  await bench.close()
  await Promise.all([shop.close(), sandbox.close()])
})

const request = (syncs?: readonly string[]) => ({
  workspace,
  asOf: clock.now(),
  actor: 'test',
  signal: new AbortController().signal,
  onEvent: () => undefined,
  ...(syncs && { syncs }),
})
const run = (syncs?: readonly string[]) => runCycle(bench, request(syncs))
async function plan(askPlatforms: boolean) {
  const [planned] = await planCycle(bench, request(['to-ads']), {
    dryRun: (work) => bench.duckdb.dryRun(work),
    askPlatforms,
  })
  return planned
}
const uploads = () => sandbox.requests.filter(({ path }) => path.startsWith('/v1/audienceMembers'))
const members = () => [...sandbox.lists.values()].flatMap((list) => [...list.members.keys()])

describe('google-ads: a plan that asks Google', () => {
  it('has the exact additions checked by validateOnly, and nobody is added', async () => {
    await run()
    clock.advance(3_600_000)
    await run()
    expect(members()).toHaveLength(5)
    shop.people.push(...shopPeople(6, 8))
    await run(['from-shop'])
    const before = uploads().length
    const planned = await plan(true)
    expect(planned).toMatchObject({ plan: { adds: 3 }, verdict: { asked: 3, refused: [] } })
    expect(uploads().slice(before)).toMatchObject([{ path: '/v1/audienceMembers:ingest', status: 200 }])
    const done = sandbox.ledger.length
    clock.advance(3_600_000)
    expect(members()).toHaveLength(5)
    expect(sandbox.ledger).toHaveLength(done)
  })

  it('tells which rows Google would refuse, and why', async () => {
    await run()
    shop.people.push(...shopPeople(6, 8))
    await run(['from-shop'])
    const violation = {
      field: 'audience_members[1].user_data.user_identifiers[0].email_address',
      reason: 'INVALID_SHA256_FORMAT',
      description: 'The value is not valid.',
    }
    const details = [{ '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations: [violation] }]
    const body = { error: { code: 400, status: 'INVALID_ARGUMENT', message: 'A problem.', details } }
    sandbox.faults.add({ kind: 'reply', match: /:ingest/, reply: { status: 400, body } })
    expect((await plan(true))?.verdict).toEqual({
      asked: 3,
      refused: [{ code: 'invalid_sha256_format', message: 'The value is not valid.', count: 1 }],
    })
  })

  it('tells that the run would be refused as a whole, without failing the plan', async () => {
    await run()
    shop.people.push(...shopPeople(6, 8))
    await run(['from-shop'])
    sandbox.acceptTerms(false)
    const planned = await plan(true)
    expect(planned).toMatchObject({
      plan: { adds: 3 },
      verdict: { error: { code: 'platform.terms_not_accepted' } },
    })
  })

  it('calls Google only when it is told to, and not while there is no list yet', async () => {
    await run(['from-shop'])
    expect(await plan(false)).not.toHaveProperty('verdict')
    expect(sandbox.requests).toEqual([])
    expect(await plan(true)).not.toHaveProperty('verdict')
    expect(uploads()).toEqual([])
    expect(sandbox.lists.size).toBe(0)
  })
})

describe('google-ads: too small an audience', () => {
  it('is told by the plan before anything is sent', async () => {
    await run(['from-shop'])
    expect(await plan(false)).toMatchObject({ plan: { desired: 5 }, tooFewFor: 100 })
    shop.people.push(...shopPeople(6, 100))
    await run(['from-shop'])
    expect(await plan(false)).not.toHaveProperty('tooFewFor')
  })
})

it('a run that fills too small an audience says so, in its report and its log', async () => {
  const warned: [string, LogFields | undefined][] = []
  const warn: Logger['warn'] = (event, fields) => void warned.push([event, fields])
  await runCycle({ ...bench, logger: { ...bench.logger, warn } }, request())
  clock.advance(3_600_000)
  shop.people.push(...shopPeople(6, 7))
  const { runs } = await runCycle({ ...bench, logger: { ...bench.logger, warn } }, request())
  expect(runs.find(({ sync }) => sync === 'to-ads')?.drift).toMatchObject({ expected: 7, tooFewFor: 100 })
  expect(warned).toContainEqual(['audience_too_small', { sync: 'to-ads', count: 5, limit: 100 }])
})

describe('google-ads: consent of each person, as the hub has it', () => {
  it('goes with each upload, and a denial later takes the person off', async () => {
    await run(['from-shop'])
    const fields = { email: 'p1@example.com', ad_user_data: 'granted', ad_personalization: 'granted' }
    expect(await plan(false)).toMatchObject({ samples: [{ fields }, {}, {}, {}, {}] })
    await run()
    clock.advance(3_600_000)
    await run()
    const [first] = shop.people
    if (first) shop.people[0] = { ...first, consent: 'no' }
    await run()
    clock.advance(3_600_000)
    await run()
    expect(members()).toHaveLength(4)
    expect(uploads().map(({ path }) => path.split(':')[1])).toEqual(['ingest', 'remove'])
  })

  it('follows the job of an upload until the run is green (requestStatus)', async () => {
    await run()
    const [first] = await bench.control.runs({ sync: 'to-ads' })
    expect(first).toMatchObject({ state: 'incomplete', counters: { pending: 5 } })
    clock.advance(3_600_000)
    await run()
    expect(await bench.control.run(first?.id ?? '')).toMatchObject({
      state: 'succeeded',
      counters: { applied: 5, pending: 0 },
    })
  })
})
