import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { z } from 'zod'
import type { EventMark } from '../../core/port/event-spool.ts'

/** Marks that wait until neighbours can be placed together: 3 MB of memory. Of 1,200,000 marks ten are then written to each page. */
const mostHeld = 65_536

/** Parts of all codes, by their first byte. */
const slices = 256

/** Marks that are looked at when some may be too old, every two seconds: 60 million are gone through in ten hours. */
const marksLookedAt = 3_500

/** Greater than all codes. */
const end = new Uint8Array(17).fill(255)

const markRow = z.object({ code: z.string(), content: z.string() })
const lastRow = z.object({ code: z.instanceof(Uint8Array).nullable() })
const stateRow = z.object({ placed: z.int(), held: z.int() })

/** Rows of `recent_mark` that were written first. */
const firstRows = (limit: string): string => `SELECT number FROM recent_mark ORDER BY number LIMIT ${limit}`

const texts = {
  known: `WITH asked AS MATERIALIZED (SELECT unhex(value) AS code FROM json_each(?)),
      found AS (SELECT code, content FROM held_mark WHERE code IN asked UNION ALL SELECT code, content FROM mark WHERE code IN asked)
    SELECT lower(hex(code)) AS code, lower(hex(content)) AS content FROM found`,
  write: `INSERT INTO recent_mark (code, content, hour, due)
    SELECT unhex(value ->> 0), unhex(value ->> 1), ?, (SELECT placed FROM position) + ${slices} FROM json_each(?)`,
  hold: `INSERT INTO held_mark (code, content, hour)
    SELECT unhex(value ->> 0), unhex(value ->> 1), ? FROM json_each(?) WHERE true ON CONFLICT (code) DO NOTHING`,
  holdAll: `INSERT INTO held_mark (code, content, hour)
    SELECT code, content, hour FROM recent_mark WHERE true ORDER BY code ON CONFLICT (code) DO NOTHING`,
  state: 'SELECT placed, (SELECT count(*) FROM held_mark) AS held FROM position',
  // In their order, neighbours are written while their page is at hand.
  place: `INSERT INTO mark (code, content, hour)
    SELECT code, content, hour FROM held_mark WHERE code >= ? AND code < ? ORDER BY code ON CONFLICT (code) DO NOTHING`,
  release: 'DELETE FROM held_mark WHERE code >= ? AND code < ?',
  advance: 'UPDATE position SET placed = ?',
  drop: `DELETE FROM recent_mark WHERE number IN (${firstRows('?')}) AND due <= ?`,
  releaseOld: `DELETE FROM held_mark WHERE code IN (
    SELECT code FROM recent_mark WHERE number IN (${firstRows(String(marksLookedAt))}) AND hour < ?)`,
  dropOld: `DELETE FROM recent_mark WHERE number IN (${firstRows(String(marksLookedAt))}) AND hour < ?`,
  lastOfMarks: `SELECT max(code) AS code FROM (SELECT code FROM mark WHERE code > ? ORDER BY code LIMIT ${marksLookedAt})`,
  forget: 'DELETE FROM mark WHERE code > ? AND code <= ? AND hour < ?',
} as const
type Statements = Readonly<Record<keyof typeof texts, StatementSync>>

/** Digests by which events are known. */
export interface Marks {
  /** Digests of the contents of those of the codes that are known. */
  known(codes: readonly string[]): ReadonlyMap<string, string>
  /** Writes marks that are not known yet. Must run in a transaction. */
  write(marks: readonly EventMark[], hour: number): void
  /** Drops some of those that were written before an hour; called again and again, all of them. */
  forget(before: number): void
}

/**
 * Marks come in no order and stay for a week: each has its place on another page of `mark`, and to write all of these pages with every drain took
 * ever longer (47 ms for 900 marks among 1,100,000, now 6). So a drain writes its marks as they come, into `recent_mark`, and into
 * `held_mark`, which is in memory. When too many are held, those of one slice of the codes are placed together, the next time those of the
 * next one; `position.placed` counts slices for ever. A row of `recent_mark` goes when all slices were placed since it was written (`due`). Whoever
 * opens the file holds what is in the rows that are left; what of it is in its place already is placed again, which changes nothing. `most`: how
 * many are held.
 */
export function openMarks(database: DatabaseSync, most = mostHeld): Marks {
  database.exec(
    `CREATE TEMP TABLE held_mark (code BLOB NOT NULL PRIMARY KEY, content BLOB NOT NULL, hour INTEGER NOT NULL) STRICT, WITHOUT ROWID`,
  )
  const run = prepareAll(database)
  run.holdAll.run()
  const walk = createWalk(run)
  return {
    known: (codes) =>
      new Map(
        run.known.all(JSON.stringify(codes)).map((row) => {
          const { code, content } = markRow.parse(row)
          return [code, content]
        }),
      ),
    write(marks, hour) {
      const pairs = JSON.stringify(marks.map(({ code, content }) => [code, content]))
      run.write.run(hour, pairs)
      run.hold.run(hour, pairs)
      // Whoever holds far too many at first places them little by little.
      const enough = 2 * marks.length
      run.drop.run(enough, placeSome(run, most, enough))
    },
    forget(before) {
      walk(before)
      run.releaseOld.run(before)
      run.dropOld.run(before)
    },
  }
}

/** Places slices until no more than `most` marks are held, or `enough` are placed. Returns how many slices ever were. */
function placeSome(run: Statements, most: number, enough: number): number {
  const { placed, held } = stateRow.parse(run.state.get())
  let next = placed
  let released = 0
  while (held - released > most && released <= enough) {
    const slice = next % slices
    const range = [Uint8Array.of(slice), slice + 1 === slices ? end : Uint8Array.of(slice + 1)] as const
    run.place.run(...range)
    released += Number(run.release.run(...range).changes)
    next += 1
  }
  if (next > placed) run.advance.run(next)
  return next
}

/** Goes through the marks in their place in the order of their codes, some at each call, and forgets those of before an hour. */
function createWalk(run: Statements): (before: number) => void {
  const first = new Uint8Array()
  let at = first
  return (before) => {
    const { code } = lastRow.parse(run.lastOfMarks.get(at))
    if (code) run.forget.run(at, code, before)
    at = code ?? first
  }
}

function prepareAll(database: DatabaseSync): Statements {
  return {
    known: database.prepare(texts.known),
    write: database.prepare(texts.write),
    hold: database.prepare(texts.hold),
    holdAll: database.prepare(texts.holdAll),
    state: database.prepare(texts.state),
    place: database.prepare(texts.place),
    release: database.prepare(texts.release),
    advance: database.prepare(texts.advance),
    drop: database.prepare(texts.drop),
    releaseOld: database.prepare(texts.releaseOld),
    dropOld: database.prepare(texts.dropOld),
    lastOfMarks: database.prepare(texts.lastOfMarks),
    forget: database.prepare(texts.forget),
  }
}
