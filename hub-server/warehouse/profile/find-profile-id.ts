import { z } from 'zod'
import { normaliseIdentifier } from '../../../core/profile/normalise-identifier.ts'
import type { ProfileSchema } from '../../../core/profile/profile-schema.ts'
import { Refusal } from '../../../core/profile/refusal.ts'
import type { DuckDb } from '../duckdb.ts'
import { likelyHolders } from '../identity/identifier-keys.ts'
import { identifierColumn } from '../tables.ts'
import { objectSql, ofRecords } from './few-records.ts'
import { firstIdentifiers } from './person-rows.ts'

/** The number of a living profile, by an id of it or by any identifier, as a person would type it. Run it in a snapshot. */
export async function findProfileId(
  duckdb: DuckDb,
  schema: ProfileSchema,
  person: string,
): Promise<bigint | undefined> {
  for await (const id of possibleProfiles(duckdb, schema, person))
    if (await duckdb.one(`SELECT 1 FROM profile WHERE profile_id = ${id}`)) return id
  return undefined
}

/** Numbers of the profiles, alive or not, that somebody may mean, the likeliest first. */
export async function* possibleProfiles(
  duckdb: DuckDb,
  schema: ProfileSchema,
  person: string,
): AsyncGenerator<bigint> {
  const number = /^p_(\d{1,18})$/.exec(person.trim())?.[1]
  if (number !== undefined) yield* profilesOfNumber(duckdb, BigInt(number))
  yield* profilesOfIdentifier(duckdb, schema, person)
}

/** A former id leads to the profile that its record belongs to now. */
async function* profilesOfNumber(duckdb: DuckDb, number: bigint): AsyncGenerator<bigint> {
  yield number
  const row = await duckdb.one<{ profile_id: bigint }>(
    `SELECT profile_id FROM record_trait WHERE record_id = ${number}`,
  )
  if (row && row.profile_id !== number) yield row.profile_id
}

const id = z.string().transform(BigInt)
const holderRow = z.union([
  z.object({ id, profile: id, identifiers: firstIdentifiers }),
  z.object({ id, kind: z.string(), value: z.string() }),
])

/** By the first kind of identifier first; who holds it is looked at, as several values may share a key. */
async function* profilesOfIdentifier(
  duckdb: DuckDb,
  schema: ProfileSchema,
  person: string,
): AsyncGenerator<bigint> {
  const kinds = Object.keys(schema.identifiers)
  const meant = Object.entries(schema.identifiers).flatMap(([kind, { form }]) => {
    const value = normaliseIdentifier(person, form, schema.default_country)
    return value instanceof Refusal ? [] : [{ kind, value }]
  })
  const ids = [...new Set((await likelyHolders(duckdb, meant)).flat())]
  if (ids.length === 0) return
  const rows = await duckdb.all<{ row: string }>(
    `SELECT to_json({id: record_id::VARCHAR, profile: profile_id::VARCHAR,
       identifiers: ${objectSql(kinds.map((kind) => [kind, identifierColumn(kind)]))}}) AS row
     FROM (${ofRecords('record_trait', ids)})
     UNION ALL SELECT to_json({id: record_id::VARCHAR, kind: kind, value: value})
     FROM (${ofRecords('record_identifier', ids)})`,
  )
  const holders = rows.map(({ row }) => holderRow.parse(JSON.parse(row)))
  const profiles = new Map(holders.flatMap((one) => ('profile' in one ? [[one.id, one.profile]] : [])))
  for (const { kind, value } of meant) {
    const holding = holders.filter((one) =>
      'profile' in one ? one.identifiers[kind] === value : one.kind === kind && one.value === value,
    )
    const meaning = new Set(holding.flatMap((one) => profiles.get(one.id) ?? []))
    yield* [...meaning].toSorted((a, b) => (a < b ? -1 : 1))
  }
}
