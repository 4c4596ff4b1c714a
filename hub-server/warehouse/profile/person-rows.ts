import { z } from 'zod'
import { isDerived, withoutDerivedTraits } from '../../../core/computed/derived-traits.ts'
import type { ProfileSchema } from '../../../core/profile/profile-schema.ts'
import type { DuckDb } from '../duckdb.ts'
import type { StoredMembership } from '../segment/read-spans.ts'
import { identifierColumn, traitColumn } from '../tables.ts'
import { objectSql, ofRecords } from './few-records.ts'

/** What a record may be joined by. */
export interface HeldIdentifier {
  readonly kind: string
  readonly value: string
}

/** A record of a person as it is stored, with all that it tells. */
export interface PersonRecord {
  readonly id: bigint
  readonly connection: string
  readonly stream: string
  /** As the source names it; undefined: the record stands for somebody who is known from events alone. */
  readonly externalId: string | undefined
  /** Microseconds since 1970. */
  readonly versionAt: number
  readonly deleted: boolean
  readonly runId: string
  readonly traits: Readonly<Record<string, z.core.util.JSONType>>
  /** Traits that it says have no value. */
  readonly cleared: readonly string[]
  /** Each once, by kind and value; under `mergeLink` what a platform merged. */
  readonly identifiers: readonly HeldIdentifier[]
  /** The identifiers that events named the person by, as JSON; '' for a record of a source. */
  readonly eventKey: string
}

/** A value that a person put in place of what the records tell, or took away. */
interface Correction {
  readonly trait: string
  /** JSON; null: the trait has no value. */
  readonly value: string | null
  /** Epoch milliseconds. */
  readonly correctedAt: number
}

/** All that is stored of one person, but for memberships and deliveries. */
export interface PersonRows {
  readonly profileId: bigint
  /** Whether the profile is there: a person all of whose records are deleted has none. */
  readonly isAlive: boolean
  /** Those that came first first. */
  readonly records: readonly PersonRecord[]
  /** Values of the derived traits that the last evaluation left. */
  readonly derived: Readonly<Record<string, z.core.util.JSONType>>
  readonly events: number
  readonly corrections: readonly Correction[]
  /** What their records say of consents now. `decidedAt` in epoch milliseconds, `notedAt` in microseconds since 1970. */
  readonly consents: readonly PartOf<'consent'>[]
  /** Whether the ledger has any entries beside what records say, of whomever. */
  readonly isLedgerKept: boolean
  /** Memberships and exits as they are stored, and what platforms hold; none unless they were asked for. */
  readonly memberships: readonly StoredMembership[]
  readonly deliveries: readonly PartOf<'delivery'>[]
}

/** The first identifier of each kind as a row of `record_trait` has it; '', or in older warehouses null, where it tells none. */
export const firstIdentifiers = z.record(z.string(), z.string().nullable())

const recordRow = z.object({
  id: z.string().transform(BigInt),
  connection: z.string(),
  stream: z.string(),
  versionAt: z.number(),
  deleted: z.boolean(),
  runId: z.string(),
  cleared: z.array(z.string()),
  traits: z.record(z.string(), z.json()),
  identifiers: firstIdentifiers,
})

