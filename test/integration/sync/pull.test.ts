import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { BoundSource } from '../../../core/connector/connector.ts'
import type { Cursor, SourcePage } from '../../../core/connector/source.ts'
import { PlatformError } from '../../../core/errors/affluent-error.ts'
import { pullSyncManifest } from '../../../core/manifest/manifest.ts'
import type { ControlStore } from '../../../core/port/control-store.ts'
import type { ProfileStore } from '../../../core/port/profile-store.ts'
import type { ReachPhase } from '../../../core/sync/phase.ts'
import { pull, type PullReport } from '../../../core/sync/pull.ts'
import { startRun } from '../../../core/sync/run-book.ts'
import { openControlStore } from '../../../hub-server/store/open-control-store.ts'
import { openDuckDb, type DuckDb } from '../../../hub-server/warehouse/duckdb.ts'
import { createProfileStore } from '../../../hub-server/warehouse/profile-store.ts'
import { aProfileSchema } from '../../support/a-delivery-workspace.ts'
import { createFixedClock } from '../../support/fixed-clock.ts'

const sync = pullSyncManifest.parse({
  kind: 'sync',
  version: 1,
  name: 'from-shop',
  source: { connection: 'shop', stream: 'people' },
})
const clock = createFixedClock('2026-01-03T00:00:00Z')
let duckdb: DuckDb
let profiles: ProfileStore
let control: ControlStore
let runs = 0

beforeEach(async () => {
  duckdb = await openDuckDb({ path: ':memory:', memoryLimitMb: 300, threads: 1 })
  profiles = createProfileStore({ duckdb, clock, workers: 1 })
  await profiles.prepare(aProfileSchema)
  control = await openControlStore(':memory:', clock)
})
afterEach(async () => {
  duckdb.close()
  await control.close()
})

const page = (ids: readonly string[], cursor: Cursor, quarantined = 0): SourcePage => ({
  records: ids.map((externalId) => ({
    externalId,
    versionAt: null,
    deleted: false,
    fields: { id: externalId },
  })),
  quarantined: Array.from({ length: quarantined }, (_, index) => ({
    place: `line ${index}`,
    reason: { code: 'unreadable_row', message: 'wrong quotes' },
    raw: '"',
  })),
  cursor,
})

type Pages = (cursor: Cursor | null) => AsyncIterable<SourcePage>

async function* fromArray(pages: readonly SourcePage[]): AsyncGenerator<SourcePage> {
  for (const one of pages) yield await Promise.resolve(one)
}

/** Pages 1, 2, 3 …, resumed by cursor. */
const paged =
  (pages: readonly (readonly string[])[]): Pages =>
  (cursor) =>
    fromArray(pages.map((ids, index) => page(ids, index + 1)).slice(Number(cursor ?? 0)))

async function* thenFail(error: Error): AsyncGenerator<SourcePage> {
  yield* fromArray([page(['a'], 1)])
  throw error
}

/** One page with record "a", then an error. */
const failingAfterA = (error: Error): Pages => {
  return () => thenFail(error)
}

async function run(
  read: Pages,
  change: Partial<BoundSource> & { reach?: ReachPhase; signal?: AbortSignal } = {},
): Promise<PullReport & { asked: (Cursor | null)[] }> {
  runs += 1
  clock.advance(1)
  const { reach = () => undefined, signal = new AbortController().signal, ...source } = change
  const book = { control, clock, actor: 'test' }
  const asked: (Cursor | null)[] = []
  const report = await pull({
    ...book,
    profiles,
    reach,
    run: await startRun(book, { id: `run-${runs}`, sync: sync.name, kind: 'pull', asOf: clock.now() }),
    sync,
    source: {
      name: 'people',
      description: 'People.',
      deletions: 'none',
      incremental: false,
      fields: null,
      ...source,
      read: ({ cursor }) => {
        asked.push(cursor)
        return read(cursor)
      },
    },
    fields: ['id'],
    signal,
    countCalls: () => 0,
    onProgress: () => undefined,
  })
  return { ...report, asked }
}

async function liveRecords(): Promise<string[]> {
  const rows = await duckdb.all<{ external_id: string }>(
    `SELECT external_id FROM source_record WHERE NOT deleted ORDER BY external_id`,
  )
  return rows.map((row) => row.external_id)
}

