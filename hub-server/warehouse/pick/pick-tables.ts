/** `waiting_pick`: picks of objects that no pull brought yet; `at` and `asked_at` are epoch milliseconds. Nothing in it names a person. */
export const pickTables: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS waiting_pick (
    id VARCHAR NOT NULL, segment VARCHAR NOT NULL, action VARCHAR NOT NULL, at BIGINT NOT NULL, picked_by VARCHAR NOT NULL,
    connection VARCHAR NOT NULL, stream VARCHAR NOT NULL, external_id VARCHAR NOT NULL)`,
]
