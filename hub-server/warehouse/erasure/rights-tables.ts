/**
 * Tables of persons' rights.
 *
 * - `tombstone`: who was erased and must not come back, by keyed digest of kind and value; `bucket` leaves out nearly all values
 *   before digests are made. Kind "@record": a source record.
 * - `delivery_target`: which audiences a sync ever wrote to; manifests change and go.
 * - `former_delivery`: rows that a platform was sent before others took their place.
 * - `recipient`: what remains of deliveries past their retention: that an audience once held somebody, by keyed digest.
 * - `restricted_record`: a person of whom any record is here is kept, and used for nothing.
 * - `rectification`: corrections by a person, which outrank every source. `value` is JSON; null: known to be empty.
 */
export const rightsTables: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS tombstone (
    digest VARCHAR NOT NULL, bucket INTEGER NOT NULL, kind VARCHAR NOT NULL, request VARCHAR NOT NULL,
    erased_at TIMESTAMP NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS delivery_target (
    sync VARCHAR NOT NULL, connection VARCHAR NOT NULL, kind VARCHAR NOT NULL, audience VARCHAR NOT NULL,
    since TIMESTAMP NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS former_delivery (
    sync VARCHAR NOT NULL, profile_id BIGINT NOT NULL, key VARCHAR, fields VARCHAR NOT NULL, sent_at TIMESTAMP NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS recipient (
    digest VARCHAR NOT NULL, sync VARCHAR NOT NULL, last_at TIMESTAMP NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS restricted_record (
    record_id BIGINT NOT NULL, since TIMESTAMP NOT NULL, actor VARCHAR NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS rectification (
    record_id BIGINT NOT NULL, trait VARCHAR NOT NULL, value VARCHAR, rectified_at TIMESTAMP NOT NULL, actor VARCHAR NOT NULL)`,
]
