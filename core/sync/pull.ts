import type { BoundSource } from '../connector/connector.ts'
import type { Cursor, SourcePage } from '../connector/source.ts'
import { AffluentError, toAffluentError } from '../errors/affluent-error.ts'
import type { PullSyncManifest } from '../manifest/manifest.ts'
import type { ProfileStore } from '../port/profile-store.ts'
import { toStartingPoint, type Checkpoint } from './checkpoint.ts'
import type { EndedRun } from './cycle-event.ts'
import { gatherPages } from './gather-pages.ts'
import type { ReachPhase } from './phase.ts'
import { endRun, toEndState, toStageError, type RunBook } from './run-book.ts'
import { noCounters, type Run } from './run.ts'
import { writeAhead } from './write-ahead.ts'

export interface Pull extends RunBook {
  readonly profiles: ProfileStore
  readonly reach: ReachPhase
  readonly run: Run
  readonly sync: PullSyncManifest
  readonly source: BoundSource
  /** The fields that mappings use. */
  readonly fields: readonly string[]
  readonly signal: AbortSignal
  readonly countCalls: () => number
  /** Records read so far, and how many they will be where the source can tell. */
  readonly onProgress: (done: number, total?: number) => void
}

/** A pull that ended. `empty`: the source gave nothing although it had records; nothing of it was removed. */
export interface PullReport {
  readonly ended: EndedRun
  readonly empty: boolean
}

interface Tally {
  read: number
  quarantined: number
}

/** Pages are written together up to this many records: beyond it a record's share of a transaction is hardly felt. */
export const recordsPerWrite = 5000

/**
 * Reads a source from its checkpoint to its end. Each page is durable before the checkpoint moves behind it, so a crash reads a page
 * again and loses none. Only an abort throws (`run.aborted`); any other error ends the run and keeps the checkpoint.
 */
export async function pull(pull: Pull): Promise<PullReport> {
  const callsBefore = pull.countCalls()
  const tally: Tally = { read: 0, quarantined: 0 }
  const counters = () => ({
    ...noCounters,
    ...tally,
    calls: pull.countCalls() - callsBefore,
  })
  try {
    const reached = await readPages(pull, tally)
    const empty = await finishRead(pull, reached)
    const ended = await endRun(pull, pull.run, {
      state: empty ? 'incomplete' : 'succeeded',
      counters: counters(),
      error: empty
        ? { code: 'run.source_empty', params: { sync: pull.sync.name, had: reached.lastFull } }
        : null,
    })
    return { ended, empty }
  } catch (thrown) {
    if (pull.signal.aborted)
      throw new AffluentError('run.aborted', { sync: pull.sync.name }, { cause: thrown })
    const error = toAffluentError(thrown, `reading ${pull.sync.source.stream}`)
    const ended = await endRun(pull, pull.run, {
      state: toEndState(error),
      counters: counters(),
      error: toStageError(error, pull.clock.now()),
    })
    return { ended, empty: false }
  }
}

async function readPages(pull: Pull, tally: Tally): Promise<Checkpoint> {
  let checkpoint = toStartingPoint(await pull.control.checkpoint(pull.sync.name), pull.source)
  const pages = pull.source.read({ cursor: checkpoint.cursor, fields: pull.fields, signal: pull.signal })
  const gathered = gatherPages(refuseRepeatedCursors(pages, pull.sync), recordsPerWrite)
  for await (const page of writeAhead(gathered, (page) => writePage(pull, page))) {
    checkpoint = { ...checkpoint, cursor: asJson(page.cursor), read: checkpoint.read + page.records.length }
    await pull.control.writeCheckpoint(pull.sync.name, checkpoint)
    pull.reach('checkpoint_written')
    tally.read += page.records.length
    tally.quarantined += page.quarantined.length
    pull.onProgress(checkpoint.read, page.progress ? Math.round(checkpoint.read / page.progress) : undefined)
  }
  pull.signal.throwIfAborted()
  return checkpoint
}

async function writePage(pull: Pull, page: SourcePage): Promise<void> {
  pull.signal.throwIfAborted()
  await pull.profiles.writePage({
    stream: pull.sync.source,
    runId: pull.run.id,
    receivedAt: pull.clock.now(),
    records: page.records,
    quarantined: page.quarantined,
  })
  pull.reach('page_written')
}

/** A source that hands out the same position twice would be read for ever. */
async function* refuseRepeatedCursors(
  pages: AsyncIterable<SourcePage>,
  sync: PullSyncManifest,
): AsyncGenerator<SourcePage> {
  const seen = new Set<string>()
  for await (const page of pages) {
    const position = JSON.stringify(page.cursor)
    const isEmpty = page.records.length === 0 && page.quarantined.length === 0
    if (!isEmpty && seen.has(position)) {
      throw new AffluentError('connector.cursor_repeated', {
        act: `reading ${sync.source.stream}`,
        sync: sync.name,
      })
    }
    if (!isEmpty) seen.add(position)
    yield page
  }
}

/**
 * Ends a read that came to its end. A full read that gives nothing where there were records is not believed the first time. Records
 * are marked as absent only by a full read that ran without a break. Returns whether the source came back empty.
 */
async function finishRead(pull: Pull, reached: Checkpoint): Promise<boolean> {
  const suspect = reached.full && reached.read === 0 && reached.lastFull > 0 && !reached.emptyOnce
  if (reached.full && reached.whole && !suspect && pull.source.deletions === 'absence') {
    await pull.profiles.markAbsent(pull.sync.source, pull.run.id)
  }
  await pull.control.writeCheckpoint(pull.sync.name, {
    ...reached,
    unfinished: false,
    lastFull: reached.full && !suspect ? reached.read : reached.lastFull,
    emptyOnce: suspect,
  })
  return suspect
}

/** A cursor is the connector's own JSON; the copy drops what JSON would not keep. */
function asJson(cursor: Cursor): Checkpoint['cursor'] {
  const copy: Checkpoint['cursor'] = JSON.parse(JSON.stringify(cursor))
  return copy
}
