import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { EndedRun } from '../../../core/sync/cycle-event.ts'
import { letOut, people, putMembers } from '../../support/a-delivery-workspace.ts'
import { aDeliveryBench, audienceName, type DeliveryBench } from '../../support/a-delivery.ts'

let bench: DeliveryBench
beforeEach(async () => {
  bench = await aDeliveryBench()
})
afterEach(() => bench.close())
const ids = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index)

function expectBalanced({ counters }: EndedRun): void {
  const { planned, applied, rejected, skipped, pending } = counters
  expect(applied + rejected + skipped + pending).toBe(planned)
}

describe('the guard of a delivery', () => {
  it('holds back a plan that removes more than the share it may, until exactly that plan is approved (N31)', async () => {
    await putMembers(bench.duckdb, people(120))
    await bench.deliver()
    await letOut(bench.duckdb, ids(1, 72))
    const held = await bench.deliver()
    expect(held).toMatchObject({
      state: 'awaiting_approval',
      error: { code: 'run.guard_tripped', params: { removes: 72, delivered: 120, limit: 24 } },
    })
    expectBalanced(held)
    expect(bench.platform.members(audienceName)).toHaveLength(120)
    await bench.control.updateRun(held.runId, { approvedBy: 'test', state: 'running' })
    const approved = await bench.control.run(held.runId)
    const done = await bench.deliver(approved ? { run: approved } : {})
    expect(done).toMatchObject({ state: 'succeeded', counters: { removes: 72, applied: 72 } })
    expect(bench.platform.members(audienceName)).toHaveLength(48)
  })

  it('asks again when the plan changed after it was approved', async () => {
    await putMembers(bench.duckdb, people(120))
    await bench.deliver()
    await letOut(bench.duckdb, ids(1, 72))
    const held = await bench.deliver()
    await bench.control.updateRun(held.runId, { approvedBy: 'test', state: 'running' })
    await letOut(bench.duckdb, [100])
    const approved = await bench.control.run(held.runId)
    const again = await bench.deliver(approved ? { run: approved } : {})
    expect(again).toMatchObject({ state: 'awaiting_approval', error: { code: 'run.plan_changed' } })
    expect(again.planDigest).not.toBe(held.planDigest)
    expect((await bench.control.run(held.runId))?.approvedBy).toBeNull()
    expect(bench.platform.members(audienceName)).toHaveLength(120)
  })

  it('removes nobody when a source came back empty (N30)', async () => {
    await putMembers(bench.duckdb, people(5))
    await bench.deliver()
    await letOut(bench.duckdb, [1])
    const run = await bench.deliver({ sources: { failed: [], empty: ['pull-crm'] } })
    expect(run).toMatchObject({ state: 'awaiting_approval', error: { code: 'run.source_empty' } })
    expect(bench.platform.members(audienceName)).toHaveLength(5)
  })
})
