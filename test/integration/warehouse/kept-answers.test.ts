import { INTEGER } from '@duckdb/node-api'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createKept, type AskKept } from '../../../hub-server/warehouse/create-kept.ts'
import { openDuckDb, type DuckDb } from '../../../hub-server/warehouse/duckdb.ts'

let duckdb: DuckDb
let askKept: AskKept<number>
let reads = 0

beforeEach(async () => {
  duckdb = await openDuckDb({ path: ':memory:' })
  await duckdb.run('CREATE TABLE number (value INTEGER); CREATE TABLE other (value INTEGER)')
  askKept = createKept<number>(duckdb, ['number'])
  reads = 0
})
afterEach(() => duckdb.close())

const read = (): Promise<number> => {
  reads += 1
  return duckdb.snapshot(async () => {
    const row = await duckdb.one<{ sum: bigint | null }>('SELECT sum(value)::BIGINT AS sum FROM number')
    return Number(row?.sum ?? 0)
  })
}
const ask = () => askKept('sum', read)

describe('kept answers', () => {
  it('are read once while only other tables are written to', async () => {
    await duckdb.run('INSERT INTO number VALUES (3)')
    expect(await ask()).toBe(3)
    await duckdb.run('INSERT INTO other SELECT value FROM number')
    await duckdb.transaction(() => duckdb.run('UPDATE other SET value = 9'))
    await duckdb.all('SELECT * FROM number')
    expect([await ask(), reads]).toEqual([3, 1])
  })

  it.each([
    ['an insert', () => duckdb.run('INSERT INTO number VALUES (1)'), 5],
    ['an update', () => duckdb.run('UPDATE number SET value = 7'), 7],
    ['a removal among other statements', () => duckdb.run('SELECT 1;\nDELETE\n FROM main."number"'), 0],
    ['one that tells what it took', () => duckdb.all('DELETE FROM number RETURNING value'), 0],
    ['a table made anew', () => duckdb.run('CREATE OR REPLACE TABLE number AS SELECT 2 AS value'), 2],
    ['a repeated one', () => duckdb.repeat('INSERT INTO number SELECT $1::INTEGER', [6]), 10],
    ['appended rows', () => duckdb.append('number', { types: [INTEGER], columns: [[8]] }), 12],
    ['a transaction', () => duckdb.transaction(() => duckdb.run('INSERT INTO number VALUES (5)')), 9],
  ])('are read again as soon as %s is known to be committed', async (_what, write, expected) => {
    await duckdb.run('INSERT INTO number VALUES (4)')
    expect(await ask()).toBe(4)
    await write()
    expect(await ask()).toBe(expected)
  })

  it('are not kept past a write that was committed while they were read', async () => {
    const early = askKept('sum', async () => {
      const before = await read()
      await duckdb.run('INSERT INTO number VALUES (5)')
      return before
    })
    expect([await early, await ask()]).toEqual([0, 5])
  })

  it('are what is committed beside a transaction, what it made inside of it, and what is left after it was undone', async () => {
    expect(await ask()).toBe(0)
    const { promise: written, resolve: tell } = Promise.withResolvers<number>()
    const { promise: mayEnd, resolve: end } = Promise.withResolvers<void>()
    const undone = duckdb.dryRun(async () => {
      await duckdb.run('INSERT INTO number VALUES (5)')
      tell(await ask())
      await mayEnd
    })
    expect([await written, await ask()]).toEqual([5, 0])
    end()
    await undone
    expect(await ask()).toBe(0)
  })

  it('are read again after a reading that failed, and where they do not fit', async () => {
    await expect(askKept('sum', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(await ask()).toBe(0)
    expect([await askKept('sum', read, () => true), reads]).toEqual([0, 1])
    expect([await askKept('sum', read, () => false), reads]).toEqual([0, 2])
  })

  it('are never older than the last write that whoever asks has seen', async () => {
    for (let round = 1; round <= 50; round += 1) {
      const beside = [ask(), ask()]
      await Promise.all([duckdb.run('INSERT INTO number VALUES (1)'), ask()])
      expect(await ask()).toBe(round)
      await Promise.all(beside)
    }
  })
})
