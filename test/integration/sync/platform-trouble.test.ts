import { afterEach, beforeEach, describe, expect, it } from 'vitest'
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
const all = { remove: true, update: true, readMembers: true, readSize: true, create: true, repeatable: true }

describe('a platform in trouble', () => {
  it('is left alone for the 90 seconds it names, and nothing is lost (B8)', async () => {
    await putMembers(bench.duckdb, people(20))
    bench.platform.faults.add({
      kind: 'reply',
      reply: { status: 429, headers: { 'retry-after': '90' } },
      match: /PUT/,
    })
    const run = await bench.deliver()
    const writes = bench.platform.requests.filter((request) => request.method === 'PUT')
    expect(run.state).toBe('succeeded')
    expect(writes.map((write) => write.status)).toEqual([429, 200, 200])
    expect((writes[1]?.at ?? 0) - (writes[0]?.at ?? 0)).toBeGreaterThanOrEqual(90_000)
    expect(bench.platform.members(audienceName)).toHaveLength(20)
  })

  it('parks the run until the quota is full again, and sends only the rest afterwards (B10, N12)', async () => {
    await putMembers(bench.duckdb, people(30))
    const until = bench.clock.now() + 5 * 3_600_000
    bench.platform.faults.add({
      kind: 'reply',
      reply: { status: 403, headers: { 'quota-reset': String(until) } },
      match: /PUT/,
      skip: 1,
    })
    const parked = await bench.deliver()
    const rest = await bench.deliver()
    expect(parked).toMatchObject({
      state: 'parked',
      error: { code: 'platform.quota_exhausted', params: { until } },
      counters: { planned: 30, applied: 10, pending: 20 },
    })
    expect(rest).toMatchObject({ state: 'succeeded', counters: { planned: 20, applied: 20 } })
    const added = bench.platform.ledger.flatMap((entry) => entry.members)
    expect(added.toSorted()).toEqual(emails(ids(1, 30)))
  })

  it('keeps the rest for the next run when it is down, without a storm of calls', async () => {
    await putMembers(bench.duckdb, people(40))
    bench.platform.faults.add({ kind: 'reply', reply: { status: 503 }, match: /PUT/, skip: 1, times: 999 })
    const run = await bench.deliver()
    bench.platform.faults.clear()
    expect(run).toMatchObject({ state: 'incomplete', counters: { planned: 40, applied: 10, pending: 30 } })
    expect(bench.platform.writes()).toBeLessThanOrEqual(1 + 5 * 5)
    expect(await bench.deliver()).toMatchObject({ state: 'succeeded', counters: { planned: 30 } })
  })

  it('fails the run and keeps every row when the account was disconnected (B53)', async () => {
    await putMembers(bench.duckdb, people(30))
    bench.platform.faults.add({ kind: 'reply', reply: { status: 401 }, match: /PUT/, skip: 1, times: 999 })
    const run = await bench.deliver()
    expect(run).toMatchObject({
      state: 'failed',
      error: { code: 'platform.auth_expired' },
      counters: { applied: 10, pending: 20 },
    })
    expect(bench.platform.writes()).toBe(2)
  })

  it('gets the same batch again when its answer was lost, and nothing twice beyond it (N02)', async () => {
    await putMembers(bench.duckdb, people(30))
    bench.platform.faults.add({ kind: 'cut', when: 'after', match: /PUT/, skip: 1, times: 5 })
    const run = await bench.deliver()
    expect(run).toMatchObject({ state: 'succeeded', counters: { planned: 30, applied: 20, skipped: 10 } })
    const batches = new Set(bench.platform.ledger.map((entry) => entry.members.join()))
    expect(batches.size).toBe(3)
    expect(bench.platform.members(audienceName)).toHaveLength(30)
  })

  it('leaves rows unknown when no answer ever comes, and settles them in the next run', async () => {
    await putMembers(bench.duckdb, people(10))
    bench.platform.faults.add({ kind: 'cut', when: 'after', match: /PUT/, times: 10 })
    const run = await bench.deliver()
    bench.platform.faults.clear()
    expect(run).toMatchObject({ state: 'incomplete', counters: { planned: 10, pending: 10 } })
    await letOut(bench.duckdb, [3])
    expect(await bench.deliver()).toMatchObject({ state: 'succeeded' })
    expect(bench.platform.members(audienceName)).toEqual(emails(ids(1, 10).filter((id) => id !== 3)))
  })

  it('is read instead of written to again where sending twice is not harmless', async () => {
    await putMembers(
      bench.duckdb,
      people(10).map((person) => ({ ...person, crmId: `key-p${person.id}@example.com` })),
    )
    const { repeatable: _, ...capabilities } = all
    const connector = createLedgerConnector({ capabilities, keyIdentifier: 'crm_id' })
    bench.platform.faults.add({ kind: 'cut', when: 'after', match: /PUT/, times: 5 })
    const run = await bench.deliver({ connector })
    expect(run).toMatchObject({ state: 'succeeded', counters: { planned: 10, applied: 10 } })
  })

  it('leaves the batch to a person where it can neither be read nor sent to twice', async () => {
    await putMembers(bench.duckdb, people(10))
    const connector = createLedgerConnector({ capabilities: { remove: true, update: true, create: true } })
    bench.platform.faults.add({ kind: 'cut', when: 'after', match: /PUT/, times: 5 })
    const run = await bench.deliver({ connector })
    const writes = bench.platform.writes()
    const next = await bench.deliver({ connector })
    expect(run).toMatchObject({ state: 'incomplete', counters: { planned: 10, pending: 10 } })
    expect(next).toMatchObject({ state: 'incomplete', counters: { planned: 10, pending: 10 } })
    expect(bench.platform.writes()).toBe(writes)
  })
})
