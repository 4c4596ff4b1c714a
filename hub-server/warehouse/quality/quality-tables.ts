/**
 * The tables of data quality. None holds a value of a person: records are named by id, learned models by numbers of crowds.
 *
 * - `quality_stream`: which checks every record of a stream was judged by, and how many records there were when they learned what is
 *   usual. `quality_model`: what they learned, so that all records are judged alike, whenever they come.
 * - `quality_finding`: what the checks found in each source record as it is now, and what was done: flag, drop, normalise, quarantine,
 *   or release (it would be in quarantine, but a person let it through).
 * - `quality_release`: records that a person let through, as long as their content (`content`: hash of the fields) stays the same.
 * - `quality_imputation`: what stands in for missing values of an imputed trait, for all people (`per_value` null) and by group.
 * - `quality_profile`: what each target of a stream looked like after a pull, to be compared with the next.
 */
export const qualityTables = [
  `CREATE TABLE IF NOT EXISTS quality_stream (
    connection VARCHAR NOT NULL, stream VARCHAR NOT NULL, digest VARCHAR NOT NULL, records BIGINT NOT NULL,
    judged_at TIMESTAMP NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS quality_model (
    connection VARCHAR NOT NULL, stream VARCHAR NOT NULL, position INTEGER NOT NULL, model VARCHAR NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS quality_finding (
    record_id BIGINT NOT NULL, connection VARCHAR NOT NULL, stream VARCHAR NOT NULL, target VARCHAR NOT NULL,
    check_name VARCHAR NOT NULL, action VARCHAR NOT NULL, code VARCHAR NOT NULL, suggestion VARCHAR, found_at TIMESTAMP NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS quality_release (record_id BIGINT NOT NULL, content UBIGINT NOT NULL, released_at TIMESTAMP NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS quality_imputation (
    trait VARCHAR NOT NULL, digest VARCHAR NOT NULL, profiles BIGINT NOT NULL, per_value VARCHAR, value VARCHAR)`,
  `CREATE TABLE IF NOT EXISTS quality_profile (
    connection VARCHAR NOT NULL, stream VARCHAR NOT NULL, run_id VARCHAR NOT NULL, taken_at TIMESTAMP NOT NULL,
    target VARCHAR NOT NULL, profile VARCHAR NOT NULL)`,
]
