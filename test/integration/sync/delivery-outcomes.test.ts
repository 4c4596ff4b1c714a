import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { DeliveryStore } from '../../../core/port/delivery-store.ts'
import type { DuckDb } from '../../../hub-server/warehouse/duckdb.ts'
import {
  aDeliveryStoreBench,
  planAsOf as asOf,
  type DeliveryStoreBench,
} from '../../support/a-delivery-store.ts'
import { letOut, people, putMembers } from '../../support/a-delivery-workspace.ts'

let duckdb: DuckDb
let store: DeliveryStore
let plan: DeliveryStoreBench['plan']
let deliver: DeliveryStoreBench['deliver']
beforeEach(async () => {
  ;({ duckdb, store, plan, deliver } = await aDeliveryStoreBench())
})
afterEach(() => duckdb.close())

const day = 24 * 3_600_000
const reason = { code: 'refused', message: 'the platform says no' }

describe('rejected, failed and unknown rows', () => {
  it('sends a failed row again, whose source did not change (B1)', async () => {
    await putMembers(duckdb, people(3))
    await deliver({}, (id) => (id === 'p_2' ? { status: 'failed', reason } : { status: 'applied' }))
    const { sent } = await deliver()
    expect(sent).toEqual(['add p_2'])
  })

  it('does not send a rejected row again until its row changes', async () => {
    await putMembers(duckdb, people(3))
    await deliver({}, (id) => (id === 'p_2' ? { status: 'rejected', reason } : { status: 'applied' }))
    const second = await plan()
    await putMembers(duckdb, [{ id: 2, firstName: 'Repaired' }])
    const { sent } = await deliver()
    expect(second).toMatchObject({ stillRejected: 1, batches: [] })
    expect(sent).toEqual(['add p_2'])
  })

  it("sends a rejected row again after a week, when its rule or connection changed, or when the platform's key became known", async () => {
    await putMembers(duckdb, people(1))
    await deliver({}, () => ({ status: 'rejected', reason }))
    expect((await plan()).adds).toBe(0)
    expect((await plan({ asOf: asOf + 7 * day })).adds).toBe(1)
    expect((await plan({ retryRejected: true })).adds).toBe(1)
    await putMembers(duckdb, [{ id: 1, crmId: 'c1' }])
    expect((await plan()).adds).toBe(1)
  })

  it('counts rows that stay rejected in every later run, with their reason', async () => {
    await putMembers(duckdb, people(3))
    await deliver({}, () => ({ status: 'rejected', reason }))
    const second = await plan()
    expect(await store.outcomeCounts(second.runId)).toMatchObject({ rejected: 3, pending: 0 })
    await store.dropPlan(second.runId)
    expect(await store.reasons(second.runId)).toEqual([{ ...reason, count: 3 }])
  })

  it('takes off, with the fields that it holds, a member whose last update was rejected', async () => {
    await putMembers(duckdb, people(1))
    await deliver()
    await putMembers(duckdb, [{ id: 1, email: 'refused@example.com' }])
    await deliver({}, () => ({ status: 'rejected', reason }))
    await letOut(duckdb, [1])
    await plan()
    expect((await store.readBatch('run-3', 0))[0]).toMatchObject({
      operation: 'remove',
      fields: { email: 'p1@example.com' },
    })
  })

  it('tries a failed removal again and leaves a rejected one alone until it is due (B41)', async () => {
    await putMembers(duckdb, people(1))
    await deliver()
    await letOut(duckdb, [1])
    await deliver({}, () => ({ status: 'failed', reason }))
    const again = await deliver({}, () => ({ status: 'rejected', reason }))
    expect(again.sent).toEqual(['remove p_1'])
    expect(await plan()).toMatchObject({ removes: 0, stillRejected: 1, delivered: 1 })
    expect(await plan({ asOf: asOf + 7 * day })).toMatchObject({ removes: 1 })
  })

  it('sends an unknown row again, and takes it off when it left meanwhile', async () => {
    await putMembers(duckdb, people(2))
    await deliver({}, () => ({ status: 'unknown', reason }))
    await letOut(duckdb, [2])
    const { sent } = await deliver()
    expect(sent).toEqual(['remove p_2', 'add p_1'])
  })

  it('leaves an unknown row to a person where the platform can neither be read nor sent to twice', async () => {
    const destination = { capabilities: { remove: true } }
    await putMembers(duckdb, people(2))
    await deliver({ destination }, () => ({ status: 'unknown', reason }))
    const planned = await plan({ destination })
    expect(planned).toMatchObject({ unsettled: 2, adds: 0, batches: [] })
    expect(await store.outcomeCounts(planned.runId)).toMatchObject({ unknown: 2 })
  })

  it('adds a person again who was removed', async () => {
    await putMembers(duckdb, people(1))
    await deliver()
    await letOut(duckdb, [1])
    await deliver()
    expect(await store.deliveryOf('big-to-crm', 'p_1')).toMatchObject({ status: 'removed', runId: 'run-2' })
    await putMembers(duckdb, people(1))
    const { sent } = await deliver()
    expect(sent).toEqual(['add p_1'])
  })
})

