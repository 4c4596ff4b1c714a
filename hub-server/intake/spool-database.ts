import { closeSync, existsSync, openSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { AffluentError } from '../../core/errors/affluent-error.ts'

/** How long a statement waits for another process that reads the file. */
const busyTimeoutMs = 5_000

const schemaVersion = 1

/**
 * `position` holds the number of the last call that is in the warehouse: what comes after it waits. `mark` is ordered by hour as well, so
 * that whole hours are forgotten without looking at the others.
 */
const statements = [
  `CREATE TABLE call (
    number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    received_at INTEGER NOT NULL,
    source TEXT NOT NULL,
    route TEXT NOT NULL,
    retries INTEGER NOT NULL CHECK (retries >= 0),
    body BLOB NOT NULL
  ) STRICT`,
  `CREATE TABLE position (one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1), drained INTEGER NOT NULL) STRICT`,
  `INSERT INTO position VALUES (1, 0)`,
  `CREATE TABLE mark (
    code TEXT NOT NULL PRIMARY KEY,
    content TEXT NOT NULL,
    hour INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID`,
  `CREATE INDEX mark_by_hour ON mark (hour)`,
  `CREATE TABLE fate (
    source TEXT NOT NULL,
    fate TEXT NOT NULL,
    count INTEGER NOT NULL CHECK (count > 0),
    PRIMARY KEY (source, fate)
  ) STRICT, WITHOUT ROWID`,
  `PRAGMA user_version = ${schemaVersion}`,
]

/**
 * Opens or makes the spool's file; only its owner may read it. Each commit is flushed to the disk. It is a file of its own, so that a
 * burst of events never holds up the control store. Throws SQLite's errors and `store.newer_schema`.
 */
export function openSpoolDatabase(path: string): DatabaseSync {
  if (path !== ':memory:' && !existsSync(path)) closeSync(openSync(path, 'ax', 0o600))
  const database = new DatabaseSync(path, { timeout: busyTimeoutMs, defensive: true })
  try {
    database.exec('PRAGMA journal_mode = WAL')
    database.exec('PRAGMA synchronous = FULL')
    // Deleted content is overwritten with zeros: calls are full of people.
    database.exec('PRAGMA secure_delete = ON')
    prepare(database, path)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

/** Opens a spool that another process may be writing, to read it. */
export function openSpoolToRead(path: string): DatabaseSync {
  return new DatabaseSync(path, { timeout: busyTimeoutMs, readOnly: true, defensive: true })
}

function prepare(database: DatabaseSync, file: string): void {
  const found = Number(database.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0)
  if (found > schemaVersion) {
    const act = 'opening the event spool'
    throw new AffluentError('store.newer_schema', { act, file, found, known: schemaVersion })
  }
  if (found === 0) inTransaction(database, () => statements.forEach((statement) => database.exec(statement)))
}

/** Runs `work` in one transaction: durable when it returns, undone when it throws. */
export function inTransaction(database: DatabaseSync, work: () => void): void {
  database.exec('BEGIN IMMEDIATE')
  try {
    work()
    database.exec('COMMIT')
  } catch (error) {
    // SQLite rolls back by itself on a full disk; a second rollback would hide the reason.
    if (database.isTransaction) database.exec('ROLLBACK')
    throw error
  }
}
