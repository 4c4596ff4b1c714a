import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Connector } from '../../../core/connector/connector.ts'
import type { ChangeSignal } from '../../../core/connector/signal.ts'
import { PlatformError } from '../../../core/errors/affluent-error.ts'
import { runCycle, type CycleReport } from '../../../hub-server/worker/run-cycle.ts'
import { aCycleBench, aCycleWorkspace, shopPeople, type CycleBench } from '../../support/a-cycle.ts'
import { createFixedClock, type FixedClock } from '../../support/fixed-clock.ts'
import { createLedgerConnector } from '../../support/ledger-connector.ts'
import { startLedgerPlatform, type LedgerPlatform } from '../../support/ledger-platform.ts'

let feed: ChangeSignal[]
let cursors: unknown[]
let broken: boolean
let clock: FixedClock
let shop: LedgerPlatform
let crm: LedgerPlatform
let bench: CycleBench

/** The ledger platform with a feed that tells each signal once, by position. */
function createFeedConnector(): Connector {
  const ledger = createLedgerConnector()
  return {
    ...ledger,
    connect: (context, config) => ({
      ...ledger.connect(context, config),
      signalFeeds: [
        {
          name: 'feed',
          async *read({ cursor }) {
            cursors.push(cursor)
            if (broken) throw new PlatformError('platform.transient', { act: 'reading the feed' })
            const from = Number(cursor ?? 0)
            if (feed.length > from) yield { signals: feed.slice(from), cursor: feed.length }
          },
        },
      ],
    }),
  }
}

beforeEach(async () => {
  feed = []
  cursors = []
  broken = false
  clock = createFixedClock('2026-01-03T00:00:00Z', { autoAdvance: true })
  shop = await startLedgerPlatform(clock)
  crm = await startLedgerPlatform(clock)
  shop.people.push(...shopPeople(1, 8))
  bench = await aCycleBench({ clock, workspace: workspace(), connectors: [createFeedConnector()] })
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

async function aMember(): Promise<{ key: string; audienceId: string }> {
  const delivery = await bench.deliveries.deliveryOf('to-crm', 'p_1')
  const audience = await bench.control.audience('to-crm')
  return { key: delivery?.key ?? '', audienceId: audience?.externalId ?? '' }
}

const adds = (report: CycleReport): number | undefined =>
  report.runs.find((run) => run.sync === 'to-crm')?.counters.adds

describe('change feeds', () => {
  it('put a member back whom somebody took off the list by hand (N38)', async () => {
    await cycle()
    const { key, audienceId } = await aMember()
    expect(key).not.toBe('')
    clock.advance(1000)
    feed.push({ id: 's1', kind: 'member_removed', audienceId, externalId: key, occurredAt: clock.now() })
    expect(adds(await cycle())).toBe(1)
    expect(adds(await cycle())).toBe(0)
  })

  it('take no notice of a removal that was healed already, however late it is told', async () => {
    const before = clock.now()
    await cycle()
    const { key, audienceId } = await aMember()
    feed.push({ id: 's1', kind: 'member_removed', audienceId, externalId: key, occurredAt: before })
    expect(adds(await cycle())).toBe(0)
  })

  it('are read on from where the last cycle stopped, also after a failure', async () => {
    await cycle()
    feed.push({ id: 's1', kind: 'changed', stream: 'people', externalId: '1', occurredAt: clock.now() })
    broken = true
    await cycle()
    broken = false
    await cycle()
    await cycle()
    // Two connections read a feed in each cycle.
    expect(cursors.slice(-2)).toEqual([1, 1])
  })

  it('fail no run when they cannot be read', async () => {
    broken = true
    expect((await cycle()).runs.map((run) => run.state)).toEqual(['succeeded', 'succeeded'])
  })

  it('keep nothing of objects whose stream nobody pulls', async () => {
    await cycle()
    feed.push({ id: 's1', kind: 'deleted', stream: 'deals', externalId: '77', occurredAt: clock.now() })
    await cycle()
    expect(await bench.duckdb.all(`SELECT external_id FROM source_record WHERE stream = 'deals'`)).toEqual([])
  })

  it('tell that an object is gone before a pull could notice', async () => {
    await cycle()
    feed.push({ id: 's1', kind: 'deleted', stream: 'people', externalId: '1', occurredAt: clock.now() })
    clock.advance(60_000)
    await runCycle(bench, {
      workspace: workspace(),
      asOf: clock.now(),
      actor: 'test',
      signal: new AbortController().signal,
      onEvent: () => undefined,
      syncs: ['to-crm'],
    })
    const view = await bench.profiles.findProfile('p_1')
    expect(view?.sourceRecords.every((record) => record.deleted) ?? true).toBe(true)
  })
})
