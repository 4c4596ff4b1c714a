/** Who was sent to a platform to authorise a connection: digests, and the sealed verifier, for as long as that may take. */
export const authorizationsMigration: readonly string[] = [
  `CREATE TABLE authorization_visit (
    ticket TEXT NOT NULL PRIMARY KEY CHECK (length(ticket) = 64),
    connection TEXT NOT NULL,
    actor TEXT NOT NULL,
    user_id TEXT,
    expires_at INTEGER NOT NULL,
    state TEXT UNIQUE CHECK (length(state) = 64),
    browser TEXT,
    verifier TEXT,
    CHECK ((state IS NULL) = (browser IS NULL) AND (state IS NULL) = (verifier IS NULL))
  ) STRICT, WITHOUT ROWID`,
]