describe('pull', () => {
  it('reads all pages and counts records and quarantined rows', async () => {
    const report = await run(() => fromArray([page(['a', 'b'], 1), page(['c'], 2, 3)]))
    expect(report).toMatchObject({
      empty: false,
      ended: { state: 'succeeded', counters: { read: 3, quarantined: 3 } },
    })
    expect(await liveRecords()).toEqual(['a', 'b', 'c'])
  })

  it('starts over the next time when the source cannot tell changes', async () => {
    await run(paged([['a'], ['b']]))
    expect((await run(paged([['a'], ['b']]))).asked).toEqual([null])
  })

  it('asks only for changes the next time when the source can tell them', async () => {
    await run(paged([['a'], ['b']]), { incremental: true })
    expect((await run(paged([['a'], ['b']]), { incremental: true })).asked).toEqual([2])
  })

  it('keeps the checkpoint of the last durable page when a later one fails, and goes on there', async () => {
    const first = await run(failingAfterA(new PlatformError('platform.transient')))
    const second = await run(paged([['a'], ['b'], ['c']]))
    expect(first.ended).toMatchObject({ state: 'incomplete', counters: { read: 1 } })
    expect(second.asked).toEqual([1])
    expect(await liveRecords()).toEqual(['a', 'b', 'c'])
  })

  it('parks at its checkpoint when a quota is used up (B10)', async () => {
    const until = clock.now() + 3_600_000
    const quota = failingAfterA(new PlatformError('platform.quota_exhausted', {}, { until }))
    expect((await run(quota)).ended).toMatchObject({ state: 'parked', error: { params: { until } } })
    expect((await run(paged([['a'], ['b']]))).asked).toEqual([1])
  })

  it('never moves the cursor before the page behind it is durable', async () => {
    const order: string[] = []
    await run(paged([['a'], ['b']]), { reach: (phase) => order.push(phase) })
    expect(order).toEqual(['page_written', 'checkpoint_written', 'page_written', 'checkpoint_written'])
  })

  it('stops at a source that hands out the same position again (N28)', async () => {
    const report = await run(() =>
      fromArray([page(['a'], 1), page(['b'], 2), page(['a'], 1), page(['b'], 2)]),
    )
    expect(report.ended).toMatchObject({ state: 'failed', error: { code: 'connector.cursor_repeated' } })
  })

  it('stops between pages when told to, and leaves the run to be resumed', async () => {
    const abort = new AbortController()
    const reach: ReachPhase = (phase) => {
      if (phase === 'checkpoint_written') abort.abort()
    }
    async function* untilTold(): AsyncGenerator<SourcePage> {
      yield page(['a'], 1)
      await once(abort.signal, 'abort')
      yield page(['b'], 2)
    }
    await expect(run(untilTold, { reach, signal: abort.signal })).rejects.toMatchObject({
      code: 'run.aborted',
    })
    expect(await control.runs({ state: 'running' })).toHaveLength(1)
    expect(await liveRecords()).toEqual(['a'])
  })
})

describe('records that are absent from a full read', () => {
  const deletions = 'absence' as const

  it('are marked as gone after the read is complete', async () => {
    await run(paged([['a', 'b'], ['c']]), { deletions })
    await run(paged([['a'], ['c']]), { deletions })
    expect(await liveRecords()).toEqual(['a', 'c'])
  })

  it('stay after a read that was interrupted, even once it is finished: rows move while it stands still (N29)', async () => {
    await run(paged([['a', 'b'], ['c']]), { deletions })
    await run(failingAfterA(new PlatformError('platform.transient')), { deletions })
    await run(paged([['a'], ['c']]), { deletions })
    expect(await liveRecords()).toEqual(['a', 'b', 'c'])
    await run(paged([['a'], ['c']]), { deletions })
    expect(await liveRecords()).toEqual(['a', 'c'])
  })

  it('stay when the source came back empty once; the second empty reading is believed (N30)', async () => {
    await run(paged([['a', 'b']]), { deletions })
    const once = await run(paged([]), { deletions })
    expect(once).toMatchObject({
      empty: true,
      ended: { state: 'incomplete', error: { code: 'run.source_empty', params: { had: 2 } } },
    })
    expect(await liveRecords()).toEqual(['a', 'b'])
    expect((await run(paged([]), { deletions })).empty).toBe(false)
    expect(await liveRecords()).toEqual([])
  })

  it('does not take a source for empty that has no changes', async () => {
    await run(paged([['a']]), { deletions, incremental: true })
    expect(await run(() => fromArray([]), { deletions, incremental: true })).toMatchObject({
      empty: false,
      ended: { state: 'succeeded' },
    })
    expect(await liveRecords()).toEqual(['a'])
  })
})
