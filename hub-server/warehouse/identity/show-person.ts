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
import { fewRecords, readRecordIds } from '../profile/few-records.ts'
import { findProfile } from '../profile/find-profile.ts'
import { mergeLink } from '../profile/stage-people.ts'
import { identifierKey } from './identifier-keys.ts'
import { findLookalikes } from './lookalikes.ts'
import type { IdentityContext } from './resolve-again.ts'

/** Most groups of look-alikes that one person is shown. */
const mostLookalikes = 20

/** One person from source record to audience: values with their origin, records and why they are together, segments, audiences. */
export async function showPerson(context: IdentityContext, person: string): Promise<PersonView | undefined> {
  const { duckdb, schema } = context
  return duckdb.snapshot(async () => {
    const profile = await findProfile(duckdb, context, person)
    if (!profile) return undefined
    const records = await readRecords(duckdb, profile.profileId)
    const emails = profile.identifiers
      .filter(({ kind }) => schema.identifiers[kind]?.form === 'email')
      .flatMap(({ value }) => (typeof value === 'string' ? [value] : []))
    const dead = await findDead(context, records)
    return {
      profile,
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
       WHERE profile_id = $1 AND exited_at IS NULL ORDER BY segment`,
      [id],
    ),
    syncs: await duckdb.all<{ sync: string; status: string; at: number }>(
      `SELECT sync, status, epoch_ms(acknowledged_at)::DOUBLE AS at FROM delivery WHERE profile_id = $1 AND held ORDER BY sync`,
      [id],
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
  readonly identifiers: readonly { readonly kind: string; readonly value: string }[]
}

const recordRow = z.object({
  id: z.string(),
  connection: z.string(),
  stream: z.string(),
  external_id: z.string(),
  deleted: z.boolean(),
  from_events: z.boolean(),
  identifiers: z.array(z.object({ kind: z.string(), value: z.string() })),
})

/** The records of a profile, those that came first first. */
export async function readRecords(duckdb: DuckDb, profileId: string): Promise<ProfileRecord[]> {
  const ids = await readRecordIds(duckdb, numberOf(profileId))
  const rows = await duckdb.all<{ row: string }>(
    `WITH ${fewRecords(ids)} SELECT to_json({id: t.record_id::VARCHAR, connection: t.connection, stream: t.stream,
       external_id: coalesce(s.external_id, '#' || t.record_id), deleted: t.deleted, from_events: s.record_id IS NULL,
       identifiers: coalesce((SELECT list(DISTINCT {kind: i.kind, value: i.value}) FROM every_identifier i
         WHERE i.record_id = t.record_id), [])}) AS row
     FROM record_trait t LEFT JOIN source_record s USING (record_id) ORDER BY t.record_id`,
  )
  return rows.map(({ row }) => {
    const read = recordRow.parse(JSON.parse(row))
    const {
      connection,
      stream,
      external_id: externalId,
      from_events: fromEvents,
      deleted,
      identifiers,
    } = read
    return { id: BigInt(read.id), name: { connection, stream, externalId }, deleted, fromEvents, identifiers }
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
  const own = `SELECT DISTINCT kind, value FROM (
    SELECT unnest(from_json($1::JSON, '[{"kind": "VARCHAR", "value": "VARCHAR"}]'), recursive := true))`
  const told = [JSON.stringify(records.flatMap(({ identifiers }) => identifiers))]
  const keys = await duckdb.all<{ key: bigint }>(
    `SELECT DISTINCT ${identifierKey} AS key FROM (${own})`,
    told,
  )
  if (keys.length === 0) return []
  const holding = await duckdb.all<{ record_id: bigint }>(
    `SELECT DISTINCT record_id FROM identifier_key WHERE key IN (${keys.map(({ key }) => key).join(', ')})`,
  )
  const few = fewRecords(holding.map(({ record_id: id }) => id))
  const rows = await duckdb.all<{ kind: string; value: string; holders: bigint }>(
    `WITH ${few} SELECT kind, value, count(DISTINCT record_id) FILTER (NOT deleted) AS holders
     FROM every_identifier SEMI JOIN (${own}) own USING (kind, value) JOIN record_trait USING (record_id)
     GROUP BY kind, value ORDER BY kind, value`,
    told,
  )
  return rows.flatMap(({ kind, value, holders: count }): DeadIdentifier[] => {
    const holders = Number(count)
    const blocked = rules.blocked.get(kind)
    if (blocked && isBlocked(value, blocked)) return [{ kind, value, holders, reason: 'blocked' }]
    return holders > (rules.sharedBy.get(kind) ?? Infinity)
      ? [{ kind, value, holders, reason: 'shared' }]
      : []
  })
}
