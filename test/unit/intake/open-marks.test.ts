import { hash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { EventMark } from '../../../core/port/event-spool.ts'
import { openMarks, type Marks } from '../../../hub-server/intake/open-marks.ts'
import { inTransaction, openSpoolDatabase } from '../../../hub-server/intake/spool-database.ts'

const digest = (text: string, digits: number): string => hash('sha256', text, 'hex').slice(0, digits)
const aMark = (number: number): EventMark => ({
  code: digest(`code ${number}`, 32),
  content: digest(`content ${number}`, 16),
})
const someMarks = (from: number, count: number): EventMark[] =>
  Array.from({ length: count }, (_, place) => aMark(from + place))
const asMap = (marks: readonly EventMark[]): Map<string, string> =>
  new Map(marks.map(({ code, content }) => [code, content]))

const count = (database: DatabaseSync, table: string): unknown =>
  database.prepare(`SELECT count(*) AS rows FROM ${table}`).get()?.['rows']

/** Marks in a file, and what a process that opens the same file knows after this one was killed. */
async function aFile(most: number): Promise<AsyncDisposable & { database: DatabaseSync; reopen(): Marks }> {
  const folder = await mkdtemp(join(tmpdir(), 'affluent-marks-'))
  const opened: DatabaseSync[] = []
  const open = (): DatabaseSync => {
    const database = openSpoolDatabase(join(folder, 'events.sqlite'))
    opened.push(database)
    return database
  }
  const database = open()
  return {
    database,
    reopen: () => openMarks(open(), most),
    async [Symbol.asyncDispose]() {
      for (const each of opened) each.close()
      await rm(folder, { recursive: true })
    },
  }
}

/** Drains, one after the other; `null` is a kill. */
const history = fc.array(fc.option(fc.integer({ min: 0, max: 120 }), { freq: 6 }), { maxLength: 40 })

describe('marks of known events', () => {
  it('are all known after any drains and kills, wherever they wait', () => {
    fc.assert(
      fc.property(history, fc.integer({ min: 0, max: 300 }), (drains, most) => {
        const database = openSpoolDatabase(':memory:')
        let marks = openMarks(database, most)
        let written = 0
        for (const added of drains) {
          if (added === null) {
            // What only the memory of the process held is gone.
            database.exec('DROP TABLE held_mark')
            marks = openMarks(database, most)
          } else {
            inTransaction(database, () => marks.write(someMarks(written, added), 0))
            written += added
          }
          const asked = someMarks(0, written + 5)
          expect(marks.known(asked.map(({ code }) => code))).toEqual(asMap(asked.slice(0, written)))
        }
        database.close()
      }),
      { numRuns: 60 },
    )
  })

  it('leave no more waiting than may be held, and the rows of those that are in their place', () => {
    const database = openSpoolDatabase(':memory:')
    const marks = openMarks(database, 1_000)
    for (let drain = 0; drain < 60; drain += 1)
      inTransaction(database, () => marks.write(someMarks(drain * 100, 100), 0))
    expect(count(database, 'held_mark')).toBeLessThanOrEqual(1_000)
    expect(count(database, 'recent_mark')).toBeLessThan(2_500)
    expect(Number(count(database, 'mark')) + Number(count(database, 'held_mark'))).toBe(6_000)
    database.close()
  })

  it('are placed a few at a time where far too many are held after a start', () => {
    const database = openSpoolDatabase(':memory:')
    inTransaction(database, () => openMarks(database, 5_000).write(someMarks(0, 5_000), 0))
    database.exec('DROP TABLE held_mark')
    const marks = openMarks(database, 1_000)
    inTransaction(database, () => marks.write(someMarks(5_000, 100), 0))
    expect(Number(count(database, 'mark'))).toBeGreaterThan(200)
    expect(Number(count(database, 'mark'))).toBeLessThan(300)
    database.close()
  })

  it('of a drain that was not committed are unknown, and those before it are known', async () => {
    await using file = await aFile(50)
    const marks = openMarks(file.database, 50)
    inTransaction(file.database, () => marks.write(someMarks(0, 200), 0))
    const undone = (): void =>
      inTransaction(file.database, () => {
        marks.write(someMarks(200, 200), 0)
        throw new Error('the disk is full')
      })
    expect(undone).toThrow('the disk is full')
    const codes = someMarks(0, 400).map(({ code }) => code)
    expect(marks.known(codes)).toEqual(asMap(someMarks(0, 200)))
    expect(file.reopen().known(codes)).toEqual(asMap(someMarks(0, 200)))
  })

  it('are forgotten by their hour, whether they wait or are in their place', async () => {
    await using file = await aFile(100)
    const marks = openMarks(file.database, 100)
    for (const [drain, hour] of [7, 7, 9, 9].entries())
      inTransaction(file.database, () => marks.write(someMarks(drain * 150, 150), hour))
    const codes = someMarks(0, 600).map(({ code }) => code)
    marks.forget(7)
    expect(marks.known(codes).size).toBe(600)
    // The second time goes on behind the end of the first.
    marks.forget(9)
    marks.forget(9)
    expect(marks.known(codes)).toEqual(asMap(someMarks(300, 300)))
    expect(file.reopen().known(codes)).toEqual(asMap(someMarks(300, 300)))
  })
})
