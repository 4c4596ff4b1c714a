import type { DuckDBValue } from '@duckdb/node-api'
import type { RetentionClass } from '../../../core/manifest/retention.ts'
import { pickEvents } from '../../../core/membership/picked-rule.ts'
import { forgottenKind } from '../../../core/person-request/forgotten-name.ts'
import type { RetentionOrder } from '../../../core/port/person-rights.ts'
import type { ProfileSchema } from '../../../core/profile/profile-schema.ts'
import type { DuckDb } from '../duckdb.ts'
import { mergeLink } from '../profile/stage-people.ts'
import { noteTouched } from '../segment/note-touched.ts'
import type { IdentifierDigest } from '../suppression/digest.ts'
import { findPersonColumns } from './person-scope.ts'

interface RetentionGround {
  readonly duckdb: DuckDb
  readonly schema: ProfileSchema
  readonly digest: IdentifierDigest
}

const dayMs = 86_400_000

type Retain = (ground: RetentionGround, until: number) => Promise<number>

const retainers: Readonly<Record<RetentionClass, Retain>> = {
  gone_people: retainGonePeople,
  events: retainEvents,
  deliveries: retainDeliveries,
  quarantine: ({ duckdb }, until) =>
    duckdb.run(`DELETE FROM quarantine WHERE received_at < make_timestamp($1::BIGINT * 1000)`, [
      BigInt(until),
    ]),
}

/** Takes away what is past its time. Deliveries come first, as whoever is gone must be told in the ledger. One transaction. */
export function retain(
  ground: RetentionGround,
  { keepDays, at }: RetentionOrder,
): Promise<Record<RetentionClass, number>> {
  return ground.duckdb.transaction(async () => {
    const counts: Record<RetentionClass, number> = { gone_people: 0, events: 0, deliveries: 0, quarantine: 0 }
    for (const name of ['deliveries', 'gone_people', 'events', 'quarantine'] as const) {
      const days = keepDays[name]
      if (days !== undefined) counts[name] = await retainers[name](ground, at - days * dayMs)
    }
    return counts
  })
}

/** Rows of people who are off an audience. What stays is that it once held them, by digest. */
async function retainDeliveries({ duckdb, schema, digest }: RetentionGround, until: number): Promise<number> {
  await duckdb.run(
    `CREATE OR REPLACE TEMP TABLE outlived AS
     SELECT sync, profile_id, acknowledged_at AS at FROM delivery
     WHERE NOT held AND status <> 'accepted' AND acknowledged_at < make_timestamp($1::BIGINT * 1000)
     UNION ALL SELECT sync, profile_id, sent_at FROM former_delivery WHERE sent_at < make_timestamp($1::BIGINT * 1000)`,
    [BigInt(until)],
  )
  const kinds = Object.keys(schema.identifiers)
  const word = `CASE i.kind ${kinds.map((kind) => `WHEN '${kind}' THEN '${forgottenKind(schema, kind)}'`).join(' ')} ELSE i.kind END`
  const values: DuckDBValue[] = []
  const exact = digest.sql(
    kinds.length === 0 ? 'i.kind' : word,
    'i.value',
    (value) => `$${values.push(value)}`,
  )
  await duckdb.run(
    `INSERT INTO recipient BY NAME
     SELECT * FROM (
       SELECT ${exact} AS digest, o.sync, max(o.at) AS last_at
       FROM outlived o JOIN record_trait t ON t.record_id = o.profile_id OR t.profile_id = o.profile_id
       JOIN every_identifier i ON i.record_id = t.record_id WHERE i.kind <> '${mergeLink}' GROUP BY ALL)
     ANTI JOIN recipient USING (digest, sync)`,
    values,
  )
  const count = await duckdb.run(
    `DELETE FROM delivery d USING outlived o WHERE o.sync = d.sync AND o.profile_id = d.profile_id AND NOT d.held
       AND d.status <> 'accepted' AND d.acknowledged_at = o.at`,
  )
  const former = await duckdb.run(
    `DELETE FROM former_delivery WHERE sent_at < make_timestamp($1::BIGINT * 1000)`,
    [BigInt(until)],
  )
  await duckdb.run(`DROP TABLE outlived`)
  return count + former
}

/**
 * People of whom no source has a record any more and whom no platform holds. A person who refused something stays: the refusal must
 * outlive them.
 */
async function retainGonePeople({ duckdb }: RetentionGround, until: number): Promise<number> {
  await duckdb.run(gonePeopleSql, [BigInt(until)])
  await duckdb.run(
    `CREATE OR REPLACE TEMP TABLE scope_record AS SELECT DISTINCT record_id FROM (
       SELECT unnest(records) AS record_id FROM gone_people UNION ALL SELECT profile_id FROM gone_people)`,
  )
  await duckdb.run(`DELETE FROM source_record WHERE record_id IN (FROM scope_record)`)
  for (const { table, column } of await findPersonColumns(duckdb)) {
    if (!kept.has(table)) await duckdb.run(`DELETE FROM "${table}" WHERE "${column}" IN (FROM scope_record)`)
  }
  const row = await duckdb.one<{ count: bigint }>(`SELECT count(*) AS count FROM gone_people`)
  for (const table of ['gone_people', 'scope_record']) await duckdb.run(`DROP TABLE ${table}`)
  return Number(row?.count ?? 0)
}

/** Who was ever sent them is a class of its own. */
const kept: ReadonlySet<string> = new Set(['source_record', 'delivery', 'former_delivery', 'plan_row'])

const gonePeopleSql = `
  CREATE OR REPLACE TEMP TABLE gone_people AS
  WITH refused AS (SELECT DISTINCT record_id FROM record_consent WHERE status = 'denied'),
    sent AS (SELECT DISTINCT profile_id AS record_id FROM delivery WHERE held OR status = 'accepted')
  SELECT t.profile_id, list(t.record_id) AS records
  FROM record_trait t JOIN source_record s USING (record_id)
    LEFT JOIN refused r ON r.record_id = t.record_id LEFT JOIN sent d ON d.record_id = t.record_id
  WHERE t.profile_id NOT IN (SELECT profile_id FROM profile)
  GROUP BY t.profile_id
  HAVING bool_and(t.deleted AND coalesce(s.version_at, s.received_at) < make_timestamp($1::BIGINT * 1000)
    AND r.record_id IS NULL AND d.record_id IS NULL)`

/** Old enough, and no pick: whoever was put into a segment by hand stays in it until they are taken out, not for a number of days. */
const isOutlived = `time < make_timestamp($1::BIGINT * 1000)
  AND name NOT IN (${Object.values(pickEvents)
    .map((name) => `'${name}'`)
    .join(', ')})`

/** Events, and the source records of which no event is left and that are nobody's. */
async function retainEvents({ duckdb }: RetentionGround, until: number): Promise<number> {
  await duckdb.run(
    `CREATE OR REPLACE TEMP TABLE outlived AS SELECT DISTINCT source_record_id AS record_id FROM event WHERE ${isOutlived}`,
    [BigInt(until)],
  )
  await noteTouched(duckdb, `SELECT profile_id FROM event WHERE ${isOutlived}`, [BigInt(until)])
  const count = await duckdb.run(`DELETE FROM event WHERE ${isOutlived}`, [BigInt(until)])
  await duckdb.run(
    `DELETE FROM source_record WHERE record_id IN (
       SELECT record_id FROM outlived WHERE record_id NOT IN (SELECT record_id FROM record_trait)
         AND record_id NOT IN (SELECT source_record_id FROM event))`,
  )
  await duckdb.run(`DROP TABLE outlived`)
  return count
}
