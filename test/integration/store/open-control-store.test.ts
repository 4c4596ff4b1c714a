import { copyFile, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setImmediate } from 'node:timers/promises'
import { Kysely } from 'kysely'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ControlStore } from '../../../core/port/control-store.ts'
import { verifyAudit } from '../../../hub-server/audit/verify-audit.ts'
import { createControlStore } from '../../../hub-server/store/control-store.ts'
import type { ControlTables } from '../../../hub-server/store/control-tables.ts'
import { migrate, schemaVersion } from '../../../hub-server/store/migrate.ts'
import { NodeSqliteDialect } from '../../../hub-server/store/node-sqlite-dialect.ts'
import { openControlStore } from '../../../hub-server/store/open-control-store.ts'
import { openDatabase } from '../../../hub-server/store/open-database.ts'
import { createFixedClock } from '../../support/fixed-clock.ts'
import { startProcess } from '../../support/start-process.ts'

const clock = createFixedClock('2026-11-22T08:00:00Z')
const fact = { at: 1, actor: 'hub', action: 'run_started', object: 'sync/s', details: {} }

let folder: string
let path: string
let head: string
let open: ControlStore[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'affluent-open-'))
  path = join(folder, 'control.sqlite')
  head = join(folder, 'audit-head.json')
  open = []
})
afterEach(async () => {
  for (const store of open) await store.close()
  await rm(folder, { recursive: true })
})

async function opened(options?: { inspect: boolean }): Promise<ControlStore> {
  const store = await openControlStore(path, clock, options)
  open.push(store)
  return store
}

/** A closed store with this many audit entries. */
async function filled(entries: number): Promise<void> {
  const store = await opened()
  for (let number = 0; number < entries; number += 1) await store.appendAudit(fact)
  await store.close()
}

function tamper(sql: string): void {
  const database = new DatabaseSync(path)
  database.exec('DROP TRIGGER IF EXISTS audit_entry_is_never_edited')
  database.exec('DROP TRIGGER IF EXISTS audit_entry_is_never_deleted')
  database.exec(sql)
  database.close()
}

async function verified(): ReturnType<typeof verifyAudit> {
  return verifyAudit(await opened({ inspect: true }), path)
}

