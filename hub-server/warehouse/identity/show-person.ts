import { z } from 'zod'
import { isBlocked } from '../../../core/identity/blocked-values.ts'
import type {
  DeadIdentifier,
  JoinReason,
  PersonPlaces,
  PersonView,
  RecordName,
} from '../../../core/port/identity-store.ts'
import type { DuckDb } from '../duckdb.ts'
import {
  fewRecords,
  ofRecords,
  readHeld,
  readRecordIds,
  type HeldIdentifier,
} from '../profile/few-records.ts'
import { findProfile } from '../profile/find-profile.ts'
import { mergeLink } from '../profile/stage-people.ts'
import { likelyHolders } from './identifier-keys.ts'
import { findLookalikes } from './lookalikes.ts'
import type { IdentityContext } from './resolve-again.ts'

/** Most groups of look-alikes that one person is shown. */
const mostLookalikes = 20

/** One person from source record to audience: values with their origin, records and why they are together, segments, audiences. */
export async function showPerson(context: IdentityContext, person: string): Promise<PersonView | undefined> {
  const { duckdb, schema } = context
  return duckdb.snapshot(async () => {
    const found = await findProfile(duckdb, context, person)
    if (!found) return undefined
    const { derivedTraits, ...profile } = found
    const records = await readRecords(duckdb, profile.profileId)
    const emails = profile.identifiers
      .filter(({ kind }) => schema.identifiers[kind]?.form === 'email')
      .flatMap(({ value }) => (typeof value === 'string' ? [value] : []))
    const dead = await findDead(context, records)
    return {
      profile,
      derivedTraits,
      ...(await readPlaces(duckdb, profile.profileId)),
      records: records.map(({ name, deleted }) => ({ ...name, deleted })),
      reasons: [...reasonsByValue(records, dead), ...(await reasonsByPair(duckdb, records))],
      dead,
      lookalikes: await findLookalikes(duckdb, schema, { like: emails, limit: mostLookalikes }),
    }
  })
}

/** "p_12" → 12. */
export const numberOf = (profileId: string): bigint => BigInt(profileId.slice('p_'.length))

export async function readPlaces(duckdb: DuckDb, profileId: string): Promise<PersonPlaces> {
  const id = numberOf(profileId)
  return {
    segments: await duckdb.all<{ segment: string; since: number }>(
      `SELECT segment, epoch_ms(entered_at)::DOUBLE AS since FROM every_membership
       WHERE profile_id = ${id} AND exited_at IS NULL ORDER BY segment`,
    ),
    syncs: await duckdb.all<{ sync: string; status: string; at: number }>(
      `SELECT sync, status, epoch_ms(acknowledged_at)::DOUBLE AS at FROM delivery WHERE profile_id = ${id} AND held ORDER BY sync`,
    ),
  }
}

/** A record of a profile with what it may be joined by. */
export interface ProfileRecord {
  readonly id: bigint
  readonly name: RecordName
  readonly deleted: boolean
  /** A person known from events alone: such a record may go and come again as another one. */
  readonly fromEvents: boolean
  readonly identifiers: readonly HeldIdentifier[]
}

const recordRow = z.object({
  id: z.string(),
  connection: z.string(),
  stream: z.string(),
  external_id: z.string(),
  deleted: z.boolean(),
  from_events: z.boolean(),
})

/** The records of a profile, those that came first first. */
export async function readRecords(duckdb: DuckDb, profileId: string): Promise<ProfileRecord[]> {
  const ids = await readRecordIds(duckdb, numberOf(profileId))
  const held = await readHeld(duckdb, ids)
  const rows = await duckdb.all<{ row: string }>(
    `WITH ${fewRecords(ids)} SELECT to_json({id: t.record_id::VARCHAR, connection: t.connection, stream: t.stream,
       external_id: coalesce(s.external_id, '#' || t.record_id), deleted: t.deleted, from_events: s.record_id IS NULL}) AS row
     FROM record_trait t LEFT JOIN source_record s USING (record_id) ORDER BY t.record_id`,
  )
  return rows.map(({ row }) => {
    const read = recordRow.parse(JSON.parse(row))
    const { connection, stream, external_id: externalId, from_events: fromEvents, deleted } = read
    const id = BigInt(read.id)
    const identifiers = held.get(id) ?? []
    return { id, name: { connection, stream, externalId }, deleted, fromEvents, identifiers }
  })
}

