import type { DuckDb } from '../duckdb.ts'
import { personHash } from './key-hash.ts'

/**
 * Kind under which platform merges enter the identity graph: an object and those it absorbed share "connection/stream/former id".
 * No identifier kind of a profile schema can have this name.
 */
export const mergeLink = '@merged'

/**
 * Finds out whom the staged events are about, takes away the events that the staged records told before, and lists in
 * `changed_record` every record whose place in the identity graph must be worked out again (`stays` false: it leaves the graph).
 * Returns whether anybody's place must be: also of those whom `asked_profile` names.
 *
 * People whom nobody but events knows get a record of their own, one for each distinct set of identifiers and stream; it goes when
 * its last event goes. That depends on the data alone, not on what arrived first. A record that is there already stays as it is,
 * as the same identifiers tie it to the same people: a further event of theirs changes nobody's place.
 */
export async function stagePeople(duckdb: DuckDb): Promise<boolean> {
  await duckdb.run(statements)
  const row = await duckdb.one<{ due: boolean }>(
    `SELECT EXISTS (FROM changed_record) OR EXISTS (FROM asked_profile) AS due`,
  )
  return row?.due ?? true
}

/** At once: few records take less time than to hand one statement after the other to the engine. */
const statements = [
  `CREATE TEMP TABLE IF NOT EXISTS asked_profile (profile_id BIGINT)`,
  `CREATE OR REPLACE TEMP TABLE label (record_id BIGINT, profile_id BIGINT)`,
  `CREATE OR REPLACE TEMP VIEW living_event AS
   SELECT e.*, s.connection, s.stream, s.external_id, s.received_at
   FROM staged_event e JOIN source_record s USING (record_id) WHERE NOT s.deleted`,

  // In steps, so that those few are looked for among all, and not the other way round.
  `CREATE OR REPLACE TEMP TABLE acting_key AS
   SELECT DISTINCT connection, stream, person_key AS key, ${personHash('connection', 'stream', 'person_key')} AS key_hash
   FROM living_event WHERE person_key IS NOT NULL`,
  `CREATE OR REPLACE TEMP TABLE acting_person AS
   SELECT key_hash, record_id FROM event_person SEMI JOIN acting_key USING (key_hash)`,
  `CREATE OR REPLACE TEMP TABLE staged_person AS
   SELECT coalesce(p.record_id, nextval('record_id_sequence')) AS record_id, k.*, p.record_id IS NULL AS is_new, p.profile_id
   FROM acting_key k LEFT JOIN (SELECT a.*, t.profile_id FROM acting_person a JOIN record_trait t USING (record_id)) p
     USING (key_hash)`,

  `CREATE OR REPLACE TEMP TABLE former_owner AS
   SELECT DISTINCT record_id FROM event WHERE source_record_id IN (SELECT record_id FROM staged_record)`,
  `DELETE FROM event WHERE source_record_id IN (SELECT record_id FROM staged_record)`,

  `CREATE OR REPLACE TEMP TABLE gone_person AS
   SELECT record_id FROM former_owner
   SEMI JOIN event_person USING (record_id)
   ANTI JOIN staged_person USING (record_id)
   ANTI JOIN event USING (record_id)`,
  `DELETE FROM event_person WHERE record_id IN (SELECT record_id FROM gone_person)`,
  `INSERT INTO event_person BY NAME SELECT record_id, connection, stream, key, key_hash FROM staged_person WHERE is_new`,

  `INSERT INTO staged_identifier
   SELECT record_id, pair[1], pair[2]
   FROM (SELECT record_id, unnest(from_json(key::JSON, '[["VARCHAR"]]')) AS pair FROM staged_person WHERE is_new)`,
  `INSERT INTO staged_identifier
   SELECT record_id, '${mergeLink}', connection || '/' || stream || '/' || unnest(merged_ids)
   FROM source_record
   WHERE merged_ids IS NOT NULL AND record_id IN (SELECT record_id FROM staged_record WHERE is_person)`,

  // A record that only tells events may have told people, under another mapping.
  `CREATE OR REPLACE TEMP TABLE changed_record AS
   SELECT record_id, true AS stays FROM staged_record WHERE is_person
   UNION ALL SELECT record_id, false FROM record_trait SEMI JOIN (FROM staged_record WHERE NOT is_person) USING (record_id)
   UNION ALL SELECT record_id, true FROM staged_person WHERE is_new
   UNION ALL SELECT record_id, false FROM gone_person`,
].join(';')
