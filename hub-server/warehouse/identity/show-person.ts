import { isBlocked } from '../../../core/identity/blocked-values.ts'
import type {
  DeadIdentifier,
  JoinReason,
  Lookalikes,
  PersonPlaces,
  PersonView,
  RecordName,
  ToldProfile,
} from '../../../core/port/identity-store.ts'
import type { MembershipSpan } from '../../../core/port/segment-insight.ts'
import type { DuckDb } from '../duckdb.ts'
import { ofRecords } from '../profile/few-records.ts'
import { findPersonRows, toProfileView } from '../profile/find-profile.ts'
import { readPersonRows, type HeldIdentifier, type PersonRecord } from '../profile/person-rows.ts'
import { mergeLink } from '../profile/stage-people.ts'
import { readSpans, toSpans } from '../segment/read-spans.ts'
import { askLookalikes, likelyHolders } from './identifier-keys.ts'
import { findLookalikes } from './lookalikes.ts'
import type { IdentityContext } from './resolve-again.ts'

/** Most groups of look-alikes that one person is shown. */
const mostLookalikes = 20

/** One person from source record to audience: values with their origin, records and why they are together, segments, audiences. */
export async function showPerson(context: IdentityContext, person: string): Promise<PersonView | undefined> {
  const { duckdb, schema } = context
  return duckdb.snapshot(async () => {
    const rows = await findPersonRows(duckdb, schema, person, { withPlaces: true })
    if (!rows) return undefined
    const { derivedTraits, ...profile } = await toProfileView(duckdb, context, rows)
    const records = rows.records.map(toProfileRecord)
    const own = ownIdentifiers(records)
    const emails = emailsOf(context, profile.identifiers)
    const found = await likelyHolders(duckdb, [...own, ...askLookalikes(emails)])
    const [holders, alike] = [found.slice(0, own.length), found.slice(own.length)]
    const dead = await findDead(context, records, { own, holders: holders.flat() })
    const spans = toSpans(rows.memberships)
    return {
      profile,
      derivedTraits,
      segments: toSegments(spans),
      left: spans.filter(({ until }) => until !== null),
      syncs: rows.deliveries
        .map(({ sync, status, at }) => ({ sync, status, at }))
        .toSorted((a, b) => (a.sync < b.sync ? -1 : 1)),
      records: records.map(({ name, deleted }) => ({ ...name, deleted })),
      reasons: [...reasonsByValue(records, dead), ...(await reasonsByPair(duckdb, records))],
      dead,
      lookalikes: await lookalikesOf(context, records, { emails, among: [...new Set(alike.flat())] }),
    }
  })
}

const emailsOf = ({ schema }: IdentityContext, identifiers: ToldProfile['identifiers']): string[] =>
  identifiers
    .filter(({ kind }) => schema.identifiers[kind]?.form === 'email')
    .flatMap(({ value }) => (typeof value === 'string' ? [value] : []))

/** Addresses of whomever that look like one of the person's. `among`: the records that may hold one. */
async function lookalikesOf(
  { duckdb, schema }: IdentityContext,
  records: readonly ProfileRecord[],
  { emails, among }: { readonly emails: readonly string[]; readonly among: readonly bigint[] },
): Promise<Lookalikes[]> {
  const own = new Set(records.map(({ id }) => id))
  const isAlone = new Set(emails).size <= 1 && among.every((id) => own.has(id))
  return isAlone ? [] : findLookalikes(duckdb, schema, { like: emails, among, limit: mostLookalikes })
}

/** "p_12" → 12. */
export const numberOf = (profileId: string): bigint => BigInt(profileId.slice('p_'.length))

export async function readPlaces(duckdb: DuckDb, profileId: string): Promise<PersonPlaces> {
  const id = numberOf(profileId)
  return { segments: toSegments(await readSpans(duckdb, id)), syncs: await readSyncs(duckdb, id) }
}

const toSegments = (spans: readonly MembershipSpan[]): PersonPlaces['segments'] =>
  spans
    .filter(({ until }) => until === null)
    .map(({ segment, since }) => ({ segment, since }))
    .toSorted((a, b) => (a.segment < b.segment ? -1 : 1))

const readSyncs = (duckdb: DuckDb, profileId: bigint): Promise<PersonPlaces['syncs']> =>
  duckdb.all<PersonPlaces['syncs'][number]>(
    `SELECT sync, status, epoch_ms(acknowledged_at)::DOUBLE AS at FROM delivery
     WHERE profile_id = ${profileId} AND held ORDER BY sync`,
  )

/** A record of a profile with what it may be joined by. */
export interface ProfileRecord {
  readonly id: bigint
  readonly name: RecordName
  readonly deleted: boolean
  /** A person known from events alone: such a record may go and come again as another one. */
  readonly fromEvents: boolean
  readonly identifiers: readonly HeldIdentifier[]
}

const toProfileRecord = ({ id, externalId, ...record }: PersonRecord): ProfileRecord => ({
  id,
  name: { connection: record.connection, stream: record.stream, externalId: externalId ?? `#${id}` },
  deleted: record.deleted,
  fromEvents: externalId === undefined,
  identifiers: record.identifiers,
})

/** The records of a profile, those that came first first. */
export async function readRecords(
  { duckdb, schema }: IdentityContext,
  profileId: string,
): Promise<ProfileRecord[]> {
  const rows = await readPersonRows(duckdb, schema, numberOf(profileId))
  return rows?.records.map(toProfileRecord) ?? []
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
  if (records.length < 2) return []
  const byId = new Map(records.map((record) => [record.id, record]))
  const left = `left_record IN (${[...byId.keys()].join(', ')})`
  const pairs = await duckdb.all<{ left_record: bigint; right_record: bigint; weight: number | null }>(
    `SELECT left_record, right_record, NULL::DOUBLE AS weight FROM identity_decision WHERE verdict = 'merge' AND ${left}
     UNION ALL SELECT left_record, right_record, weight FROM identity_link WHERE ${left} ORDER BY ALL`,
  )
  return pairs.flatMap(({ left_record: leftId, right_record: rightId, weight }): JoinReason[] => {
    const [left, right] = [byId.get(leftId)?.name, byId.get(rightId)?.name]
    if (!left || !right) return []
    return [weight === null ? { left, right, by: 'decision' } : { left, right, by: 'match', weight }]
  })
}

/** Everything that the records hold, each once, by kind and value. */
function ownIdentifiers(records: readonly ProfileRecord[]): HeldIdentifier[] {
  const told = new Map(records.flatMap(({ identifiers }) => identifiers.map((one) => [keyOf(one), one])))
  return [...told.values()].toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
}

/** Identifiers of a profile that join nobody, and why. `holders`: who may hold them. */
async function findDead(
  { duckdb, rules }: IdentityContext,
  records: readonly ProfileRecord[],
  {
    own,
    holders: possible,
  }: { readonly own: readonly HeldIdentifier[]; readonly holders: readonly bigint[] },
): Promise<DeadIdentifier[]> {
  const known = new Set(records.map(({ id }) => id))
  const others = await countHolders(
    duckdb,
    [...new Set(possible)].filter((id) => !known.has(id)),
    own,
  )
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

/** How many living ones of these records hold each of the identifiers. */
async function countHolders(
  duckdb: DuckDb,
  others: readonly bigint[],
  own: readonly HeldIdentifier[],
): Promise<ReadonlyMap<string, number>> {
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
