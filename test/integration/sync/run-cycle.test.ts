import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { CycleEvent } from '../../../core/sync/cycle-event.ts'
import { approveRun } from '../../../hub-server/worker/approve-run.ts'
import { planCycle } from '../../../hub-server/worker/plan-cycle.ts'
import { runCycle, type CycleReport } from '../../../hub-server/worker/run-cycle.ts'
import { aCycleBench, aCycleWorkspace, shopPeople, type CycleBench } from '../../support/a-cycle.ts'
import { createFixedClock, type FixedClock } from '../../support/fixed-clock.ts'
import { createLedgerConnector } from '../../support/ledger-connector.ts'
import { startLedgerPlatform, type LedgerPlatform } from '../../support/ledger-platform.ts'

let clock: FixedClock
let shop: LedgerPlatform
let crm: LedgerPlatform
let ads: LedgerPlatform
let bench: CycleBench
let events: CycleEvent[]

beforeEach(async () => {
  clock = createFixedClock('2026-01-03T00:00:00Z', { autoAdvance: true })
  shop = await startLedgerPlatform(clock)
  crm = await startLedgerPlatform(clock)
  ads = await startLedgerPlatform(clock)
  shop.people.push(...shopPeople(1, 30))
  events = []
  bench = await aCycleBench({ clock, workspace: workspace(), connectors: [createLedgerConnector()] })
})
afterEach(async () => {
  await bench.close()
  await Promise.all([shop.close(), crm.close(), ads.close()])
})

const workspace = () =>
  aCycleWorkspace(shop.url, [
    { name: 'crm', url: crm.url },
    { name: 'ads', url: ads.url },
  ])

function request(syncs?: readonly string[]): Parameters<typeof runCycle>[1] {
  clock.advance(60_000)
  return {
    workspace: workspace(),
    asOf: clock.now(),
    actor: 'test',
    signal: new AbortController().signal,
    onEvent: (event) => events.push(event),
    ...(syncs && { syncs }),
  }
}

const cycle = (syncs?: readonly string[]): Promise<CycleReport> => runCycle(bench, request(syncs))
const states = (report: CycleReport): Record<string, string> =>
  Object.fromEntries(report.runs.map((run) => [run.sync, run.state]))
const requests = (): number => crm.requests.length + ads.requests.length

describe('a cycle', () => {
  it('takes people from the source to every list', async () => {
    const report = await cycle()
    expect(states(report)).toEqual({ 'from-shop': 'succeeded', 'to-crm': 'succeeded', 'to-ads': 'succeeded' })
    expect(crm.members('Subscribers')).toHaveLength(30)
    expect(ads.members('Subscribers')).toHaveLength(30)
  })

  it('calls no destination when nothing changed (N37)', async () => {
    await cycle()
    const before = requests()
    const report = await cycle()
    expect(states(report)).toEqual({ 'from-shop': 'succeeded', 'to-crm': 'succeeded', 'to-ads': 'succeeded' })
    expect(requests()).toBe(before)
  })

  it('rewrites the file when the events of people came to lie apart', async () => {
    await cycle()
    expect(events.some((event) => event.kind === 'stage_ended' && event.stage === 'compact')).toBe(false)
    await runCycle(
      { ...bench, profiles: { ...bench.profiles, eventsLieApart: () => Promise.resolve(true) } },
      request(),
    )
    const told = events.flatMap((event) => (event.kind === 'stage_ended' ? [event] : []))
    expect(told.filter(({ stage }) => stage === 'compact')).toMatchObject([{ counts: { compacted: 1 } }])
  })

  it('tells each stage with its counts', async () => {
    await cycle()
    const told = events.flatMap((event) => (event.kind === 'stage_ended' ? [event] : []))
    expect(told.map((event) => [event.stage, event.sync ?? ''].join(' ').trim()).toSorted()).toEqual([
      'deliver to-ads',
      'deliver to-crm',
      'evaluate',
      'pull from-shop',
      'refresh',
    ])
    expect(told.find((event) => event.stage === 'refresh')?.counts).toMatchObject({ profilesCreated: 30 })
    expect(told.find((event) => event.stage === 'evaluate')?.counts).toMatchObject({ entered: 30 })
  })

  it('runs only the syncs that are asked for, and refuses a name it does not know', async () => {
    expect(states(await cycle(['from-shop', 'to-ads']))).toEqual({
      'from-shop': 'succeeded',
      'to-ads': 'succeeded',
    })
    expect(crm.requests).toHaveLength(0)
    await expect(cycle(['to-nowhere'])).rejects.toMatchObject({ code: 'run.sync_unknown' })
  })

  it('delivers to the others while one destination never answers (B12)', async () => {
    crm.faults.add({ kind: 'hang', times: 99 })
    const report = await cycle()
    const ended = events.flatMap((event) => (event.kind === 'stage_ended' && event.sync ? [event.sync] : []))
    expect(states(report)).toMatchObject({ 'to-ads': 'succeeded', 'to-crm': 'incomplete' })
    expect(ended.indexOf('to-ads')).toBeLessThan(ended.indexOf('to-crm'))
    crm.faults.clear()
    expect(states(await cycle())).toMatchObject({ 'to-crm': 'succeeded' })
    expect(crm.members('Subscribers')).toHaveLength(30)
  })

  it('delivers every row after an outage of twelve hours (B13)', async () => {
    crm.faults.add({ kind: 'reply', reply: { status: 503 }, times: 9999 })
    for (let hour = 0; hour < 12; hour += 1) {
      shop.people.push(...shopPeople(31 + hour, 31 + hour))
      clock.advance(3_600_000)
      await cycle()
    }
    crm.faults.clear()
    await cycle()
    expect(crm.members('Subscribers')).toHaveLength(42)
    expect(crm.members('Subscribers')).toEqual(ads.members('Subscribers'))
  })

  it('calls a destination with a used-up quota not once before it is full again', async () => {
    const until = clock.now() + 5 * 3_600_000
    const reply = { status: 403, headers: { 'quota-reset': String(until) } }
    crm.faults.add({ kind: 'reply', reply, match: /PUT/ })
    expect(states(await cycle())).toMatchObject({ 'to-crm': 'parked' })
    const before = crm.requests.length
    expect(states(await cycle())).toMatchObject({ 'to-crm': 'parked' })
    expect(crm.requests).toHaveLength(before)
    clock.advance(5 * 3_600_000)
    expect(states(await cycle())).toMatchObject({ 'to-crm': 'succeeded' })
    expect(crm.members('Subscribers')).toHaveLength(30)
  })

  it('delivers nothing when segments could not be evaluated (B60)', async () => {
    const broken = { ...request(), workspace: { ...workspace(), segments: new Map([['loop', loop]]) } }
    const report = await runCycle(bench, broken)
    expect(report.error?.code).toMatch(/^segment\./)
    expect(states(report)).toEqual({ 'from-shop': 'succeeded' })
    expect(requests()).toBe(0)
  })
})

