import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { TakenRecords, WriteRequest } from '../../../core/connector/destination.ts'
import type { JobOutcome, JobState, Outcome } from '../../../core/connector/outcome.ts'
import { PlatformError } from '../../../core/errors/affluent-error.ts'
import { runCycle, type CycleReport } from '../../../hub-server/worker/run-cycle.ts'
import { aCycleBench, aCycleWorkspace, shopPeople, type CycleBench } from '../../support/a-cycle.ts'
import { createFixedClock, type FixedClock } from '../../support/fixed-clock.ts'
import { createLedgerConnector } from '../../support/ledger-connector.ts'
import { startLedgerPlatform, type LedgerPlatform } from '../../support/ledger-platform.ts'

/** A platform that takes each batch into a job and tells its end when the test says so, as Google's Data Manager does. */
let jobState: JobState
let jobs: { operation: 'add' | 'remove'; size: number }[]
let jobReads: number
/** Instead of `jobState`: a platform that tells each record apart. */
let settle: ((taken: TakenRecords) => Promise<JobState>) | undefined
let clock: FixedClock
let shop: LedgerPlatform
let crm: LedgerPlatform
let bench: CycleBench
let outage: boolean

beforeEach(async () => {
  jobState = { status: 'processing' }
  jobs = []
  jobReads = 0
  settle = undefined
  outage = false
  clock = createFixedClock('2026-01-03T00:00:00Z', { autoAdvance: true })
  shop = await startLedgerPlatform(clock)
  crm = await startLedgerPlatform(clock)
  shop.people.push(...shopPeople(1, 12))
  const take =
    (operation: 'add' | 'remove') =>
    async (_context: unknown, { records }: WriteRequest): Promise<Outcome[]> => {
      jobs.push({ operation, size: records.length })
      return records.map(() => ({ status: 'accepted', job: `job-${jobs.length}` }))
    }
  const connector = createLedgerConnector({
    add: take('add'),
    remove: take('remove'),
    async readJob(_context, _job, taken) {
      jobReads += 1
      if (outage) throw new PlatformError('platform.transient', { act: 'reading a job' })
      return settle && taken ? settle(taken) : jobState
    },
  })
  bench = await aCycleBench({ clock, workspace: workspace(), connectors: [connector] })
})
afterEach(async () => {
  await bench.close()
  await Promise.all([shop.close(), crm.close()])
})

const workspace = () => aCycleWorkspace(shop.url, [{ name: 'crm', url: crm.url }])

function cycle(): Promise<CycleReport> {
  clock.advance(60_000)
  return runCycle(bench, {
    workspace: workspace(),
    asOf: clock.now(),
    actor: 'test',
    signal: new AbortController().signal,
    onEvent: () => undefined,
  })
}

async function deliveryOf(report: CycleReport) {
  const run = report.runs.find((ended) => ended.sync === 'to-crm')
  return bench.control.run(run?.runId ?? '')
}

