/** Calls of platforms that are good once, as digests, until they would be refused for their age. */
export const usedCallsMigration: readonly string[] = [
  `CREATE TABLE used_call (
    connection TEXT NOT NULL,
    digest TEXT NOT NULL CHECK (length(digest) = 64),
    stale_at INTEGER NOT NULL,
    PRIMARY KEY (connection, digest)
  ) STRICT, WITHOUT ROWID`,
  'CREATE INDEX used_call_stale ON used_call (stale_at)',
]
