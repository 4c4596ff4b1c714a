import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AffluentError } from '../../../core/errors/affluent-error.ts'
import type { EndedRun } from '../../../core/sync/cycle-event.ts'
import { readReplacementOrder, writeReplacementOrder } from '../../../core/sync/replacement-order.ts'
import { letOut, people, putMembers } from '../../support/a-delivery-workspace.ts'
import { aDeliveryBench, audienceName, type DeliveryBench } from '../../support/a-delivery.ts'
import { createLedgerConnector } from '../../support/ledger-connector.ts'

let bench: DeliveryBench
beforeEach(async () => {
  bench = await aDeliveryBench()
})
afterEach(() => bench.close())

const whole = { sync: { mode: 'replace' } }
const emails = (ids: readonly number[]): string[] => ids.map((id) => `p${id}@example.com`).sort()
const ids = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index)
const parts = (): string[] => bench.platform.ledger.map(({ operation }) => operation)
const members = (): string[] => bench.platform.members(audienceName)
const order = () => readReplacementOrder(bench.control, 'big-to-crm')

function expectBalanced({ counters }: EndedRun): void {
  const { planned, applied, rejected, skipped, pending } = counters
  expect(applied + rejected + skipped + pending).toBe(planned)
}

/** Throws at a phase, as a crash would end the work there, and leaves the run `running`. */
async function crashAt(phase: string, visit: number): Promise<void> {
  let left = visit
  const abort = new AbortController()
  const crash = new AffluentError('run.aborted', { sync: 'big-to-crm' })
  const reach = (reached: string): void => {
    if (reached !== phase || (left -= 1) !== 0) return
    abort.abort()
    throw crash
  }
  await expect(bench.deliver({ ...whole, signal: abort.signal, reach })).rejects.toMatchObject({
    code: 'run.aborted',
  })
}

describe('an exchange of all members', () => {
  it('sends everybody in one session whenever something changed, and nothing when nothing did', async () => {
    await putMembers(bench.duckdb, people(25))
    expect(await bench.deliver(whole)).toMatchObject({
      state: 'succeeded',
      counters: { adds: 25, applied: 25 },
    })
    expect(members()).toEqual(emails(ids(1, 25)))
    await letOut(bench.duckdb, [2])
    await putMembers(bench.duckdb, [{ id: 3, firstName: 'Zoé' }, { id: 30 }])
    const run = await bench.deliver(whole)
    expect(run).toMatchObject({
      state: 'succeeded',
      counters: { adds: 1, updates: 24, removes: 1, applied: 26 },
    })
    expect(members()).toEqual(emails([1, ...ids(3, 25), 30]))
    expect(parts()).toEqual([
      'exchange 1',
      'exchange 2',
      'exchange 3',
      'exchange 1',
      'exchange 2',
      'exchange 3',
    ])
    const before = bench.platform.requests.length
    expect(await bench.deliver(whole)).toMatchObject({
      state: 'succeeded',
      counters: { planned: 0, calls: 0 },
    })
    expect(bench.platform.requests).toHaveLength(before)
  })

  it('is made once of a mirror when a person orders it, although nothing changed', async () => {
    await putMembers(bench.duckdb, people(12))
    await bench.deliver()
    await writeReplacementOrder(bench.control, 'big-to-crm', { run: null, attempt: 0, state: null })
    expect(await bench.deliver()).toMatchObject({
      state: 'succeeded',
      counters: { updates: 12, applied: 12 },
    })
    expect(parts()).toEqual(['add', 'add', 'exchange 1', 'exchange 2'])
    expect(await order()).toBeUndefined()
    expect(await bench.deliver()).toMatchObject({ counters: { planned: 0, calls: 0 } })
  })

  it('drops nobody of an add-only sync, whatever was ordered before', async () => {
    await putMembers(bench.duckdb, people(3))
    await bench.deliver({ sync: { mode: 'add_only' } })
    await letOut(bench.duckdb, [2])
    await writeReplacementOrder(bench.control, 'big-to-crm', { run: null, attempt: 0, state: null })
    await bench.deliver({ sync: { mode: 'add_only' } })
    expect(members()).toEqual(emails([1, 2, 3]))
  })

  it('settles each record: who was rejected is no longer on the platform, who left is removed', async () => {
    await putMembers(bench.duckdb, people(12))
    await bench.deliver(whole)
    await letOut(bench.duckdb, [5])
    await putMembers(bench.duckdb, [{ id: 7, email: 'invalid@example.com' }])
    const run = await bench.deliver(whole)
    expect(run).toMatchObject({ state: 'incomplete', counters: { planned: 12, applied: 11, rejected: 1 } })
    expect(await bench.deliveries.deliveryOf('big-to-crm', 'p_5')).toMatchObject({ status: 'removed' })
    expect(await bench.deliveries.deliveryOf('big-to-crm', 'p_7')).toMatchObject({ status: 'rejected' })
    expect(await bench.deliveries.deliveredCount('big-to-crm')).toBe(10)
    expect(await bench.deliver(whole)).toMatchObject({ counters: { planned: 1, rejected: 1, calls: 0 } })
  })

  it('takes people off one by one where nobody is left to exchange them for, once a person agreed', async () => {
    await putMembers(bench.duckdb, people(3))
    await bench.deliver(whole)
    await letOut(bench.duckdb, [1, 2, 3])
    const stopped = await bench.deliver(whole)
    expect(stopped.state).toBe('awaiting_approval')
    await bench.control.updateRun(stopped.runId, { approvedBy: 'test', state: 'running' })
    const run = await bench.control.run(stopped.runId)
    expect(await bench.deliver({ ...whole, ...(run && { run }) })).toMatchObject({ state: 'succeeded' })
    expect(members()).toEqual([])
  })

  it('is refused before any request where the platform cannot exchange', async () => {
    await putMembers(bench.duckdb, people(2))
    const connector = createLedgerConnector({ capabilities: { create: true, remove: true } })
    const run = await bench.deliver({ ...whole, connector })
    expect(run).toMatchObject({
      state: 'failed',
      error: { code: 'connector.capability_missing', params: { capability: 'replace' } },
    })
    expect(bench.platform.requests).toHaveLength(0)
  })
})