describe('openControlStore', () => {
  it('makes a store that only its owner may read', async () => {
    await opened()
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect((await stat(head)).mode & 0o777).toBe(0o600)
  })

  it('flushes each commit: write-ahead log, synchronous = FULL, foreign keys on', () => {
    const database = openDatabase(path)
    expect(database.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' })
    expect(database.prepare('PRAGMA synchronous').get()).toEqual({ synchronous: 2 })
    expect(database.prepare('PRAGMA foreign_keys').get()).toEqual({ foreign_keys: 1 })
    database.close()
  })

  it('refuses a store that a newer program wrote, and leaves it as it is', async () => {
    await filled(1)
    tamper(`PRAGMA user_version = ${schemaVersion + 1}`)
    const before = await readFile(path)
    await expect(opened()).rejects.toMatchObject({
      code: 'store.newer_schema',
      params: { file: path, found: schemaVersion + 1, known: schemaVersion },
    })
    expect(Buffer.compare(await readFile(path), before)).toBe(0)
  })

  it('refuses a file that is no store', async () => {
    await writeFile(path, 'order,customer\n'.repeat(1_000))
    await expect(opened()).rejects.toMatchObject({ code: 'store.damaged', params: { file: path } })
  })

  it('never starts silently on a file that was cut at any of 20 places', async () => {
    await filled(60)
    const { size } = await stat(path)
    const whole = join(folder, 'whole')
    await copyFile(path, whole)
    for (let cut = 0; cut < 20; cut += 1) {
      await copyFile(whole, path)
      await truncate(path, Math.floor((size * cut) / 20))
      await expect(openControlStore(path, clock), `cut ${cut} of 20`).rejects.toMatchObject({
        code: 'store.damaged',
      })
    }
  })

  it('refuses an older copy of itself, which would lack entries that are known', async () => {
    await filled(3)
    await copyFile(path, join(folder, 'backup'))
    await filled(2)
    await copyFile(join(folder, 'backup'), path)
    await expect(opened()).rejects.toMatchObject({ code: 'store.damaged' })
  })

  it('catches up with a head that a crash left behind the store', async () => {
    await filled(2)
    const behind = await readFile(head, 'utf8')
    await filled(2)
    const current = await readFile(head, 'utf8')
    await writeFile(head, behind)
    await (await opened()).close()
    expect(await readFile(head, 'utf8')).toBe(current)
  })

  it('says that the place cannot be written when it cannot', async () => {
    path = join(folder, 'missing', 'control.sqlite')
    await expect(opened()).rejects.toMatchObject({ code: 'store.unwritable', params: { file: path } })
  })

  it('can be opened after being killed while it was made', async () => {
    for (let round = 0; round < 6; round += 1) {
      path = join(folder, `new-${round}.sqlite`)
      await rm(head, { force: true })
      const child = startProcess('append-audit.ts', path)
      await child.line()
      await child.kill()
      expect(await verifyAudit(await opened({ inspect: true }), path), `round ${round}`).toMatchObject({
        ok: true,
      })
      await (await openControlStore(path, clock)).close()
    }
  })

  it('is made once when several processes make it at the same moment', async () => {
    const makers = Array.from({ length: 4 }, () => startProcess('open-store.ts', path))
    const lines = await Promise.all(makers.map((maker) => maker.line()))
    const exits = await Promise.all(makers.map((maker) => maker.exitCode()))
    expect(lines.map((line, place) => [line, exits[place]])).toEqual(lines.map(() => ['open', 0]))
    expect(await verifyAudit(await opened({ inspect: true }), path)).toMatchObject({ ok: true })
    expect((await readdir(folder)).filter((name) => name.endsWith('.new'))).toEqual([])
  })

  it('keeps every acknowledged entry through SIGKILL, with a whole chain', async () => {
    let kept = 0
    for (const linesBeforeKill of [1, 4, 17, 40]) {
      const child = startProcess('append-audit.ts', path)
      let acknowledged = kept
      await child.line()
      for (let line = 0; line < linesBeforeKill; line += 1) acknowledged = Number(await child.line())
      const rest = await child.kill()
      acknowledged = Math.max(acknowledged, ...rest.map(Number))
      const store = await opened()
      const { length } = await store.auditEntries()
      expect(await verifyAudit(store, path)).toMatchObject({ ok: true, entries: length })
      await store.close()
      expect(length).toBeGreaterThanOrEqual(acknowledged)
      expect(length).toBeGreaterThan(kept)
      kept = length
    }
  })
})

describe('a full disk', () => {
  it('is told as store.disk_full, changes nothing, and is over when there is space again', async () => {
    const database = new DatabaseSync(path)
    migrate(database, path)
    const kysely = new Kysely<ControlTables>({ dialect: new NodeSqliteDialect(database, path) })
    const store = createControlStore({ kysely, clock, database, headFile: undefined })
    open.push(store)
    const pages = Number(database.prepare('PRAGMA page_count').get()?.['page_count'])
    database.exec(`PRAGMA max_page_count = ${pages + 1}`)
    const large = { ...fact, details: { text: 'x'.repeat(100_000) } }
    await expect(store.appendAudit(large)).rejects.toMatchObject({ code: 'store.disk_full' })
    await expect(store.appendAudit(large)).rejects.toMatchObject({ code: 'store.disk_full' })
    expect(await store.auditEntries()).toEqual([])
    database.exec('PRAGMA max_page_count = 1000000')
    expect(await store.appendAudit(large)).toMatchObject({ number: 1 })
  })
})

describe('a store that another process writes to', () => {
  it('waits without holding up the process, and goes on when the other is done', async () => {
    const store = await opened()
    const other = new DatabaseSync(path)
    other.exec('BEGIN IMMEDIATE')
    const writing = store.appendAudit(fact)
    // Beside it, as a transaction would, and alone.
    const touching = store.touchSession('none', 5)
    const askedAt = performance.now()
    await setImmediate()
    // The writes were tried by now; SQLite itself would have held the process up for five seconds.
    expect(performance.now() - askedAt).toBeLessThan(4_000)
    other.exec('ROLLBACK')
    other.close()
    await Promise.all([writing, touching])
    expect(await store.auditEntries()).toHaveLength(1)
  })
})

describe('verifyAudit', () => {
  it('passes an untouched log of more entries than it reads at once', async () => {
    const store = await opened()
    const changes = Array.from({ length: 2_500 }, (_, number) => ({
      operation: 'create' as const,
      kind: 'segment' as const,
      name: `s-${number}`,
      digest: 'd',
      document: {},
    }))
    await store.applyManifests(changes, { at: 1, actor: 'hub' })
    expect(await verifyAudit(store, path)).toMatchObject({ ok: true, entries: 2_500 })
    await store.close()
    tamper(`UPDATE audit_entry SET actor = 'eve' WHERE number = 2001`)
    expect(await verified()).toEqual({ ok: false, number: 2_001, problem: 'content_differs' })
  })

  it.each([
    [`UPDATE audit_entry SET details = '{"planned":1}' WHERE number = 3`, 3, 'content_differs'],
    [`UPDATE audit_entry SET details = 'not json' WHERE number = 3`, 3, 'content_differs'],
    [`UPDATE audit_entry SET at = 2 WHERE number = 1`, 1, 'content_differs'],
    [`DELETE FROM audit_entry WHERE number = 2`, 2, 'number_differs'],
    [`DELETE FROM audit_entry WHERE number = 1`, 1, 'number_differs'],
    [
      `DELETE FROM audit_entry WHERE number = 2; UPDATE audit_entry SET number = number - 1 WHERE number > 2`,
      2,
      'link_broken',
    ],
    [
      `UPDATE audit_entry SET number = 99 WHERE number = 2; UPDATE audit_entry SET number = 2 WHERE number = 3;
       UPDATE audit_entry SET number = 3 WHERE number = 99`,
      2,
      'link_broken',
    ],
    [`DELETE FROM audit_entry WHERE number = 5`, 5, 'tail_missing'],
    [`DELETE FROM audit_entry WHERE number > 2`, 3, 'tail_missing'],
    [`DELETE FROM audit_entry`, 1, 'tail_missing'],
  ])('names the first bad entry after: %s', async (sql, number, problem) => {
    await filled(5)
    tamper(sql)
    expect(await verified()).toEqual({ ok: false, number, problem })
  })

  it('still sees a cut tail when entries were appended behind the cut', async () => {
    await filled(5)
    tamper('DELETE FROM audit_entry WHERE number > 3')
    const store = await opened({ inspect: true })
    for (const at of [2, 3, 4]) await store.appendAudit({ ...fact, at })
    expect(await verifyAudit(store, path)).toEqual({ ok: false, number: 5, problem: 'head_differs' })
  })

  it('sees that the head file is missing', async () => {
    await filled(2)
    await rm(head)
    expect(await verified()).toEqual({ ok: false, number: 2, problem: 'head_missing' })
    await writeFile(head, 'garbage')
    expect(await verified()).toEqual({ ok: false, number: 2, problem: 'head_missing' })
  })

  it('refuses edits and deletions by ordinary means', async () => {
    await filled(2)
    const database = new DatabaseSync(path)
    expect(() => database.exec(`UPDATE audit_entry SET actor = 'eve'`)).toThrow(/append-only/)
    expect(() => database.exec('DELETE FROM audit_entry')).toThrow(/append-only/)
    database.close()
  })
})
