/** Signals that platforms told, kept until they were followed and then for as long as a repetition is to be recognised. */
export const inboxMigration: readonly string[] = [
  `CREATE TABLE inbox (
    number INTEGER NOT NULL PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    connection TEXT NOT NULL,
    kind TEXT NOT NULL,
    content TEXT NOT NULL CHECK (json_valid(content)),
    state TEXT NOT NULL CHECK (state IN ('waiting', 'handled', 'erase_wanted')),
    told INTEGER NOT NULL CHECK (told > 0),
    differing INTEGER NOT NULL CHECK (differing >= 0 AND differing < told),
    received_at INTEGER NOT NULL,
    settled_at INTEGER,
    CHECK ((state = 'waiting') = (settled_at IS NULL))
  ) STRICT`,
  `CREATE INDEX inbox_waiting ON inbox (number) WHERE state = 'waiting'`,
  `CREATE INDEX inbox_handled ON inbox (settled_at) WHERE state = 'handled'`,
]
