/** Kinds of manifests grow with the hub: the list of them is the program's, not the table's. */
export const manifestKindsMigration: readonly string[] = [
  `CREATE TABLE manifest_revision_of_any_kind (
    kind TEXT NOT NULL CHECK (kind <> ''),
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
  `INSERT INTO manifest_revision_of_any_kind
    SELECT kind, name, revision, operation, digest, document, applied_at, actor FROM manifest_revision`,
  `DROP TABLE manifest_revision`,
  `ALTER TABLE manifest_revision_of_any_kind RENAME TO manifest_revision`,
]
