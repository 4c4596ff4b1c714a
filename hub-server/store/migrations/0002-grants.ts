/** Access that platforms granted, sealed, with the lease that lets one process at a time renew it. */
export const grantsMigration: readonly string[] = [
  `CREATE TABLE platform_grant (
    connection TEXT NOT NULL PRIMARY KEY,
    sealed TEXT,
    revision INTEGER NOT NULL CHECK (revision >= 0),
    lease_holder TEXT,
    lease_until INTEGER NOT NULL,
    written_at INTEGER NOT NULL,
    CHECK ((sealed IS NULL) = (revision = 0))
  ) STRICT, WITHOUT ROWID`,
]
