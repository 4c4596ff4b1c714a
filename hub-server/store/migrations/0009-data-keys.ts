/**
 * Data keys, each readable with the wrapping key only. What an older store sealed was sealed with the wrapping key itself; the setting
 * says so, and that key's bytes become version 1 of each data key. The audit log can be asked for what was done to one object.
 */
export const dataKeysMigration: readonly string[] = [
  `CREATE TABLE data_key (
    purpose TEXT NOT NULL CHECK (purpose <> ''),
    version INTEGER NOT NULL CHECK (version > 0),
    wrapped TEXT NOT NULL,
    wrapped_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (purpose, version)
  ) STRICT, WITHOUT ROWID`,
  `CREATE INDEX audit_entry_by_object ON audit_entry (object, number)`,
  `INSERT INTO setting (name, value)
    SELECT 'sealed_with_wrapping_key', 'true' WHERE EXISTS (SELECT 1 FROM manifest_revision)`,
]
