import { z } from 'zod'
import { withoutDerivedTraits } from '../../../core/computed/derived-traits.ts'
import { decideConsent, type ConsentEntry } from '../../../core/consent/decide-consent.ts'
import { survivingValue } from '../../../core/identity/surviving-value.ts'
import type { ProfileView, ProvenValue } from '../../../core/port/profile-store.ts'
import { normaliseIdentifier } from '../../../core/profile/normalise-identifier.ts'
import type { ProfileSchema } from '../../../core/profile/profile-schema.ts'
import { Refusal } from '../../../core/profile/refusal.ts'
import { readDerivedTraits } from '../computed/read-derived-traits.ts'
import { readLedgerOf } from '../consent/read-ledger.ts'
import type { DuckDb } from '../duckdb.ts'
import { readRectified } from '../erasure/rectification.ts'
import { likelyHolders } from '../identity/identifier-keys.ts'
import type { IdentityRules } from '../identity/identity-rules.ts'
import { traitColumn } from '../tables.ts'
import { fewRecords, ofRecords, readHeld, readRecordIds, type HeldIdentifier } from './few-records.ts'
import { mergeLink } from './stage-people.ts'
import { createSourceRank, survivorshipJoins, survivorshipOrder } from './survivorship.ts'

/** Finds a person by profile id or by any identifier, as a person would type it, and tells where each value came from. */
export async function findProfile(
  duckdb: DuckDb,
  { schema, rules }: { readonly schema: ProfileSchema; readonly rules: IdentityRules },
  person: string,
): Promise<ProfileView | undefined> {
  return duckdb.snapshot(async () => {
    const profileId = await findProfileId(duckdb, schema, person)
    return profileId === undefined ? undefined : readProfile(duckdb, { schema, rules }, profileId)
  })
}

/** The id of a living profile, by an id of it or by any identifier. */
const findProfileId = async (
  duckdb: DuckDb,
  schema: ProfileSchema,
  person: string,
): Promise<bigint | undefined> => (await findById(duckdb, person)) ?? findByIdentifier(duckdb, schema, person)

/** A former id leads to the profile that its record belongs to now. */
async function findById(duckdb: DuckDb, person: string): Promise<bigint | undefined> {
  const match = /^p_(\d{1,18})$/.exec(person.trim())
  if (!match?.[1]) return undefined
  // The number stands in the text: what is bound is no reason for the engine to skip anything.
  const number = BigInt(match[1])
  return existing(
    duckdb,
    `SELECT profile_id FROM record_trait WHERE record_id = ${number}
     UNION ALL SELECT profile_id FROM record_trait WHERE profile_id = ${number}`,
    [],
  )
}

async function findByIdentifier(
  duckdb: DuckDb,
  schema: ProfileSchema,
  person: string,
): Promise<bigint | undefined> {
  const meant = Object.entries(schema.identifiers).flatMap(([kind, { form }]): HeldIdentifier[] => {
    const value = normaliseIdentifier(person, form, schema.default_country)
    return value instanceof Refusal ? [] : [{ kind, value }]
  })
  const holders = await likelyHolders(duckdb, meant)
  if (holders.length === 0) return undefined
  const [identifiers, traits] = [ofRecords('every_identifier', holders), ofRecords('record_trait', holders)]
  for (const { kind, value } of meant) {
    const found = await existing(
      duckdb,
      `SELECT profile_id FROM (${identifiers}) i JOIN (${traits}) t USING (record_id) WHERE i.kind = $1 AND i.value = $2`,
      [kind, value],
    )
    if (found !== undefined) return found
  }
  return undefined
}

/** The first profile of the candidates that is alive. */
async function existing(
  duckdb: DuckDb,
  candidates: string,
  params: (string | bigint)[],
): Promise<bigint | undefined> {
  const row = await duckdb.one<{ profile_id: bigint }>(
    `SELECT profile_id FROM profile SEMI JOIN (${candidates}) USING (profile_id) LIMIT 1`,
    params,
  )
  return row?.profile_id
}

const recordRow = z.object({
  record_id: z.string(),
  connection: z.string(),
  stream: z.string(),
  external_id: z.string(),
  version_at: z.number(),
  deleted: z.boolean(),
  run_id: z.string(),
  source: z.boolean(),
  traits: z.record(z.string(), z.json()),
  cleared: z.array(z.string()),
})
type RecordRow = z.output<typeof recordRow> & { readonly identifiers: readonly HeldIdentifier[] }

