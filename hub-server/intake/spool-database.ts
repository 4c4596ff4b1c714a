import { closeSync, existsSync, openSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { AffluentError } from '../../core/errors/affluent-error.ts'

/** How long a statement waits for another process that reads the file. */
const busyTimeoutMs = 5_000

const schemaVersion = 3

/** As narrow as can be and without a second order: each mark lies on a page of its own among millions. */
const markTable = `CREATE TABLE mark (
    code BLOB NOT NULL PRIMARY KEY,
    content BLOB NOT NULL,
    hour INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID`

/** Marks in the order in which they came, until all of them are in their place: see `open-marks.ts`. */
const recentTable = `CREATE TABLE recent_mark (
    number INTEGER NOT NULL PRIMARY KEY,
    code BLOB NOT NULL,
    content BLOB NOT NULL,
    hour INTEGER NOT NULL,
    due INTEGER NOT NULL
  ) STRICT`

/** `position` holds the number of the last call that is in the warehouse: what comes after it waits. */
const statements = [
  `CREATE TABLE call (
    number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    received_at INTEGER NOT NULL,
    source TEXT NOT NULL,
    route TEXT NOT NULL,
    retries INTEGER NOT NULL CHECK (retries >= 0),
    body BLOB NOT NULL
  ) STRICT`,
  `CREATE TABLE position (
    one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    drained INTEGER NOT NULL,
    placed INTEGER NOT NULL DEFAULT 0
  ) STRICT`,
  `INSERT INTO position (one, drained) VALUES (1, 0)`,
  markTable,
  recentTable,
  `CREATE TABLE fate (
    source TEXT NOT NULL,
    fate TEXT NOT NULL,
    count INTEGER NOT NULL CHECK (count > 0),
    PRIMARY KEY (source, fate)
  ) STRICT, WITHOUT ROWID`,
]

/** From each older layout to the next one: marks were texts, then all of them were in their place at once. */
const upgrades = [
  [
    `ALTER TABLE mark RENAME TO mark_of_texts`,
    markTable,
    `INSERT INTO mark SELECT unhex(code), unhex(content), hour FROM mark_of_texts ORDER BY code`,
    `DROP TABLE mark_of_texts`,
  ],
  [recentTable, `ALTER TABLE position ADD COLUMN placed INTEGER NOT NULL DEFAULT 0`],
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
    // Marks are strewn over the file: pages that change again before they are brought into it are written once. In pages of 4 KB.
    database.exec('PRAGMA wal_autocheckpoint = 8000')
    // In KB: what is strewn is not read again and again.
    database.exec('PRAGMA cache_size = -32000')
    // Marks that are held are in the file, too.
    database.exec('PRAGMA temp_store = MEMORY')
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
  if (found === schemaVersion) return
  inTransaction(database, () => {
    for (const statement of found === 0 ? statements : upgrades.slice(found - 1).flat())
      database.exec(statement)
    database.exec(`PRAGMA user_version = ${schemaVersion}`)
  })
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