const loop = { kind: 'segment', version: 1, name: 'loop', rule: { segment: 'loop' } } as const

describe('removals', () => {
  it('of nobody follow from a source that comes back empty once (N30); twice, a person is asked', async () => {
    await cycle()
    shop.people.length = 0
    const once = await cycle()
    const twice = await cycle()
    expect(states(once)).toMatchObject({ 'from-shop': 'incomplete', 'to-crm': 'succeeded' })
    expect(states(twice)).toMatchObject({ 'from-shop': 'succeeded', 'to-crm': 'awaiting_approval' })
    expect(crm.members('Subscribers')).toHaveLength(30)
  })

  it('are held back while the source is down, although members left by themselves', async () => {
    await cycle()
    await bench.duckdb.run(`DELETE FROM record_consent WHERE record_id = 1`)
    await bench.duckdb.run(`UPDATE profile SET consent_marketing__ads = NULL WHERE profile_id = 1`)
    shop.faults.add({ kind: 'reply', reply: { status: 500 }, times: 99 })
    expect(states(await cycle())).toMatchObject({ 'from-shop': 'incomplete', 'to-crm': 'awaiting_approval' })
    shop.faults.clear()
    expect(states(await cycle())).toMatchObject({ 'from-shop': 'succeeded', 'to-crm': 'succeeded' })
    expect(crm.members('Subscribers')).toHaveLength(29)
  })

  it('that the guard held back are carried out once a person approved exactly them (N31)', async () => {
    shop.people.push(...shopPeople(31, 150))
    await cycle()
    shop.people.length = 60
    const held = (await cycle()).runs.find((run) => run.sync === 'to-crm')
    expect(held).toMatchObject({ state: 'awaiting_approval', counters: { removes: 90 } })
    expect(crm.members('Subscribers')).toHaveLength(150)
    const book = { control: bench.control, clock, actor: 'cli:ada' }
    await expect(approveRun(book, held?.runId ?? '', 'another digest')).rejects.toMatchObject({
      code: 'run.plan_changed',
    })
    await approveRun(book, held?.runId ?? '', held?.planDigest ?? '')
    const done = (await cycle()).runs.find((run) => run.sync === 'to-crm')
    expect(done).toMatchObject({ runId: held?.runId, state: 'succeeded', counters: { applied: 90 } })
    expect(crm.members('Subscribers')).toHaveLength(60)
    expect(ads.members('Subscribers')).toHaveLength(150)
    const approvals = (await bench.control.auditEntries()).filter((entry) => entry.action === 'plan_approved')
    expect(approvals).toMatchObject([{ actor: 'cli:ada', object: 'sync/to-crm' }])
  })
})

describe('a dry run', () => {
  it('tells exactly what a run then does, and writes nothing anywhere', async () => {
    await cycle(['from-shop'])
    const plans = await planCycle(bench, request(), { dryRun: (work) => bench.duckdb.dryRun(work) })
    expect(plans.map(({ sync, plan }) => [sync, plan.adds, plan.removes])).toEqual([
      ['to-crm', 30, 0],
      ['to-ads', 30, 0],
    ])
    expect(plans[0]).toMatchObject({
      batches: 3,
      samples: [{ operation: 'add', fields: { email: 'p1@example.com' } }, {}, {}, {}, {}],
    })
    expect(requests()).toBe(0)
    expect(await bench.control.runs({ sync: 'to-crm' })).toEqual([])
    const report = await cycle()
    expect(report.runs.find((run) => run.sync === 'to-crm')?.planDigest).toBe(plans[0]?.plan.digest)
  })
})