const id = z.string().transform(BigInt)
const part = z.discriminatedUnion('part', [
  z.object({ part: z.literal('source'), id, externalId: z.string() }),
  z.object({ part: z.literal('identifier'), id, kind: z.string(), value: z.string() }),
  z.object({ part: z.literal('acting'), id, key: z.string() }),
  z.object({
    part: z.literal('consent'),
    id,
    purpose: z.string(),
    channel: z.string(),
    status: z.enum(['granted', 'denied']),
    decidedAt: z.number().nullable(),
    notedAt: z.number().nullable(),
    legalBasis: z.string().nullable(),
    wording: z.string().nullable(),
  }),
  z.object({
    part: z.literal('correction'),
    trait: z.string(),
    value: z.string().nullable(),
    correctedAt: z.number(),
  }),
  z.object({ part: z.literal('profile'), derived: z.record(z.string(), z.json()) }),
  z.object({ part: z.literal('events'), count: z.number() }),
  z.object({ part: z.literal('entries') }),
  z.object({
    part: z.literal('membership'),
    segment: z.string(),
    entered: z.number().nullable(),
    exited: z.number().nullable(),
    enteredBy: z.string().nullable(),
    exitedBy: z.string().nullable(),
  }),
  z.object({ part: z.literal('delivery'), sync: z.string(), status: z.string(), at: z.number() }),
])
type Part = z.output<typeof part>
type PartOf<Name extends Part['part']> = Extract<Part, { readonly part: Name }>

/**
 * Reads a person in two statements: to plan one takes longer than to find a person among millions. Undefined: no record is, or was,
 * theirs. Run it in a snapshot, so that both see the same.
 */
export async function readPersonRows(
  duckdb: DuckDb,
  schema: ProfileSchema,
  profileId: bigint,
  { withPlaces = false }: { readonly withPlaces?: boolean } = {},
): Promise<PersonRows | undefined> {
  const stored = await duckdb.all<{ row: string }>(recordSql(schema, profileId))
  if (stored.length === 0) return undefined
  const rows = stored
    .map(({ row }) => recordRow.parse(JSON.parse(row)))
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
  const places = withPlaces ? placesSql(profileId) : []
  const found = await duckdb.all<{ row: string }>(
    [...partsSql(schema, profileId, rows), ...places].join(' UNION ALL '),
  )
  const parts = found.map(({ row }) => part.parse(JSON.parse(row)))
  const of = <Name extends Part['part']>(name: Name): PartOf<Name>[] =>
    parts.filter((one): one is PartOf<Name> => one.part === name)
  const [profile] = of('profile')
  return {
    profileId,
    isAlive: profile !== undefined,
    records: toRecords(rows, of),
    derived: profile?.derived ?? {},
    events: of('events')[0]?.count ?? 0,
    corrections: of('correction'),
    consents: of('consent'),
    isLedgerKept: of('entries').length > 0,
    memberships: of('membership'),
    deliveries: of('delivery'),
  }
}

function toRecords(
  rows: readonly z.output<typeof recordRow>[],
  of: <Name extends Part['part']>(name: Name) => PartOf<Name>[],
): PersonRecord[] {
  const sources = new Map(of('source').map((source) => [source.id, source.externalId]))
  const keys = new Map(of('acting').map((acting) => [acting.id, acting.key]))
  const further = Map.groupBy(of('identifier'), (identifier) => identifier.id)
  return rows.map(({ identifiers: first, ...row }) => {
    const told = Object.entries(first).flatMap(([kind, value]) => (value ? [{ kind, value }] : []))
    const others = (further.get(row.id) ?? []).map(({ kind, value }) => ({ kind, value }))
    return {
      ...row,
      externalId: sources.get(row.id),
      identifiers: eachOnce([...told, ...others]),
      eventKey: keys.get(row.id) ?? '',
    }
  })
}

/** By kind and value. Who is known from events alone has the first of each kind twice. */
function eachOnce(identifiers: readonly HeldIdentifier[]): HeldIdentifier[] {
  const byKey = new Map(identifiers.map((one) => [JSON.stringify([one.kind, one.value]), one]))
  return [...byKey].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one)
}

const valueSql = (column: string, type: string): string =>
  type === 'datetime' ? `strftime(${column}, '%Y-%m-%dT%H:%M:%S.%gZ')` : column