/** Each value that several records hold, once for each further record. */
function reasonsByValue(records: readonly ProfileRecord[], dead: readonly DeadIdentifier[]): JoinReason[] {
  const deadKeys = new Set(dead.map(keyOf))
  const held = records.flatMap(({ name, identifiers }) => identifiers.map((one) => ({ name, ...one })))
  return [...Map.groupBy(held, keyOf)].flatMap(([key, [first, ...others]]) => {
    if (!first || deadKeys.has(key)) return []
    return others.map(({ name, kind, value }): JoinReason => {
      const pair = { left: first.name, right: name }
      return kind === mergeLink ? { ...pair, by: 'platform' } : { ...pair, by: 'identifier', kind, value }
    })
  })
}

const keyOf = ({ kind, value }: { readonly kind: string; readonly value: string }): string =>
  JSON.stringify([kind, value])

async function reasonsByPair(duckdb: DuckDb, records: readonly ProfileRecord[]): Promise<JoinReason[]> {
  const byId = new Map(records.map((record) => [record.id, record]))
  const pairs = await duckdb.all<{ left_record: bigint; right_record: bigint; weight: number | null }>(
    `SELECT left_record, right_record, NULL::DOUBLE AS weight FROM identity_decision WHERE verdict = 'merge'
       AND left_record IN (SELECT unnest(from_json($1::JSON, '["BIGINT"]')))
     UNION ALL SELECT left_record, right_record, weight FROM identity_link
       WHERE left_record IN (SELECT unnest(from_json($1::JSON, '["BIGINT"]')))
     ORDER BY ALL`,
    [JSON.stringify(records.map(({ id }) => String(id)))],
  )
  return pairs.flatMap(({ left_record: leftId, right_record: rightId, weight }): JoinReason[] => {
    const [left, right] = [byId.get(leftId)?.name, byId.get(rightId)?.name]
    if (!left || !right) return []
    return [weight === null ? { left, right, by: 'decision' } : { left, right, by: 'match', weight }]
  })
}

/** Identifiers of a profile that join nobody, and why. */
async function findDead(
  { duckdb, rules }: IdentityContext,
  records: readonly ProfileRecord[],
): Promise<DeadIdentifier[]> {
  const told = new Map(records.flatMap(({ identifiers }) => identifiers.map((one) => [keyOf(one), one])))
  const own = [...told.values()].toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
  const others = await countOtherHolders(duckdb, records, own)
  return own.flatMap(({ kind, value }): DeadIdentifier[] => {
    const key = keyOf({ kind, value })
    const holders =
      (others.get(key) ?? 0) + records.filter((record) => !record.deleted && holds(record, key)).length
    const blocked = rules.blocked.get(kind)
    if (blocked && isBlocked(value, blocked)) return [{ kind, value, holders, reason: 'blocked' }]
    return holders > (rules.sharedBy.get(kind) ?? Infinity)
      ? [{ kind, value, holders, reason: 'shared' }]
      : []
  })
}

const holds = ({ identifiers }: ProfileRecord, key: string): boolean =>
  identifiers.some((one) => keyOf(one) === key)

/** How many living records beside these hold each of the identifiers. */
async function countOtherHolders(
  duckdb: DuckDb,
  records: readonly ProfileRecord[],
  own: readonly HeldIdentifier[],
): Promise<ReadonlyMap<string, number>> {
  const known = new Set(records.map(({ id }) => id))
  const others = (await likelyHolders(duckdb, own)).filter((id) => !known.has(id))
  if (others.length === 0) return new Map()
  const rows = await duckdb.all<HeldIdentifier & { readonly holders: bigint }>(
    `SELECT kind, value, count(DISTINCT record_id) AS holders FROM (${ofRecords('every_identifier', others)})
     SEMI JOIN (SELECT unnest(from_json($1::JSON, '[{"kind": "VARCHAR", "value": "VARCHAR"}]'), recursive := true)) own
       USING (kind, value)
     JOIN (${ofRecords('record_trait', others)}) USING (record_id) WHERE NOT deleted GROUP BY kind, value`,
    [JSON.stringify(own)],
  )
  return new Map(rows.map(({ kind, value, holders }) => [keyOf({ kind, value }), Number(holders)]))
}
