/** Keys that clients send events with: digests only, so that the store gives none away. */
export const writeKeysMigration: readonly string[] = [
  `CREATE TABLE write_key (
    digest TEXT NOT NULL PRIMARY KEY CHECK (length(digest) = 64),
    id TEXT NOT NULL UNIQUE,
    source TEXT NOT NULL CHECK (source <> ''),
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    revoked_at INTEGER
  ) STRICT, WITHOUT ROWID`,
]