describe('jobs of a platform', () => {
  it('keep the run from being green until the platform says they are done (N17)', async () => {
    const first = await deliveryOf(await cycle())
    expect(first).toMatchObject({ state: 'incomplete', counters: { planned: 12, applied: 0, pending: 12 } })
    jobState = { status: 'done', rejected: [] }
    await cycle()
    expect(await bench.control.run(first?.id ?? '')).toMatchObject({
      state: 'succeeded',
      counters: { planned: 12, applied: 12, pending: 0 },
    })
    expect(await bench.deliveries.deliveredCount('to-crm')).toBe(12)
  })

  it('are not sent again while they are processed, however long that takes', async () => {
    await cycle()
    const sent = jobs.length
    const later = await deliveryOf(await cycle())
    expect(jobs).toHaveLength(sent)
    expect(later).toMatchObject({ state: 'incomplete', counters: { planned: 12, pending: 12 } })
  })

  it('bring their rows back when they fail after an hour', async () => {
    await cycle()
    const sent = jobs.length
    jobState = { status: 'failed', reason: { code: 'internal', message: 'Processing failed.' } }
    clock.advance(3_600_000)
    const again = await deliveryOf(await cycle())
    expect(jobs).toHaveLength(2 * sent)
    expect(again).toMatchObject({ counters: { planned: 12, pending: 12 } })
  })

  it('show what the platform only counted as rejected', async () => {
    const first = await deliveryOf(await cycle())
    jobState = { status: 'done', rejected: [{ reason: { code: 'invalid', message: 'Bad hash.' }, count: 3 }] }
    await cycle()
    const run = await bench.control.run(first?.id ?? '')
    expect(run).toMatchObject({ state: 'incomplete' })
    expect(run?.counters.untold).toBeGreaterThan(0)
    expect(await bench.deliveries.reasons(first?.id ?? '')).toContainEqual(
      expect.objectContaining({ code: 'invalid', message: 'Bad hash.' }),
    )
  })

  it('are asked about with growing pauses, not in each cycle', async () => {
    await cycle()
    const readAt: number[] = []
    for (let minute = 0; minute < 60; minute += 1) {
      const before = jobReads
      await cycle()
      if (jobReads > before) readAt.push(minute)
    }
    expect(readAt).toEqual([0, 1, 2, 4, 8, 16, 31, 46])
  })

  it('are asked about when the platform wants to be asked', async () => {
    jobState = { status: 'processing', askAgainMs: 10 * 60_000 }
    await cycle()
    const readAt: number[] = []
    for (let minute = 0; minute < 31; minute += 1) {
      const before = jobReads
      await cycle()
      if (jobReads > before) readAt.push(minute)
    }
    expect(readAt).toEqual([0, 10, 20, 30])
  })

  it('are asked about again when the platform cannot be reached', async () => {
    await cycle()
    outage = true
    await cycle()
    outage = false
    jobState = { status: 'done', rejected: [] }
    await cycle()
    expect(jobReads).toBeGreaterThanOrEqual(3)
    expect(await bench.deliveries.deliveryOf('to-crm', 'p_1')).toMatchObject({ status: 'applied' })
  })

  it('take people off only when the removal is done', async () => {
    await cycle()
    jobState = { status: 'done', rejected: [] }
    await cycle()
    const [first] = shop.people
    if (first) shop.people[0] = { ...first, consent: 'no' }
    jobState = { status: 'processing' }
    await cycle()
    expect(jobs.at(-1)).toEqual({ operation: 'remove', size: 1 })
    expect(await bench.deliveries.deliveredCount('to-crm')).toBe(12)
    jobState = { status: 'done', rejected: [] }
    await cycle()
    expect(await bench.deliveries.deliveredCount('to-crm')).toBe(11)
  })

  it('whose platform tells each record apart end record by record: some applied with a key, some rejected, some sent again', async () => {
    const first = await deliveryOf(await cycle())
    const seen: unknown[] = []
    settle = async (taken) => {
      const records = await taken.read()
      const base = seen.length
      const outcomes = records.map(({ fields }, index): JobOutcome => {
        const place = base + index
        seen.push(fields['email'])
        if (place === 0) return { status: 'rejected', reason: { code: 'invalid', message: 'Bad row.' } }
        if (place === 1) return { status: 'failed', reason: { code: 'lost', message: 'Not found.' } }
        if (place === 2) return { status: 'skipped', key: 'k-2' }
        return { status: 'applied', key: `k-${place}` }
      })
      return { status: 'done', rejected: [], outcomes }
    }
    const again = await deliveryOf(await cycle())
    expect(new Set(seen).size).toBe(12)
    expect(await bench.control.run(first?.id ?? '')).toMatchObject({
      state: 'incomplete',
      counters: { planned: 12, applied: 9, skipped: 1, rejected: 1, pending: 1 },
    })
    expect(await bench.deliveries.deliveryOf('to-crm', 'p_1')).toMatchObject({
      status: 'rejected',
      reasonCode: 'invalid',
    })
    expect(await bench.deliveries.deliveryOf('to-crm', 'p_4')).toMatchObject({
      status: 'applied',
      key: 'k-3',
    })
    expect(again).toMatchObject({ counters: { planned: 2, rejected: 1, pending: 1 } })
    expect(jobs.at(-1)).toEqual({ operation: 'add', size: 1 })
  })

  it('with fewer outcomes than records settle nothing: the connector broke its contract', async () => {
    await cycle()
    settle = async () => ({ status: 'done', rejected: [], outcomes: [{ status: 'applied' }] })
    await expect(cycle()).rejects.toMatchObject({ code: 'connector.outcome_count' })
    expect(await bench.deliveries.deliveryOf('to-crm', 'p_1')).toMatchObject({ status: 'accepted' })
  })
})
