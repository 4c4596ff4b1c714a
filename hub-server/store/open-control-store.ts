import { closeSync, openSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { Kysely } from 'kysely'
import { AffluentError } from '../../core/errors/affluent-error.ts'
import type { Clock } from '../../core/port/clock.ts'
import type { ControlStore } from '../../core/port/control-store.ts'
import { createAuditHeadFile } from './audit-head.ts'
import { readChainHead, readEntries } from './audit-rows.ts'
import { createControlStore } from './control-store.ts'
import type { ControlTables } from './control-tables.ts'
import { migrate } from './migrate.ts'
import { NodeSqliteDialect } from './node-sqlite-dialect.ts'
import { toStoreError } from './to-store-error.ts'

/** How long a statement waits for another process that reads or backs up the file. The hub itself is the only writer. */
const busyTimeoutMs = 5_000

export interface OpenControlStoreOptions {
  /**
   * Opens a store even when its audit log does not fit `audit-head.json`, so that `audit verify` can say what is wrong. Default
   * false: the hub refuses to work on a store that silently lost its newest entries.
   */
  readonly inspect?: boolean
}

/**
 * Opens the embedded control store, making it if there is none and bringing its schema up to date. Every commit is flushed to the
 * disk before its promise resolves (write-ahead log, synchronous = FULL). The file may be read by its owner only.
 *
 * Throws `store.newer_schema`, `store.damaged` (the file is no store, is corrupt, or is older than its audit head says),
 * `store.disk_full`, `store.unwritable`.
 */
export async function openControlStore(
  path: string,
  clock: Clock,
  options: OpenControlStoreOptions = {},
): Promise<ControlStore> {
  const act = 'opening the control store'
  try {
    const database = openDatabase(path)
    const kysely = new Kysely<ControlTables>({ dialect: new NodeSqliteDialect(database, path) })
    const headFile = path === ':memory:' ? undefined : createAuditHeadFile(path)
    try {
      if (headFile && !options.inspect) await settleHead(kysely, headFile, path)
    } catch (error) {
      database.close()
      throw error
    }
    return createControlStore({ kysely, clock, database, headFile })
  } catch (error) {
    throw toStoreError(error, act, path)
  }
}

function openDatabase(path: string): DatabaseSync {
  if (path !== ':memory:') closeSync(openSync(path, 'a', 0o600))
  const database = new DatabaseSync(path, {
    timeout: busyTimeoutMs,
    enableForeignKeyConstraints: true,
    defensive: true,
  })
  try {
    migrateChecked(database, path)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

function migrateChecked(database: DatabaseSync, path: string): void {
  const check = database.prepare('PRAGMA quick_check(1)').get()?.['quick_check']
  if (check !== 'ok')
    throw new AffluentError('store.damaged', {
      act: 'opening the control store',
      file: path,
      reason: 'its pages are inconsistent',
    })
  database.exec('PRAGMA journal_mode = WAL')
  database.exec('PRAGMA synchronous = FULL')
  migrate(database, path)
}

/**
 * Compares the audit log with its head file. A head that is behind is what a crash between commit and head leaves: it is brought
 * up to date. A head that is ahead, or names another hash, means that the store lost or changed entries.
 */
async function settleHead(
  kysely: Kysely<ControlTables>,
  headFile: ReturnType<typeof createAuditHeadFile>,
  path: string,
): Promise<void> {
  const stored = await readChainHead(kysely)
  const head = headFile.read()
  if (head === undefined && stored.number > 0)
    throw refuse(path, 'audit-head.json beside it is missing or unreadable')
  if (head && head.number > stored.number) throw refuse(path, 'it lacks entries that audit-head.json knows')
  if (head && head.number > 0) {
    const [entry] = await readEntries(kysely, { from: head.number, limit: 1 })
    if (entry?.hash !== head.hash) throw refuse(path, 'its audit log differs from audit-head.json')
  }
  if (head?.number !== stored.number) headFile.write(stored)
}

function refuse(file: string, reason: string): AffluentError {
  return new AffluentError('store.damaged', { act: 'opening the control store', file, reason })
}
