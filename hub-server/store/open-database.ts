import { closeSync, existsSync, openSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { AffluentError } from '../../core/errors/affluent-error.ts'
import { migrate } from './migrate.ts'

/** How long opening waits for another process that writes. */
const busyTimeoutMs = 5_000

/**
 * Opens or makes the database file, checks its pages, sets it to flush every commit, and migrates it. Throws SQLite's own errors,
 * `store.damaged` and `store.newer_schema`.
 */
export function openDatabase(path: string): DatabaseSync {
  if (path !== ':memory:') makeFile(path)
  const database = new DatabaseSync(path, {
    timeout: busyTimeoutMs,
    enableForeignKeyConstraints: true,
    defensive: true,
  })
  try {
    prepare(database, path)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

/** Only a new file is opened here: closing a second descriptor of an open store would drop its locks (POSIX). */
function makeFile(path: string): void {
  if (existsSync(path)) return
  try {
    closeSync(openSync(path, 'ax', 0o600))
  } catch (error) {
    // Another process made it in this moment.
    if (!existsSync(path)) throw error
  }
}

function prepare(database: DatabaseSync, path: string): void {
  const check = database.prepare('PRAGMA quick_check(1)').get()?.['quick_check']
  if (check !== 'ok')
    throw new AffluentError('store.damaged', {
      act: 'opening the control store',
      file: path,
      reason: 'its pages are inconsistent',
    })
  database.exec('PRAGMA journal_mode = WAL')
  database.exec('PRAGMA synchronous = FULL')
  // Deleted content is overwritten with zeros, so that somebody who was erased is not left on freed pages.
  database.exec('PRAGMA secure_delete = ON')
  migrate(database, path)
  // From here on the driver waits, without holding up the process.
  database.exec('PRAGMA busy_timeout = 0')
}
