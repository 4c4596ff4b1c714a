import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { z } from 'zod'
import { eventFates, type EventSpool, type FateCount, type KeptCall } from '../../core/port/event-spool.ts'
import { toStoreError } from '../store/to-store-error.ts'
import { openMarks } from './open-marks.ts'
import { inTransaction, openSpoolDatabase } from './spool-database.ts'

const hourMs = 3_600_000

/** Rows that one statement deletes: it holds the event loop meanwhile. */
const deletedAtOnce = 2_000

const callRow = z.object({
  number: z.int(),
  received_at: z.int(),
  source: z.string(),
  route: z.string(),
  retries: z.int(),
  body: z.instanceof(Uint8Array),
})
const fateRow = z.object({ source: z.string(), fate: z.enum(eventFates), count: z.int() })
const oldestRow = z.object({ at: z.int() })
const sizeRow = z.object({ bytes: z.int() })

const waitingSql = `SELECT * FROM call WHERE number > (SELECT drained FROM position) ORDER BY number`

const texts = {
  insert: 'INSERT INTO call (received_at, source, route, retries, body) VALUES (?, ?, ?, ?, ?)',
  waiting: waitingSql,
  size: `SELECT coalesce(sum(length(body)), 0) AS bytes FROM (${waitingSql})`,
  oldest: `SELECT received_at AS at FROM (${waitingSql} LIMIT 1)`,
  probe: 'UPDATE position SET drained = drained',
  count: `INSERT INTO fate (source, fate, count) VALUES (?, ?, ?)
    ON CONFLICT (source, fate) DO UPDATE SET count = count + excluded.count`,
  advance: 'UPDATE position SET drained = ?',
  forgetCalls: `DELETE FROM call WHERE number IN (
    SELECT number FROM call WHERE number <= (SELECT drained FROM position) AND received_at < ?
    ORDER BY number LIMIT ${deletedAtOnce})`,
  fates: 'SELECT source, fate, count FROM fate ORDER BY source, fate',
} as const
type Statements = Readonly<Record<keyof typeof texts, StatementSync>>

/**
 * Opens the spool. Any number of calls is one commit, so a burst costs a few flushes. All work is done in the caller's turn of the event
 * loop: SQLite is faster than handing it to another thread. Throws `store.*`.
 */
export function openEventSpool(path: string): EventSpool {
  const database = guarded(path, 'opening the event spool', () => openSpoolDatabase(path))
  const run = prepareAll(database)
  const guard = <Result>(act: string, work: () => Result): Result => guarded(path, act, work)
  const marks = guard('opening the event spool', () => openMarks(database))
  let bytes = guard('reading the event spool', () => sizeRow.parse(run.size.get()).bytes)
  return {
    keep: (calls) =>
      guard('keeping events', () => {
        inTransaction(database, () => {
          for (const { receivedAt, source, route, retries, body } of calls)
            run.insert.run(receivedAt, source, route, retries, body)
        })
        bytes += calls.reduce((sum, { body }) => sum + body.byteLength, 0)
      }),
    waiting: (most) => guard('reading the event spool', () => readWaiting(run, most)),
    waitingBytes: () => bytes,
    ...health(run, guard),
    known: (codes) => guard('reading the event spool', () => marks.known(codes)),
    settle: ({ through, bytes: drained, marks: fresh, fates, at }) =>
      guard('settling drained events', () => {
        inTransaction(database, () => {
          marks.write(fresh, Math.floor(at / hourMs))
          for (const { source, fate, count } of fates) run.count.run(source, fate, count)
          run.advance.run(through)
        })
        bytes -= drained
      }),
    forget: (before) =>
      guard('forgetting drained events', () => {
        while (run.forgetCalls.run(before.calls).changes === deletedAtOnce);
        marks.forget(Math.floor(before.marks / hourMs))
      }),
    fates: () =>
      guard('reading the event spool', () => run.fates.all().map((row): FateCount => fateRow.parse(row))),
    compact: () =>
      guard('rewriting the event spool', () => {
        database.exec('DELETE FROM call WHERE number <= (SELECT drained FROM position)')
        database.exec('VACUUM')
        database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
      }),
    close: () => database.close(),
  }
}

type Guard = <Result>(act: string, work: () => Result) => Result

/** What tells how the spool fares. */
function health(run: Statements, guard: Guard): Pick<EventSpool, 'oldestWaitingAt' | 'probe'> {
  return {
    oldestWaitingAt: () =>
      guard('reading the event spool', () => {
        const row = run.oldest.get()
        return row && oldestRow.parse(row).at
      }),
    probe: () => guard('writing the event spool', () => void run.probe.run()),
  }
}

function prepareAll(database: DatabaseSync): Statements {
  return {
    insert: database.prepare(texts.insert),
    waiting: database.prepare(texts.waiting),
    size: database.prepare(texts.size),
    oldest: database.prepare(texts.oldest),
    probe: database.prepare(texts.probe),
    count: database.prepare(texts.count),
    advance: database.prepare(texts.advance),
    forgetCalls: database.prepare(texts.forgetCalls),
    fates: database.prepare(texts.fates),
  }
}

/** A call's row as the spool's reader and the drain need it. */
export function toKeptCall(row: unknown): KeptCall {
  const { received_at: receivedAt, ...rest } = callRow.parse(row)
  return { ...rest, receivedAt }
}

function readWaiting({ waiting }: Statements, mostBytes: number): KeptCall[] {
  const calls: KeptCall[] = []
  let size = 0
  for (const row of waiting.iterate()) {
    const call = toKeptCall(row)
    size += call.body.byteLength
    if (calls.length > 0 && size > mostBytes) break
    calls.push(call)
  }
  return calls
}

function guarded<Result>(file: string, act: string, work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    throw toStoreError(error, act, file)
  }
}