function recordSql(schema: ProfileSchema, profileId: bigint): string {
  const traits = Object.entries(withoutDerivedTraits(schema).traits)
  const kinds = Object.keys(schema.identifiers)
  return `SELECT to_json({id: record_id::VARCHAR, connection: connection, stream: stream, "versionAt": epoch_us(version_at),
      deleted: deleted, "runId": run_id, cleared: coalesce(cleared, []),
      traits: ${objectSql(traits.map(([trait, { type }]) => [trait, valueSql(traitColumn(trait), type)]))},
      identifiers: ${objectSql(kinds.map((kind) => [kind, identifierColumn(kind)]))}}) AS row
    FROM record_trait WHERE profile_id = ${profileId}`
}

/**
 * All numbers stand in the text: what is bound is no reason for the engine to pass over anything. A record that stands for somebody known
 * from events alone was made by no run, and is no source's.
 */
function partsSql(
  schema: ProfileSchema,
  profileId: bigint,
  rows: readonly Pick<PersonRecord, 'id' | 'runId'>[],
): string[] {
  const ids = rows.map(({ id: one }) => one)
  const told = rows.flatMap(({ id: one, runId }) => (runId === '' ? [] : [one]))
  const acting = ids.filter((one) => !told.includes(one))
  return [
    ...ofThese('source_record', told, `part: 'source', id: record_id::VARCHAR, "externalId": external_id`),
    ...ofThese(
      'record_identifier',
      ids,
      `part: 'identifier', id: record_id::VARCHAR, kind: kind, value: value`,
    ),
    ...ofThese('event_person', acting, `part: 'acting', id: record_id::VARCHAR, key: key`),
    ...ofThese(
      'record_consent',
      told,
      `part: 'consent', id: record_id::VARCHAR, purpose: purpose, channel: channel, status: status,
       "decidedAt": epoch_ms(decided_at), "notedAt": epoch_us(noted_at), "legalBasis": legal_basis, wording: wording`,
    ),
    `SELECT to_json({part: 'correction', trait: trait, value: value, "correctedAt": epoch_ms(rectified_at)})
     FROM rectification WHERE record_id IN (${ids.join(', ')})`,
    `SELECT to_json({part: 'profile', derived: ${objectSql(derivedValues(schema))}})
     FROM profile WHERE profile_id = ${profileId}`,
    `SELECT to_json({part: 'events', count: count(*)}) FROM event WHERE profile_id = ${profileId}`,
    `SELECT to_json({part: 'entries'}) FROM (SELECT 1 FROM consent_entry LIMIT 1)`,
  ]
}

const placesSql = (profileId: bigint): string[] => [
  `SELECT to_json({part: 'membership', segment: segment, entered: epoch_us(entered_at), exited: epoch_us(exited_at),
     "enteredBy": entered_by, "exitedBy": exited_by}) FROM membership WHERE profile_id = ${profileId}`,
  `SELECT to_json({part: 'membership', segment: segment, entered: NULL::BIGINT, exited: epoch_us(exited_at),
     "enteredBy": NULL::VARCHAR, "exitedBy": exited_by}) FROM membership_exit WHERE profile_id = ${profileId}`,
  `SELECT to_json({part: 'delivery', sync: sync, status: status, "at": epoch_ms(acknowledged_at)})
   FROM delivery WHERE profile_id = ${profileId} AND held`,
]

/** SQL of what a table has of these records, as JSON; nothing where there are none. */
const ofThese = (table: string, records: readonly bigint[], object: string): string[] =>
  records.length === 0 ? [] : [`SELECT to_json({${object}}) AS row FROM (${ofRecords(table, records)})`]

/** Where the source told a value, nothing was filled in. */
const derivedValues = (schema: ProfileSchema): (readonly [string, string])[] =>
  Object.entries(schema.traits).flatMap(([trait, definition]) => {
    if (!isDerived(definition)) return []
    const { type, imputed } = definition
    const column = imputed
      ? `CASE WHEN ${traitColumn(imputed.from)} IS NULL THEN ${traitColumn(trait)} END`
      : traitColumn(trait)
    return [[trait, valueSql(column, type)] as const]
  })
