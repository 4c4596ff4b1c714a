/**
 * Who may use the hub: people, what they signed in with, keys of programs, links that open once, and what waits for a second person.
 * Tokens, keys and links are kept as digests only. People are never deleted: the audit log names them.
 */
export const accessMigration: readonly string[] = [
  `CREATE TABLE user_account (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL UNIQUE,
    email TEXT,
    role TEXT NOT NULL CHECK (role IN ('viewer', 'operator', 'admin', 'auditor')),
    state TEXT NOT NULL CHECK (state IN ('invited', 'active', 'removed')),
    password TEXT,
    issuer TEXT,
    subject TEXT,
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    CHECK ((issuer IS NULL) = (subject IS NULL))
  ) STRICT, WITHOUT ROWID`,
  `CREATE UNIQUE INDEX user_account_by_subject ON user_account (issuer, subject) WHERE issuer IS NOT NULL`,
  `CREATE TABLE session (
    digest TEXT NOT NULL PRIMARY KEY CHECK (length(digest) = 64),
    user_id TEXT NOT NULL REFERENCES user_account (id),
    user_agent TEXT NOT NULL CHECK (length(user_agent) = 64),
    created_at INTEGER NOT NULL,
    used_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID`,
  `CREATE INDEX session_by_user ON session (user_id)`,
  `CREATE TABLE api_key (
    digest TEXT NOT NULL PRIMARY KEY CHECK (length(digest) = 64),
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL UNIQUE,
    scopes TEXT NOT NULL CHECK (json_valid(scopes)),
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at INTEGER,
    revoked_at INTEGER
  ) STRICT, WITHOUT ROWID`,
  `CREATE TABLE access_link (
    digest TEXT NOT NULL PRIMARY KEY CHECK (length(digest) = 64),
    user_id TEXT REFERENCES user_account (id),
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    expires_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID`,
  `CREATE TABLE sign_in_attempt (
    digest TEXT NOT NULL PRIMARY KEY CHECK (length(digest) = 64),
    browser TEXT NOT NULL CHECK (length(browser) = 64),
    nonce TEXT NOT NULL,
    verifier TEXT NOT NULL,
    return_to TEXT NOT NULL,
    expires_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID`,
  `CREATE TABLE approval_request (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('role_grant', 'mass_erase', 'new_destination')),
    object TEXT NOT NULL,
    digest TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'approved', 'refused', 'used')),
    requested_at INTEGER NOT NULL,
    requested_by TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    decided_by TEXT,
    CHECK ((state IN ('approved', 'refused', 'used')) = (decided_by IS NOT NULL))
  ) STRICT, WITHOUT ROWID`,
  `CREATE UNIQUE INDEX approval_request_open ON approval_request (kind, object, digest, requested_by)
    WHERE state IN ('waiting', 'approved')`,
  `ALTER TABLE run ADD COLUMN started_by TEXT`,
]
