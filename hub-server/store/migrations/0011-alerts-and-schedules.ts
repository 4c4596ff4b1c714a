/** What needs a person, who is still to be told of it, when schedules fell due, and which trace a signal came with. */
export const alertsMigration: readonly string[] = [
  `CREATE TABLE alert (
    subject TEXT NOT NULL PRIMARY KEY,
    code TEXT NOT NULL,
    params TEXT NOT NULL CHECK (json_valid(params)),
    since INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID`,
  `CREATE TABLE alert_notice (
    number INTEGER NOT NULL PRIMARY KEY,
    subject TEXT NOT NULL,
    code TEXT NOT NULL,
    params TEXT NOT NULL CHECK (json_valid(params)),
    change TEXT NOT NULL CHECK (change IN ('raised', 'recovered')),
    at INTEGER NOT NULL,
    place TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    next_at INTEGER NOT NULL,
    told_at INTEGER
  ) STRICT`,
  `CREATE INDEX alert_notice_waiting ON alert_notice (next_at) WHERE told_at IS NULL`,
  `CREATE TABLE schedule (
    sync TEXT NOT NULL PRIMARY KEY,
    rule TEXT NOT NULL,
    due_at INTEGER NOT NULL,
    begun_at INTEGER
  ) STRICT, WITHOUT ROWID`,
  `ALTER TABLE inbox ADD COLUMN trace TEXT`,
]
