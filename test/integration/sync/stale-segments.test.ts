import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Workspace } from '../../../core/manifest/manifest.ts'
import { parseManifest } from '../../../core/manifest/parse-manifest.ts'
import type { Rule } from '../../../core/segment/rule.ts'
import type { CycleEvent } from '../../../core/sync/cycle-event.ts'
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
  shop.people.push(...shopPeople(1, 20))
  events = []
  bench = await aCycleBench({ clock, workspace: workspace(), connectors: [createLedgerConnector()] })
})
afterEach(async () => {
  await bench.close()
  await Promise.all([shop.close(), crm.close(), ads.close()])
})

const segment = (name: string, rule: Rule) => {
  const manifest = parseManifest({ kind: 'segment', version: 1, name, rule })
  if (manifest.kind !== 'segment') throw new TypeError('a segment was parsed')
  return [name, manifest] as const
}

/** CRM gets the segment "narrow", which refers to "subscribers"; the ads get the segment "everybody". */
function workspace(subscribers?: Rule): Workspace {
  const base = aCycleWorkspace(shop.url, [
    { name: 'crm', url: crm.url },
    { name: 'ads', url: ads.url },
  ])
  const syncs = new Map(
    [...base.syncs].map(([name, sync]) => {
      const of = name === 'to-crm' ? 'narrow' : 'everybody'
      return [name, 'segment' in sync ? { ...sync, segment: of } : sync] as const
    }),
  )
  return {
    ...base,
    syncs,
    segments: new Map([
      ...base.segments,
      segment('narrow', { all: [{ segment: 'subscribers' }, { identifier: 'email', op: 'exists' }] }),
      segment('everybody', { all: [] }),
      ...(subscribers ? [segment('subscribers', subscribers)] : []),
    ]),
  }
}

/** Legal to nobody: such a rule passes no check. It fails in the engine's own way, as one that is too heavy does. */
const failingRule: Rule = { trait: 'nowhere', op: 'exists' }

const onEvent = (event: CycleEvent) => void events.push(event)

const request = (subscribers?: Rule) => {
  clock.advance(60_000)
  return {
    workspace: workspace(subscribers),
    asOf: clock.now(),
    actor: 'test',
    signal: new AbortController().signal,
    onEvent,
  }
}
const cycle = (subscribers?: Rule): Promise<CycleReport> => runCycle(bench, request(subscribers))
const states = (report: CycleReport): Record<string, string> =>
  Object.fromEntries(report.runs.map((run) => [run.sync, run.state]))
const broken = {
  code: 'segment.not_evaluated',
  params: { segment: 'narrow', cause: 'subscribers', reason: 'segment.unknown_name' },
}

describe('a segment that could not be evaluated', () => {
  it('keeps its sync, and those of segments that refer to it, from sending; others are delivered', async () => {
    await cycle()
    expect(crm.members('Subscribers')).toHaveLength(20)
    const before = crm.requests.length
    shop.people.push(...shopPeople(21, 25))
    const report = await cycle(failingRule)
    expect(states(report)).toMatchObject({ 'to-crm': 'failed', 'to-ads': 'succeeded' })
    expect(report.runs.find(({ sync }) => sync === 'to-crm')?.error).toEqual(broken)
    expect(crm.requests).toHaveLength(before)
    expect(ads.members('Subscribers')).toHaveLength(25)
    expect(
      events.findLast((event) => event.kind === 'stage_ended' && event.stage === 'evaluate'),
    ).toMatchObject({
      error: { code: 'segment.not_evaluated' },
    })
  })

  it('is told once, however many cycles it lasts, and heals by itself', async () => {
    await cycle()
    for (let round = 0; round < 3; round += 1)
      expect(states(await cycle(failingRule))).toMatchObject({ 'to-crm': 'failed' })
    expect(await bench.control.runs({ sync: 'to-crm' })).toHaveLength(2)
    shop.people.push(...shopPeople(21, 25))
    expect(states(await cycle())).toMatchObject({ 'to-crm': 'succeeded' })
    expect(crm.members('Subscribers')).toHaveLength(25)
  })

  it('holds up nobody who withdrew consent', async () => {
    await cycle()
    shop.people.splice(0, 2, ...['1', '2'].map((id) => ({ id, email: `p${id}@example.com`, consent: 'no' })))
    await cycle(failingRule)
    expect(crm.members('Subscribers')).toHaveLength(18)
  })

  it('is told by the plan before anything runs', async () => {
    await cycle()
    const dryRun = <T>(work: () => Promise<T>): Promise<T> => bench.duckdb.dryRun(work)
    await cycle(failingRule)
    const plans = await planCycle(bench, request(failingRule), { dryRun })
    expect(plans.map(({ sync, blocked }) => [sync, blocked])).toEqual([
      ['to-crm', broken],
      ['to-ads', undefined],
    ])
    // Another rule is tried, whatever became of the one before.
    const mended = await planCycle(bench, request(), { dryRun })
    expect(mended.map(({ blocked }) => blocked)).toEqual([undefined, undefined])
  })
})