describe('recordOutcomes', () => {
  it('refuses any other number of outcomes than rows, and records nothing then', async () => {
    await putMembers(duckdb, people(3))
    await plan()
    const request = { runId: 'run-1', sync: 'big-to-crm', batch: 0, at: asOf }
    await expect(
      store.recordOutcomes({ ...request, outcomes: [{ status: 'applied' }] }),
    ).rejects.toMatchObject({ code: 'connector.outcome_count', params: { expected: 3, got: 1 } })
    expect(await store.isRecorded('run-1', 0)).toBe(false)
    expect(await store.deliveredCount('big-to-crm')).toBe(0)
  })

  it('knows which batches are recorded and what became of a person', async () => {
    await putMembers(duckdb, people(11))
    await plan()
    await store.recordOutcomes({
      runId: 'run-1',
      sync: 'big-to-crm',
      batch: 1,
      outcomes: [{ status: 'rejected', reason }],
      at: asOf,
    })
    expect(await store.isRecorded('run-1', 0)).toBe(false)
    expect(await store.isRecorded('run-1', 1)).toBe(true)
    expect(await store.isRecorded('run-1', 2)).toBe(false)
    expect(await store.deliveryOf('big-to-crm', 'p_11')).toEqual({
      status: 'rejected',
      key: null,
      reasonCode: 'refused',
      reasonMessage: 'the platform says no',
      runId: 'run-1',
      acknowledgedAt: asOf,
    })
    expect(await store.outcomeCounts('run-1')).toMatchObject({ rejected: 1, pending: 10 })
  })

  it('accepts 99 rejections beside one success (B2)', async () => {
    await putMembers(duckdb, people(100))
    const destination = { recordsPerBatch: 100 }
    const { plan: planned } = await deliver({ destination }, (id) =>
      id === 'p_50' ? { status: 'applied' } : { status: 'rejected', reason },
    )
    expect(await store.outcomeCounts(planned.runId)).toMatchObject({ applied: 1, rejected: 99 })
    expect(await store.reasons(planned.runId)).toEqual([{ ...reason, count: 99 }])
    expect(await store.deliveredCount('big-to-crm')).toBe(1)
  })

  it('shows the first rows of each operation', async () => {
    await putMembers(duckdb, people(5))
    await deliver()
    await letOut(duckdb, [1, 2, 3])
    await putMembers(duckdb, [{ id: 8 }, { id: 9 }])
    const planned = await plan()
    const sample = await store.sample(planned.runId, 1)
    expect(sample.map((row) => `${row.operation} ${row.profileId}`)).toEqual(['remove p_1', 'add p_8'])
  })
})
