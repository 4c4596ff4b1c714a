/** What is left of the quotas of platforms, as their answers told it last. */
export const platformQuotasMigration: readonly string[] = [
  `CREATE TABLE platform_quota (
    connection TEXT NOT NULL,
    budget TEXT NOT NULL,
    window_ms INTEGER NOT NULL,
    remaining INTEGER NOT NULL,
    quota INTEGER NOT NULL CHECK (quota > 0),
    is_low INTEGER NOT NULL CHECK (is_low IN (0, 1)),
    told_at INTEGER NOT NULL,
    PRIMARY KEY (connection, budget, window_ms)
  ) STRICT, WITHOUT ROWID`,
]
