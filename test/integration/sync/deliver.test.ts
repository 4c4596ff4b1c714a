import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { EndedRun } from '../../../core/sync/cycle-event.ts'
import { letOut, people, putMembers } from '../../support/a-delivery-workspace.ts'
import { aDeliveryBench, audienceName, type DeliveryBench } from '../../support/a-delivery.ts'
import { createLedgerConnector } from '../../support/ledger-connector.ts'

let bench: DeliveryBench
beforeEach(async () => {
  bench = await aDeliveryBench()
})
afterEach(() => bench.close())

const emails = (ids: readonly number[]): string[] => ids.map((id) => `p${id}@example.com`).sort()
const ids = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index)

function expectBalanced({ counters }: EndedRun): void {
  const { planned, applied, rejected, skipped, pending } = counters
  expect(applied + rejected + skipped + pending).toBe(planned)
}

describe('a healthy delivery', () => {
  it('creates the audience and puts every member on it', async () => {
    await putMembers(bench.duckdb, people(25))
    const run = await bench.deliver()
    expect(run).toMatchObject({
      state: 'succeeded',
      error: null,
      counters: { planned: 25, adds: 25, applied: 25, rejected: 0, pending: 0, calls: 6 },
      drift: { expected: 25, size: { atLeast: 25, atMost: 25 } },
    })
    expect(bench.platform.members(audienceName)).toEqual(emails(ids(1, 25)))
    expect(bench.platform.writes()).toBe(3)
  })

  it('makes no call at all when nothing changed (N37, B28)', async () => {
    await putMembers(bench.duckdb, people(25))
    await bench.deliver()
    const before = bench.platform.requests.length
    const run = await bench.deliver()
    expect(run).toMatchObject({ state: 'succeeded', counters: { planned: 0, calls: 0 } })
    expect(bench.platform.requests).toHaveLength(before)
  })

  it('removes, adds and updates only the difference', async () => {
    await putMembers(bench.duckdb, people(5))
    await bench.deliver()
    await letOut(bench.duckdb, [2])
    await putMembers(bench.duckdb, [{ id: 3, firstName: 'Zoé' }, { id: 9 }])
    const run = await bench.deliver()
    expect(run.counters).toMatchObject({
      planned: 3,
      adds: 1,
      updates: 1,
      removes: 1,
      applied: 2,
      skipped: 1,
    })
    expect(bench.platform.members(audienceName)).toEqual(emails([1, 3, 4, 5, 9]))
    expect(bench.platform.ledger.map((entry) => entry.operation)).toEqual(['add', 'remove', 'add'])
  })

  it('keeps an audit entry of the start, the new audience and the end, without people in them', async () => {
    await putMembers(bench.duckdb, people(2))
    await bench.deliver()
    const entries = await bench.control.auditEntries()
    expect(entries.map((entry) => entry.action)).toEqual(['run_started', 'audience_created', 'run_ended'])
    expect(JSON.stringify(entries)).not.toContain('example.com')
  })

  it('refuses a mirror on a platform that cannot remove, before any request', async () => {
    await putMembers(bench.duckdb, people(2))
    const connector = createLedgerConnector({ capabilities: { create: true } })
    const run = await bench.deliver({ connector })
    expect(run).toMatchObject({ state: 'failed', error: { code: 'connector.capability_missing' } })
    expect(bench.platform.requests).toHaveLength(0)
  })
})