async function readProfile(
  duckdb: DuckDb,
  { schema, rules }: { readonly schema: ProfileSchema; readonly rules: IdentityRules },
  profileId: bigint,
): Promise<ProfileView> {
  const told = withoutDerivedTraits(schema)
  await createSourceRank(duckdb, schema.source_priority)
  const ids = await readRecordIds(duckdb, profileId)
  const held = await readHeld(duckdb, ids)
  const rows = await duckdb.all<{ row: string }>(`WITH ${fewRecords(ids)} ${recordSql(told)}`)
  const records = rows.map(({ row }): RecordRow => {
    const record = recordRow.parse(JSON.parse(row))
    const identifiers = held.get(BigInt(record.record_id)) ?? []
    return { ...record, identifiers: identifiers.filter(({ kind }) => kind !== mergeLink) }
  })
  const living = records.filter((record) => !record.deleted)
  const events = await duckdb.one<{ events: bigint }>(
    `SELECT count(*) AS events FROM event WHERE profile_id = ${profileId}`,
  )
  return {
    profileId: `p_${profileId}`,
    traits: {
      ...traceTraits(living, Object.keys(told.traits), rules),
      ...(await readRectified(duckdb, ids)),
    },
    derivedTraits: await readDerivedTraits(duckdb, schema, `p_${profileId}`),
    identifiers: traceIdentifiers(living),
    consents: toConsents(await readLedgerOf(duckdb, ids, held)),
    sourceRecords: records.filter((record) => record.source).map(toSourceRecord),
    events: Number(events?.events ?? 0),
  }
}

const toSourceRecord = (record: RecordRow): ProfileView['sourceRecords'][number] => ({
  connection: record.connection,
  stream: record.stream,
  externalId: record.external_id,
  deleted: record.deleted,
})

/** The records, most trusted first, each as one JSON text. */
function recordSql(schema: ProfileSchema): string {
  const traits = Object.entries(schema.traits).map(([trait, { type }]) => {
    const column = `t.${traitColumn(trait)}`
    return `"${trait}": ${type === 'datetime' ? `strftime(${column}, '%Y-%m-%dT%H:%M:%S.%gZ')` : column}`
  })
  return `
    SELECT to_json({
      record_id: t.record_id::VARCHAR, connection: t.connection, stream: t.stream,
      external_id: coalesce(s.external_id, ''), version_at: epoch_ms(t.version_at), deleted: t.deleted,
      run_id: t.run_id, source: s.record_id IS NOT NULL,
      cleared: coalesce(t.cleared, []),
      traits: ${traits.length === 0 ? 'MAP {}' : `{${traits.join(', ')}}`}
    }) AS row
    FROM record_trait t ${survivorshipJoins} LEFT JOIN source_record s ON s.record_id = t.record_id
    ORDER BY ${survivorshipOrder}`
}

const proven = (record: RecordRow, value: ProvenValue['value']): ProvenValue => ({
  value,
  connection: record.connection,
  stream: record.stream,
  externalId: record.external_id,
  versionAt: record.version_at,
  runId: record.run_id,
})

function traceTraits(
  living: readonly RecordRow[],
  traits: readonly string[],
  { survivorship }: IdentityRules,
): Record<string, ProvenValue> {
  const traced: Record<string, ProvenValue> = {}
  for (const trait of traits) {
    const told = living.flatMap((record) => {
      const value = record.traits[trait] ?? null
      const isSaid = value !== null || record.cleared.includes(trait)
      return isSaid ? [{ value, versionAt: record.version_at, record }] : []
    })
    const survived = survivingValue(told, survivorship.get(trait) ?? 'source_priority')
    if (survived && survived.value !== null) traced[trait] = proven(survived.origin.record, survived.value)
  }
  return traced
}

/** Each identifier once, from the record that is trusted most. */
function traceIdentifiers(living: readonly RecordRow[]): ProfileView['identifiers'] {
  const traced = new Map<string, ProfileView['identifiers'][number]>()
  for (const record of living) {
    for (const { kind, value } of record.identifiers) {
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
