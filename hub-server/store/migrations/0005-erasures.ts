/** Requests to erase people, followed until every platform that was ever sent them has answered. */
export const erasuresMigration: readonly string[] = [
  `CREATE TABLE erasure (
    id TEXT NOT NULL PRIMARY KEY,
    state TEXT NOT NULL CHECK (state IN ('accepted', 'erased_here', 'done')),
    actor TEXT NOT NULL,
    requested_at INTEGER NOT NULL,
    erased_here_at INTEGER,
    finished_at INTEGER,
    profile_id TEXT,
    signal INTEGER,
    counts TEXT NOT NULL CHECK (json_valid(counts)),
    CHECK ((state = 'accepted') = (erased_here_at IS NULL)),
    CHECK ((state = 'done') = (finished_at IS NOT NULL)),
    CHECK (state = 'accepted' OR profile_id IS NULL)
  ) STRICT, WITHOUT ROWID`,
  `CREATE INDEX erasure_by_request ON erasure (requested_at DESC, id)`,
  `CREATE INDEX erasure_by_signal ON erasure (signal) WHERE signal IS NOT NULL`,
  `CREATE TABLE erasure_target (
    erasure TEXT NOT NULL REFERENCES erasure (id) ON DELETE CASCADE,
    connection TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN
      ('waiting', 'erased', 'removed_from_audiences', 'not_found', 'failed', 'by_hand')),
    sealed TEXT,
    attempts INTEGER NOT NULL CHECK (attempts >= 0),
    next_at INTEGER NOT NULL,
    again INTEGER NOT NULL CHECK (again >= 0),
    code TEXT,
    message TEXT,
    told_at INTEGER,
    PRIMARY KEY (erasure, connection)
  ) STRICT, WITHOUT ROWID`,
]