describe('the audience', () => {
  it('is never created when looking for it failed (B47)', async () => {
    await putMembers(bench.duckdb, people(2))
    bench.platform.faults.add({ kind: 'reply', reply: { status: 500 }, match: /GET \/lists/, times: 9 })
    const run = await bench.deliver()
    expect(run).toMatchObject({ state: 'incomplete', counters: { planned: 2, pending: 2 } })
    expect(bench.platform.requests.some((request) => request.method === 'POST')).toBe(false)
  })

  it('is not recreated when it vanished on the platform: a person is asked (B51)', async () => {
    await putMembers(bench.duckdb, people(2))
    await bench.deliver()
    bench.platform.dropList(audienceName)
    await putMembers(bench.duckdb, [{ id: 3 }])
    const run = await bench.deliver()
    expect(run).toMatchObject({ state: 'failed', error: { code: 'platform.audience_unusable' } })
    expect(bench.platform.requests.filter((request) => request.method === 'POST')).toHaveLength(1)
    expectBalanced(run)
  })

  it('is found by name when it was created but never noted (killed in between)', async () => {
    await putMembers(bench.duckdb, people(2))
    await bench.deliver()
    const stored = await bench.control.audience('big-to-crm')
    const run = await bench.deliver({ sync: { name: 'second-sync' } })
    expect(run.state).toBe('succeeded')
    expect((await bench.control.audience('second-sync'))?.externalId).toBe(stored?.externalId)
  })
})

describe('one bad record', () => {
  it('is rejected with its reason, beside 99 that are delivered, and the run is not green (B2, B5)', async () => {
    await putMembers(bench.duckdb, people(100))
    await putMembers(bench.duckdb, [{ id: 37, email: 'invalid@example.com' }])
    const run = await bench.deliver()
    expect(run).toMatchObject({ state: 'incomplete', counters: { planned: 100, applied: 99, rejected: 1 } })
    expect(await bench.deliveries.reasons(run.runId)).toEqual([
      { code: 'invalid_email', message: 'not an address', count: 1 },
    ])
  })

  it('stays visible in the next run, which sends nothing', async () => {
    await putMembers(bench.duckdb, [{ id: 1, email: 'invalid@example.com' }, { id: 2 }])
    await bench.deliver()
    const writes = bench.platform.writes()
    const run = await bench.deliver()
    expect(run).toMatchObject({ state: 'incomplete', counters: { planned: 1, rejected: 1 } })
    expect(bench.platform.writes()).toBe(writes)
  })

  it('that makes the platform refuse its batch is isolated', async () => {
    await putMembers(bench.duckdb, people(10))
    bench.platform.faults.add({ kind: 'reply', reply: { status: 400 }, match: /PUT/ })
    const run = await bench.deliver()
    expect(run).toMatchObject({ state: 'succeeded', counters: { applied: 10 } })
    expect(bench.platform.members(audienceName)).toHaveLength(10)
  })
})

describe('a connector that breaks', () => {
  it('fails the run and names the rows when it throws inside the send (B3)', async () => {
    await putMembers(bench.duckdb, people(3))
    const connector = createLedgerConnector({
      add: () => Promise.reject(new RangeError('a bug in the connector')),
    })
    const run = await bench.deliver({ connector })
    expect(run).toMatchObject({
      state: 'failed',
      error: { code: 'internal.unexpected' },
      counters: { planned: 3, pending: 3 },
    })
    expect(await bench.deliveries.deliveryOf('big-to-crm', 'p_2')).toMatchObject({
      status: 'unknown',
      reasonCode: 'unexpected',
    })
  })

  it('is refused when it gives one outcome for a whole batch (B4)', async () => {
    await putMembers(bench.duckdb, people(3))
    const connector = createLedgerConnector({ add: () => Promise.resolve([{ status: 'applied' }]) })
    const run = await bench.deliver({ connector })
    expect(run).toMatchObject({ state: 'failed', error: { code: 'connector.outcome_count' } })
    expectBalanced(run)
  })

  it('sends rows that failed again in the next run, although their source did not change (B1)', async () => {
    await putMembers(bench.duckdb, people(3))
    let refuse = true
    const connector = createLedgerConnector({
      add: (_context, { records }) =>
        Promise.resolve(
          records.map((record) =>
            refuse && record.fields['email'] === 'p2@example.com'
              ? { status: 'failed', reason: { code: 'busy', message: 'later' } }
              : { status: 'applied' },
          ),
        ),
    })
    const first = await bench.deliver({ connector })
    refuse = false
    const second = await bench.deliver({ connector })
    expect(first).toMatchObject({ state: 'incomplete', counters: { applied: 2, pending: 1 } })
    expect(second).toMatchObject({ state: 'succeeded', counters: { planned: 1, applied: 1 } })
  })
})
