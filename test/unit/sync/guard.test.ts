import { check, integer, property } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { deliverSyncManifest } from '../../../core/manifest/manifest.ts'
import type { DeliveryPlan } from '../../../core/port/delivery-store.ts'
import { checkGuard, healthySources } from '../../../core/sync/guard.ts'

const sync = (guard: Record<string, number> = {}) =>
  deliverSyncManifest.parse({
    kind: 'sync',
    version: 1,
    name: 'big-to-crm',
    segment: 'big',
    destination: { connection: 'crm', kind: 'list', audience: 'Big' },
    fields: {},
    guard,
  })

const plan = (change: Partial<DeliveryPlan>): DeliveryPlan => ({
  runId: 'run-1',
  members: 1000,
  desired: 1000,
  delivered: 1000,
  adds: 0,
  updates: 0,
  removes: 0,
  unchanged: 0,
  stillRejected: 0,
  unsettled: 0,
  processing: 0,
  withdrawals: 0,
  withheld: { consent_unmapped: 0, consent_missing: 0, no_match_key: 0, suppressed: 0 },
  digest: 'd',
  batches: [],
  ...change,
})

describe('checkGuard', () => {
  it('counts what small runs removed since the last cycle together with this one', () => {
    const small = plan({ removes: 10, delivered: 810 })
    expect(checkGuard(sync(), small, healthySources, 190)).toBeUndefined()
    expect(checkGuard(sync(), small, healthySources, 193)).toMatchObject({
      code: 'run.guard_tripped',
      params: { removes: 203, delivered: 1003, limit: 200 },
    })
    // Only a run that removes somebody is stopped.
    expect(checkGuard(sync(), plan({ adds: 5, delivered: 100 }), healthySources, 900)).toBeUndefined()
  })

  it('lets a fifth of the members go, and stops one more', () => {
    expect(checkGuard(sync(), plan({ removes: 200 }), healthySources)).toBeUndefined()
    expect(checkGuard(sync(), plan({ removes: 201 }), healthySources)).toEqual({
      code: 'run.guard_tripped',
      params: { sync: 'big-to-crm', removes: 201, delivered: 1000, members: 1000, limit: 200 },
    })
  })

  it('stops more than the absolute number, however large the audience', () => {
    const large = { members: 1_000_000, delivered: 1_000_000 }
    expect(checkGuard(sync(), plan({ ...large, removes: 10_000 }), healthySources)).toBeUndefined()
    expect(checkGuard(sync(), plan({ ...large, removes: 10_001 }), healthySources)?.params).toMatchObject({
      limit: 10_000,
    })
  })

  it('does not bind a small audience by the share', () => {
    expect(
      checkGuard(sync(), plan({ delivered: 99, members: 9, removes: 90 }), healthySources),
    ).toBeUndefined()
    expect(
      checkGuard(sync(), plan({ delivered: 100, members: 9, removes: 91 }), healthySources),
    ).toBeDefined()
  })

  it('stops whatever the size when the segment came back empty', () => {
    expect(checkGuard(sync(), plan({ delivered: 3, members: 0, removes: 3 }), healthySources)).toMatchObject({
      code: 'run.source_empty',
      params: { removes: 3, source: 'big' },
    })
  })

  it('stops any removal while a source is empty or a pull failed', () => {
    const one = plan({ removes: 1 })
    expect(checkGuard(sync(), one, { failed: [], empty: ['from-shop'] })).toMatchObject({
      code: 'run.source_empty',
      params: { source: 'from-shop' },
    })
    expect(checkGuard(sync(), one, { failed: ['from-shop'], empty: [] })).toMatchObject({
      code: 'run.guard_tripped',
      params: { failedPull: 'from-shop', limit: 0 },
    })
  })

  it('never stops a plan that removes nobody', () => {
    const sources = { failed: ['a'], empty: ['b'] }
    expect(checkGuard(sync(), plan({ adds: 1_000_000, members: 0 }), sources)).toBeUndefined()
  })

  it('never lets more go than both limits allow', () => {
    const law = check(
      property(integer({ min: 100, max: 1e6 }), integer({ min: 1, max: 1e6 }), (delivered, removes) => {
        const finding = checkGuard(sync(), plan({ delivered, removes }), healthySources)
        return (finding === undefined) === (removes <= 10_000 && removes <= delivered * 0.2)
      }),
    )
    expect(law.counterexample).toBeNull()
  })
})