describe('an exchange that the platform gives up', () => {
  it('is begun anew, all of it, and counts only then', async () => {
    await putMembers(bench.duckdb, people(25))
    await bench.deliver()
    await putMembers(bench.duckdb, [{ id: 26 }])
    let visits = 0
    const run = await bench.deliver({
      ...whole,
      reach: (phase) => {
        if (phase === 'confirmed' && (visits += 1) === 1) bench.platform.loseExchanges()
      },
    })
    expect(run).toMatchObject({ state: 'succeeded', counters: { planned: 26, applied: 26, pending: 0 } })
    expect(parts().slice(3)).toEqual(['exchange 1', 'exchange 1', 'exchange 2', 'exchange 3'])
    expect(members()).toEqual(emails(ids(1, 26)))
  })

  it('stays due when it is given up each time: nothing counts, and the next run makes it', async () => {
    await putMembers(bench.duckdb, people(25))
    const run = await bench.deliver({
      ...whole,
      reach: (phase) => void (phase === 'confirmed' && bench.platform.loseExchanges()),
    })
    expect(run).toMatchObject({
      state: 'incomplete',
      error: { code: 'platform.session_lost' },
      counters: { planned: 25, applied: 0, pending: 25 },
    })
    expectBalanced(run)
    expect(await order()).toBeDefined()
    expect(await bench.deliver()).toMatchObject({ state: 'succeeded', counters: { applied: 25 } })
    expect(parts().slice(-3)).toEqual(['exchange 1', 'exchange 2', 'exchange 3'])
    expect(await order()).toBeUndefined()
  })

  it('opens another session when the answer to the first part was lost, since a session opens once', async () => {
    await putMembers(bench.duckdb, people(12))
    bench.platform.faults.add({ kind: 'cut', when: 'after', match: /exchange/ })
    expect(await bench.deliver(whole)).toMatchObject({ state: 'succeeded', counters: { applied: 12 } })
    expect(members()).toEqual(emails(ids(1, 12)))
  })
})

describe('a killed exchange', () => {
  it.each([
    ['planned', 1],
    ['batches_created', 1],
    ['intent_written', 1],
    ['intent_written', 3],
    ['sent', 1],
    ['sent', 2],
    ['recorded', 1],
    ['recorded', 3],
    ['confirmed', 1],
    ['confirmed', 3],
  ] as const)(
    'goes on after it died at "%s" (%i) and ends with exactly the right members',
    async (phase, visit) => {
      await putMembers(bench.duckdb, people(25))
      await bench.deliver(whole)
      await letOut(bench.duckdb, [2])
      await putMembers(bench.duckdb, [{ id: 30 }])
      await crashAt(phase, visit)
      const [dead] = await bench.control.runs({ state: 'running' })
      const run = await bench.deliver({ ...whole, ...(dead && { run: dead }) })
      expect(run).toMatchObject({ state: 'succeeded', counters: { planned: 26, applied: 26, pending: 0 } })
      expect(members()).toEqual(emails([1, ...ids(3, 25), 30]))
      expect(await bench.deliveries.deliveredCount('big-to-crm')).toBe(25)
      expect(await order()).toBeUndefined()
      expect(await bench.deliver(whole)).toMatchObject({ counters: { planned: 0, calls: 0 } })
    },
  )

  it('goes on in the same session once a part was taken', async () => {
    await putMembers(bench.duckdb, people(25))
    await crashAt('confirmed', 1)
    const [dead] = await bench.control.runs({ state: 'running' })
    await bench.deliver({ ...whole, ...(dead && { run: dead }) })
    expect(parts()).toEqual(['exchange 1', 'exchange 2', 'exchange 3'])
  })
})
