/** `waiting_pick`: picks of objects that no pull brought yet; `picked_at` is in epoch milliseconds. Nothing in it names a person. */
export const pickTables: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS waiting_pick (
    id VARCHAR NOT NULL, segment VARCHAR NOT NULL, action VARCHAR NOT NULL, picked_at BIGINT NOT NULL, picked_by VARCHAR NOT NULL,
    connection VARCHAR NOT NULL, stream VARCHAR NOT NULL, external_id VARCHAR NOT NULL)`,
]
