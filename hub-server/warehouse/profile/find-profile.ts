import { withoutDerivedTraits } from '../../../core/computed/derived-traits.ts'
import { decideConsent, type ConsentEntry } from '../../../core/consent/decide-consent.ts'
import { survivingValue } from '../../../core/identity/surviving-value.ts'
import type { ProfileView, ProvenValue } from '../../../core/port/profile-store.ts'
import type { ProfileSchema } from '../../../core/profile/profile-schema.ts'
import { readDerivedTraits } from '../computed/read-derived-traits.ts'
import { readLedgerOf } from '../consent/read-ledger.ts'
import type { DuckDb } from '../duckdb.ts'
import { toRectified } from '../erasure/rectification.ts'
import type { IdentityRules } from '../identity/identity-rules.ts'
import { possibleProfiles } from './find-profile-id.ts'
import { readPersonRows, type PersonRecord, type PersonRows } from './person-rows.ts'
import { mergeLink } from './stage-people.ts'
import { bySurvivorship } from './survivorship.ts'

/** Who is found, and by which rules. */
export interface ProfileGround {
  readonly schema: ProfileSchema
  readonly rules: IdentityRules
}

/** Finds a person by profile id or by any identifier, as a person would type it, and tells where each value came from. */
export async function findProfile(
  duckdb: DuckDb,
  ground: ProfileGround,
  person: string,
): Promise<ProfileView | undefined> {
  return duckdb.snapshot(async () => {
    const rows = await findPersonRows(duckdb, ground.schema, person)
    return rows && toProfileView(duckdb, ground, rows)
  })
}

/** All that is stored of a living person. */
export async function findPersonRows(
  duckdb: DuckDb,
  schema: ProfileSchema,
  person: string,
  asked: { readonly withPlaces?: boolean } = {},
): Promise<PersonRows | undefined> {
  for await (const id of possibleProfiles(duckdb, schema, person)) {
    const rows = await readPersonRows(duckdb, schema, id, asked)
    if (rows?.isAlive) return rows
  }
  return undefined
}

/** A person who was read, with the origin of each value. */
export async function toProfileView(
  duckdb: DuckDb,
  { schema, rules }: ProfileGround,
  rows: PersonRows,
): Promise<ProfileView> {
  const records = rows.records.toSorted(bySurvivorship(schema.source_priority))
  const living = records.filter((record) => !record.deleted)
  return {
    profileId: `p_${rows.profileId}`,
    traits: {
      ...traceTraits(living, Object.keys(withoutDerivedTraits(schema).traits), rules),
      ...toRectified(rows.corrections),
    },
    derivedTraits: await readDerivedTraits(duckdb, schema, rows.derived),
    identifiers: traceIdentifiers(living),
    consents: toConsents(await readLedgerOf(duckdb, rows)),
    sourceRecords: records.flatMap(toSourceRecord),
    events: rows.events,
  }
}

const toSourceRecord = ({
  connection,
  stream,
  externalId,
  deleted,
}: PersonRecord): ProfileView['sourceRecords'] =>
  externalId === undefined ? [] : [{ connection, stream, externalId, deleted }]

const proven = (record: PersonRecord, value: ProvenValue['value']): ProvenValue => ({
  value,
  connection: record.connection,
  stream: record.stream,
  externalId: record.externalId ?? '',
  versionAt: Math.floor(record.versionAt / 1000),
  runId: record.runId,
})

function traceTraits(
  living: readonly PersonRecord[],
  traits: readonly string[],
  { survivorship }: IdentityRules,
): Record<string, ProvenValue> {
  const traced: Record<string, ProvenValue> = {}
  for (const trait of traits) {
    const told = living.flatMap((record) => {
      const value = record.traits[trait] ?? null
      const isSaid = value !== null || record.cleared.includes(trait)
      return isSaid ? [{ value, versionAt: record.versionAt, record }] : []
    })
    const survived = survivingValue(told, survivorship.get(trait) ?? 'source_priority')
    if (survived && survived.value !== null) traced[trait] = proven(survived.origin.record, survived.value)
  }
  return traced
}

/** Each identifier once, from the record that is trusted most. */
function traceIdentifiers(living: readonly PersonRecord[]): ProfileView['identifiers'] {
  const traced = new Map<string, ProfileView['identifiers'][number]>()
  for (const record of living) {
    for (const { kind, value } of record.identifiers) {
      if (kind === mergeLink) continue
      const key = JSON.stringify([kind, value])
      if (!traced.has(key)) traced.set(key, { kind, ...proven(record, value) })
    }
  }
  return [...traced.values()]
}

/** One state for each purpose and channel that anything was told of, by the law of consent. */
function toConsents(ledger: readonly ConsentEntry[]): ProfileView['consents'] {
  const of = Map.groupBy(ledger, ({ purpose, channel }) => JSON.stringify([purpose, channel]))
  return [...of.values()].flatMap((entries) => {
    const { because } = decideConsent(entries)
    if (!because) return []
    const { purpose, channel, status, decidedAt, notedAt, source } = because
    return [{ purpose, channel, status, decidedAt, notedAt, source }]
  })
}
