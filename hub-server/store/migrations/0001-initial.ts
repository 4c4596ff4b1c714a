/**
 * The first control store. Written as text, not with today's types, because a migration is never edited: it must do the same in
 * ten years. STRICT tables refuse values of another type, and the checks hold what the types of `control-tables.ts` promise.
 */
export const initialMigration: readonly string[] = [
  `CREATE TABLE manifest_revision (
    kind TEXT NOT NULL CHECK (kind IN ('connection', 'profile_schema', 'mapping', 'segment', 'sync')),
    name TEXT NOT NULL,
    revision INTEGER NOT NULL CHECK (revision > 0),
    operation TEXT NOT NULL CHECK (operation IN ('create', 'update', 'delete')),
    digest TEXT NOT NULL,
    document TEXT CHECK (document IS NULL OR json_valid(document)),
    applied_at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    PRIMARY KEY (kind, name, revision),
    CHECK ((operation = 'delete') = (document IS NULL))
  ) STRICT, WITHOUT ROWID`,
  `CREATE TABLE run (
    id TEXT NOT NULL PRIMARY KEY,
    sync TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('pull', 'deliver')),
    state TEXT NOT NULL CHECK (state IN
      ('running', 'succeeded', 'incomplete', 'failed', 'awaiting_approval', 'parked', 'cancelled')),
    started_at INTEGER NOT NULL,
    finished_at INTEGER,
    as_of INTEGER NOT NULL,
    counters TEXT NOT NULL CHECK (json_valid(counters)),
    plan_digest TEXT,
    approved_by TEXT,
    error TEXT CHECK (error IS NULL OR json_valid(error))
  ) STRICT, WITHOUT ROWID`,
  `CREATE INDEX run_by_start ON run (started_at DESC, id DESC)`,
  `CREATE INDEX run_by_sync ON run (sync, started_at DESC, id DESC)`,
  `CREATE INDEX run_by_state ON run (state, started_at DESC, id DESC)`,
  `CREATE TABLE batch (
    run_id TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE,
    position INTEGER NOT NULL CHECK (position >= 0),
    operation TEXT NOT NULL CHECK (operation IN ('add', 'remove')),
    size INTEGER NOT NULL CHECK (size >= 0),
    digest TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('planned', 'sending', 'confirmed', 'ambiguous', 'superseded')),
    attempts INTEGER NOT NULL CHECK (attempts >= 0),
    PRIMARY KEY (run_id, position)
  ) STRICT, WITHOUT ROWID`,
  `CREATE TABLE checkpoint (
    sync TEXT NOT NULL PRIMARY KEY,
    cursor TEXT NOT NULL CHECK (json_valid(cursor)),
    written_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID`,
  `CREATE TABLE audience (
    sync TEXT NOT NULL PRIMARY KEY,
    external_id TEXT NOT NULL,
    name TEXT NOT NULL,
    url TEXT,
    written_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID`,
  `CREATE TABLE setting (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID`,
  `CREATE TABLE audit_entry (
    number INTEGER NOT NULL PRIMARY KEY CHECK (number > 0),
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    object TEXT NOT NULL,
    details TEXT NOT NULL,
    previous_hash TEXT NOT NULL,
    hash TEXT NOT NULL
  ) STRICT`,
  // Against mistakes, not against an intruder with the file in hand: the hash chain is there for that.
  `CREATE TRIGGER audit_entry_is_never_edited BEFORE UPDATE ON audit_entry
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END`,
  `CREATE TRIGGER audit_entry_is_never_deleted BEFORE DELETE ON audit_entry
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END`,
]
