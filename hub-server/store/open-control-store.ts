import { Kysely } from 'kysely'
import { AffluentError } from '../../core/errors/affluent-error.ts'
import type { Clock } from '../../core/port/clock.ts'
import type { ControlStore } from '../../core/port/control-store.ts'
import { createAuditHeadFile } from './audit-head.ts'
import { readChainHead, readEntries } from './audit-rows.ts'
import { createControlStore } from './control-store.ts'
import type { ControlTables } from './control-tables.ts'
import { NodeSqliteDialect } from './node-sqlite-dialect.ts'
import { openDatabase } from './open-database.ts'
import { toStoreError } from './to-store-error.ts'

export interface OpenControlStoreOptions {
  /**
   * Opens a store even when its audit log does not fit `audit-head.json`, so that `audit verify` can say what is wrong, and never
   * writes that file. Default false: the hub refuses to work on a store that silently lost its newest entries.
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
    const headFile = path === ':memory:' || options.inspect ? undefined : createAuditHeadFile(path)
    try {
      if (headFile) await settleHead(kysely, headFile, path)
    } catch (error) {
      database.close()
      throw error
    }
    return createControlStore({ kysely, clock, database, headFile })
  } catch (error) {
    throw toStoreError(error, act, path)
  }
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
  const head = headFile.read()
  // Read after it, as another process may append meanwhile; one that made the store meanwhile has written a head before its first entry.
  const stored = await readChainHead(kysely)
  if (head === undefined && stored.number > 0 && headFile.read() === undefined)
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
