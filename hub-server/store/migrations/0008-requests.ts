/** Requests with an Idempotency-Key, and operations. Answers are sealed: they may tell of people. Both are forgotten after a day. */
export const requestsMigration: readonly string[] = [
  `CREATE TABLE kept_request (
    name TEXT NOT NULL PRIMARY KEY CHECK (length(name) = 64),
    digest TEXT NOT NULL CHECK (length(digest) = 64),
    sealed_answer TEXT,
    claimed_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID`,
  `CREATE INDEX kept_request_age ON kept_request (claimed_at)`,
  `CREATE TABLE operation (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    route TEXT NOT NULL,
    actor TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('running', 'succeeded', 'failed', 'cancelled')),
    started_at INTEGER NOT NULL,
    finished_at INTEGER,
    sealed_result TEXT,
    error TEXT
  ) STRICT`,
]
