import { AsyncLocalStorage } from 'node:async_hooks'
import { statSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { INTEGER } from '@duckdb/node-api'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openDuckDb, type DuckDb } from '../../../hub-server/warehouse/duckdb.ts'

let duckdb: DuckDb
/** Runs work as if it had been asked for before, outside of the snapshot under way. */
const outside = AsyncLocalStorage.snapshot()
beforeEach(async () => {
  duckdb = await openDuckDb({ path: ':memory:' })
  await duckdb.run('CREATE TABLE number (value INTEGER)')
})
afterEach(() => duckdb.close())

const values = async (): Promise<unknown[]> =>
  (await duckdb.all('SELECT value FROM number ORDER BY value')).map((row) => row['value'])

const askInSnapshot = () => duckdb.snapshot(() => duckdb.one('SELECT 1 AS n'))

async function readAll(): Promise<void> {
  for await (const rows of duckdb.stream('FROM number')) expect(rows).toHaveLength(1)
}

describe('duckdb', () => {
  it('keeps nothing of a transaction that fails', async () => {
    const failing = duckdb.transaction(async () => {
      await duckdb.run('INSERT INTO number VALUES (1)')
      throw new Error('half way')
    })
    await expect(failing).rejects.toThrow('half way')
    expect(await values()).toEqual([])
  })

  it('repeats a statement with other values, over a table that was made anew, and after many others', async () => {
    const insert = 'INSERT INTO passing SELECT $1::INTEGER'
    for (const value of [1, 2]) {
      await duckdb.run('CREATE OR REPLACE TEMP TABLE passing (value INTEGER)')
      expect(await duckdb.repeat(insert, [value])).toBe(1)
      expect(await duckdb.all('FROM passing')).toEqual([{ value }])
      for (let other = 0; other < 40; other += 1)
        await duckdb.repeat(`INSERT INTO number SELECT $1::INTEGER + ${other}`, [value])
    }
    expect(await values()).toHaveLength(80)
  })

  it('repeats a statement after one that failed', async () => {
    await duckdb.run('CREATE TABLE small (value TINYINT)')
    const insert = 'INSERT INTO small SELECT $1::INTEGER'
    await expect(duckdb.repeat(insert, [1000])).rejects.toThrow('out of range')
    expect(await duckdb.repeat(insert, [1])).toBe(1)
  })

  it('lets a nested transaction join the outer one', async () => {
    await duckdb.transaction(async () => {
      await duckdb.transaction(() => duckdb.run('INSERT INTO number VALUES (1)'))
      await duckdb.run('INSERT INTO number VALUES (2)')
    })
    expect(await values()).toEqual([1, 2])
  })

  it('shows what a dry run would do and undoes it', async () => {
    const seen = await duckdb.dryRun(async () => {
      await duckdb.transaction(() => duckdb.run('INSERT INTO number VALUES (7)'))
      await duckdb.run('CREATE TABLE made_in_dry_run (value INTEGER)')
      return values()
    })
    expect(seen).toEqual([7])
    expect(await values()).toEqual([])
    await expect(duckdb.run('SELECT * FROM made_in_dry_run')).rejects.toThrow('does not exist')
  })

  it('makes others wait while a transaction is open', async () => {
    const entered = Promise.withResolvers<void>()
    const goOn = Promise.withResolvers<void>()
    const transaction = duckdb.transaction(async () => {
      await duckdb.run('INSERT INTO number VALUES (1)')
      entered.resolve()
      await goOn.promise
      await duckdb.run('INSERT INTO number VALUES (2)')
    })
    await entered.promise
    const seen = values()
    goOn.resolve()
    await transaction
    expect(await seen).toEqual([1, 2])
  })

  it('answers a snapshot while a transaction is open, in one state, and undoes what it makes', async () => {
    await duckdb.run('INSERT INTO number VALUES (1)')
    const open = Promise.withResolvers<void>()
    const changed = duckdb.transaction(async () => {
      await duckdb.run('INSERT INTO number VALUES (2)')
      await open.promise
    })
    const seen = await duckdb.snapshot(async () => {
      await duckdb.run('CREATE TEMP TABLE twice AS SELECT value * 2 AS value FROM number')
      const before = await duckdb.all('FROM twice')
      open.resolve()
      await changed
      return [before, await values(), duckdb.isInside()]
    })
    expect(seen).toEqual([[{ value: 2 }], [1], true])
    expect(await values()).toEqual([1, 2])
    await expect(duckdb.run('FROM twice')).rejects.toThrow('does not exist')
  })

  it.each([
    ['two statements at once', () => Promise.all([values(), values()])],
    ['one with values', () => duckdb.all('SELECT $1::INTEGER', [1])],
    ['a stream', readAll],
    ['rows', () => duckdb.append('number', { types: [INTEGER], columns: [[7]] })],
    ['words that are refused', () => duckdb.run('SELEC 1').catch(() => undefined)],
    ['a table that is not there', () => duckdb.run('FROM nowhere').catch(() => undefined)],
  ])('keeps to one state in a snapshot that begins with %s, and writes nothing', async (_, begin) => {
    await duckdb.run('INSERT INTO number VALUES (1)')
    await duckdb.snapshot(async () => {
      await begin()
      const seen = await values()
      await outside(() => duckdb.run('INSERT INTO number VALUES (2)'))
      expect(await values()).toEqual(seen)
      await duckdb.run('INSERT INTO number VALUES (3)')
    })
    expect(await values()).toEqual([1, 2])
  })

  it.each([
    ['a snapshot', (work: () => Promise<unknown>) => duckdb.snapshot(work)],
    ['a transaction', (work: () => Promise<unknown>) => duckdb.transaction(work)],
  ])('waits in %s for statements that were begun with one that fails', async (_, together) => {
    let ended = 0
    const insert = (): Promise<unknown> =>
      duckdb.run('INSERT INTO number SELECT max(range % 7) FROM range(2_000_000)').finally(() => (ended += 1))
    const failing = together(() =>
      Promise.all([duckdb.run(`SELECT error('half way')`), insert(), insert(), insert()]),
    )
    await expect(failing).rejects.toThrow(/half way|aborted/)
    expect(ended).toBe(3)
    expect(await values()).toEqual([])
  })

  it('answers more snapshots at once than it has connections ready, one after the other and all again', async () => {
    for (const _ of [1, 2])
      expect(await Promise.all(Array.from({ length: 20 }, askInSnapshot))).toEqual(
        Array.from({ length: 20 }, () => ({ n: 1 })),
      )
  })

  it('lets a snapshot join the transaction that it is asked in', async () => {
    await duckdb.transaction(async () => {
      await duckdb.run('INSERT INTO number VALUES (5)')
      expect(await duckdb.snapshot(values)).toEqual([5])
    })
  })

  it('ends with statements under way: they are interrupted, no other begins, and it can be closed', async () => {
    const other = await openDuckDb({ path: ':memory:' })
    const long = 'SELECT count(*) AS n FROM range(10000000) a, range(10000000) b'
    const underWay = [
      other.all(long),
      other.read(long),
      other.aside((session) => session.all(long)),
      other.snapshot(() => other.all(long)),
    ]
    const ended = Promise.allSettled(underWay)
    await other.end()
    expect((await ended).map(({ status }) => status)).toEqual(Array(4).fill('rejected'))
    await expect(other.all('SELECT 1')).rejects.toMatchObject({ code: 'run.aborted' })
    await expect(other.read('SELECT 1')).rejects.toMatchObject({ code: 'run.aborted' })
    other.close()
  })

  it('runs on as many threads as it is told, and then on all of them again', async () => {
    const threads = async () => (await duckdb.one(`SELECT current_setting('threads') AS n`))?.['n']
    const all = await threads()
    await duckdb.useThreads(1)
    expect(await threads()).toBe(1n)
    await duckdb.useThreads()
    expect(await threads()).toBe(all)
    await expect(duckdb.run(`SET memory_limit = '1GB'`)).rejects.toThrow(/locked|Cannot/)
  })

  it('writes on one thread while many questions are asked, and on as many as wanted a second later', async () => {
    let now = 0
    const other = await openDuckDb({ path: ':memory:', threads: 2, now: () => now })
    const threads = async () => (await other.one(`SELECT current_setting('threads') AS n`))?.['n']
    const ask = () => other.snapshot(() => other.all('SELECT 1'))
    try {
      for (let asked = 0; asked < 4; asked += 1) await ask()
      expect(await threads()).toBe(2n)
      await other.read('SELECT 1')
      expect(await threads()).toBe(1n)
      await other.useThreads()
      expect(await threads()).toBe(1n)
      now = 999
      expect(await other.transaction(threads)).toBe(1n)
      now = 1000
      expect(await other.transaction(threads)).toBe(2n)
      await ask()
      expect(await threads()).toBe(2n)
      await other.useThreads(1)
      expect(await threads()).toBe(1n)
    } finally {
      other.close()
    }
  })

  it('shortens its log once that is long, and not before', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'affluent-log-'))
    const path = join(folder, 'warehouse.duckdb')
    const other = await openDuckDb({ path })
    try {
      const logged = () => statSync(`${path}.wal`, { throwIfNoEntry: false })?.size ?? 0
      await other.run('CREATE TABLE note (text VARCHAR)')
      const write = () =>
        other.run(`INSERT INTO note SELECT repeat(md5(range::VARCHAR), 60) FROM range(2000)`)
      await write()
      const short = logged()
      await other.shortenLog()
      expect(logged()).toBe(short)
      for (let round = 0; round < 5; round += 1) await write()
      expect(logged()).toBeGreaterThan(16_000_000)
      await other.shortenLog()
      expect(logged()).toBeLessThan(short)
      expect(await other.one('SELECT count(*) AS n FROM note')).toEqual({ n: 12_000n })
    } finally {
      other.close()
      await rm(folder, { recursive: true })
    }
    await duckdb.shortenLog()
  })

  it('leaves row groups small when it shortens its log, and merges them at a checkpoint', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'affluent-merge-'))
    const other = await openDuckDb({ path: join(folder, 'warehouse.duckdb') })
    try {
      const groups = async () =>
        (
          await other.one<{ n: bigint }>(
            `SELECT count(DISTINCT row_group_id) AS n FROM pragma_storage_info('note')`,
          )
        )?.n
      await other.run('CREATE TABLE note (text VARCHAR); CREATE TABLE mark (id BIGINT)')
      for (let round = 0; round < 3; round += 1) {
        await other.run(`INSERT INTO note SELECT repeat(md5(range::VARCHAR), 60) FROM range(10000)`)
        await other.shortenLog()
      }
      expect(await groups()).toBe(3n)
      await other.run('INSERT INTO mark VALUES (1)')
      await other.checkpoint()
      expect(await groups()).toBe(1n)
      expect(await other.one('SELECT count(*) AS n FROM note')).toEqual({ n: 30_000n })
    } finally {
      other.close()
      await rm(folder, { recursive: true })
    }
  })

  it('merges a few row groups at a checkpoint, and the others one at each later call, whose log need not be long', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'affluent-pieces-'))
    const other = await openDuckDb({ path: join(folder, 'warehouse.duckdb') })
    try {
      const groups = async (): Promise<number> => {
        const row = await other.one<{ n: bigint }>(
          `SELECT count(DISTINCT row_group_id) AS n FROM pragma_storage_info('note')`,
        )
        return Number(row?.n)
      }
      await other.run('CREATE TABLE note (text VARCHAR); CREATE TABLE mark (id BIGINT)')
      for (let round = 0; round < 12; round += 1) {
        await other.run(`INSERT INTO note SELECT repeat('${round}', 300) FROM range(60000)`)
        await other.shortenLog()
      }
      expect(await groups()).toBe(12)
      const mark = () => other.run('INSERT INTO mark VALUES (1)')
      await mark()
      await other.checkpoint()
      const left = [await groups()]
      for (let call = 0; call < 3; call += 1) {
        await mark()
        await other.shortenLog()
        left.push(await groups())
      }
      expect(left).toEqual([8, 7, 6, 6])
      expect(await other.one('SELECT count(*) AS n FROM note')).toEqual({ n: 720_000n })
    } finally {
      other.close()
      await rm(folder, { recursive: true })
    }
  })

  it('refuses every way out of the database', async () => {
    const escapes = [
      `COPY (SELECT 1) TO '/tmp/affluent-escape.csv'`,
      `SELECT * FROM read_csv('/etc/passwd')`,
      `SELECT * FROM read_text('/etc/passwd')`,
      `ATTACH '/tmp/affluent-escape.duckdb'`,
      `INSTALL httpfs`,
      `LOAD httpfs`,
      `SET enable_external_access = true`,
      `SELECT getenv('HOME')`,
      `EXPORT DATABASE '/tmp/affluent-escape'`,
    ]
    for (const escape of escapes)
      await expect(duckdb.run(escape)).rejects.toThrow(/Permission|disabled|locked|not exist|Catalog/)
  })
})
