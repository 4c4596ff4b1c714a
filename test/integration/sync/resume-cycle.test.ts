import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Workspace } from '../../../core/manifest/manifest.ts'
import type { SyncPhase } from '../../../core/sync/phase.ts'
import { runCycle, type CycleReport } from '../../../hub-server/worker/run-cycle.ts'
import { aCycleBench, aCycleWorkspace, shopPeople, type CycleBench } from '../../support/a-cycle.ts'
import { createFixedClock, type FixedClock } from '../../support/fixed-clock.ts'
import { createLedgerConnector } from '../../support/ledger-connector.ts'
import { startLedgerPlatform, type LedgerPlatform } from '../../support/ledger-platform.ts'

let clock: FixedClock
let platform: LedgerPlatform
let bench: CycleBench

beforeEach(async () => {
  clock = createFixedClock('2026-01-03T00:00:00Z', { autoAdvance: true })
  platform = await startLedgerPlatform(clock)
  platform.people.push(...shopPeople(1, 30))
  bench = await aCycleBench({ clock, workspace: workspace(), connectors: [createLedgerConnector()] })
})
afterEach(async () => {
  await bench.close()
  await platform.close()
})

const workspace = (): Workspace => aCycleWorkspace(platform.url, [{ name: 'crm', url: platform.url }])

/** The same workspace with a title on the delivery sync: another rule, the same rows. */
function changedWorkspace(): Workspace {
  const { syncs, ...rest } = workspace()
  const changed = [...syncs].map(([name, sync]) => [name, { ...sync, title: 'Changed' }] as const)
  return { ...rest, syncs: new Map(changed) }
}

function cycle(change: { workspace?: Workspace; abortAt?: SyncPhase } = {}): Promise<CycleReport> {
  clock.advance(60_000)
  const abort = new AbortController()
  const reach = (phase: SyncPhase): void => {
    if (phase === change.abortAt) abort.abort()
  }
  return runCycle(
    { ...bench, reach },
    {
      workspace: change.workspace ?? workspace(),
      asOf: clock.now(),
      actor: 'test',
      signal: abort.signal,
      onEvent: () => undefined,
    },
  )
}

const summary = (report: CycleReport): string[] => report.runs.map((run) => `${run.sync} ${run.state}`)
const aborted = { code: 'run.aborted' }

describe('a cycle after one that was interrupted', () => {
  it('finishes the open delivery first, then does its own work', async () => {
    await expect(cycle({ abortAt: 'recorded' })).rejects.toMatchObject(aborted)
    expect(platform.members('Subscribers')).toHaveLength(10)
    expect(summary(await cycle())).toEqual(['to-crm succeeded', 'from-shop succeeded', 'to-crm succeeded'])
    expect(platform.members('Subscribers')).toHaveLength(30)
    expect(platform.writes()).toBe(3)
  })

  it('goes on with an interrupted pull under the same run', async () => {
    await expect(cycle({ abortAt: 'page_written' })).rejects.toMatchObject(aborted)
    expect(summary(await cycle())).toEqual(['from-shop succeeded', 'to-crm succeeded'])
    expect(await bench.control.runs({ sync: 'from-shop' })).toHaveLength(1)
  })

  it('abandons an open delivery whose sync was changed, and delivers by the new rule', async () => {
    await expect(cycle({ abortAt: 'sent' })).rejects.toMatchObject(aborted)
    const report = await cycle({ workspace: changedWorkspace() })
    expect(summary(report)).toEqual(['to-crm cancelled', 'from-shop succeeded', 'to-crm succeeded'])
    expect(report.runs[0]).toMatchObject({ counters: { planned: 30, applied: 10, pending: 20 } })
    expect(platform.members('Subscribers')).toHaveLength(30)
  })

  it('abandons an open delivery whose sync was taken away', async () => {
    await expect(cycle({ abortAt: 'recorded' })).rejects.toMatchObject(aborted)
    const without = aCycleWorkspace(platform.url, [])
    expect(summary(await cycle({ workspace: without }))).toEqual(['to-crm cancelled', 'from-shop succeeded'])
    expect(platform.writes()).toBe(1)
  })
})

describe('a rejected person', () => {
  it('is tried again when the rule of the sync changed, and only then', async () => {
    platform.people.push({ id: '99', email: 'invalid@example.com', consent: 'yes' })
    expect(summary(await cycle())).toContain('to-crm incomplete')
    const writes = platform.writes()
    await cycle()
    expect(platform.writes()).toBe(writes)
    await cycle({ workspace: changedWorkspace() })
    expect(platform.writes()).toBe(writes + 1)
    await cycle({ workspace: changedWorkspace() })
    expect(platform.writes()).toBe(writes + 1)
  })
})
