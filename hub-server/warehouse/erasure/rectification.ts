import { z } from 'zod'
import { withoutDerivedTraits } from '../../../core/computed/derived-traits.ts'
import { AffluentError } from '../../../core/errors/affluent-error.ts'
import type { Correction } from '../../../core/port/person-rights.ts'
import type { ProvenValue } from '../../../core/port/profile-store.ts'
import type { ProfileSchema } from '../../../core/profile/profile-schema.ts'
import { Refusal } from '../../../core/profile/refusal.ts'
import { toTraitValue } from '../../../core/profile/trait-value.ts'
import type { DuckDb } from '../duckdb.ts'
import type { PersonRows } from '../profile/person-rows.ts'
import { noteTouched } from '../segment/note-touched.ts'
import { columnTypes, traitColumn } from '../tables.ts'

/** The connection and stream that corrected values name as their origin. */
const rectifiedOrigin = 'rectified'

const act = 'affluent rectify'

/**
 * Puts corrections over what the sources tell, in the table `rebuilt` or `profile`: the latest of each person and trait counts. A
 * correction follows the record that the profile bore the name of when it was made.
 */
export async function applyRectifications(
  duckdb: DuckDb,
  schema: ProfileSchema,
  table: 'rebuilt' | 'profile',
): Promise<void> {
  const rows = await duckdb.all<{ trait: string }>(`SELECT DISTINCT trait FROM rectification`)
  for (const { trait } of rows) {
    const definition = schema.traits[trait]
    if (definition) await duckdb.run(applySql(trait, definition.type, table))
  }
}

type TraitKind = ProfileSchema['traits'][string]['type']

const applySql = (trait: string, type: TraitKind, table: string): string => `
  UPDATE ${table} SET ${traitColumn(trait)} = c.value
  FROM (SELECT t.profile_id, arg_max(r.value, r.rectified_at) AS told, ${fromJson('arg_max(r.value, r.rectified_at)', type)} AS value
    FROM (SELECT record_id, rectified_at, coalesce(value, 'null') AS value FROM rectification WHERE trait = '${trait}') r
    JOIN record_trait t USING (record_id) GROUP BY t.profile_id) c
  WHERE c.profile_id = ${table}.profile_id`

function fromJson(value: string, type: TraitKind): string {
  if (type === 'list') return `from_json(${value}::JSON, '["VARCHAR"]')`
  const text = `(${value}::JSON ->> '$')`
  return type === 'datetime' ? `epoch_ms(${text}::BIGINT)` : `${text}::${columnTypes[type]}`
}

/** Corrects a value. Throws `usage.wrong` when there is no such trait or the value does not fit its type. */
export async function rectify(
  { duckdb, schema }: { duckdb: DuckDb; schema: ProfileSchema },
  profile: bigint,
  { trait, value, at, actor }: Correction & { readonly at: number; readonly actor: string },
): Promise<void> {
  const type = definitionOf(schema, trait)
  const told = toTraitValue(
    type === 'list' && value !== null ? value.split(';').map((item) => item.trim()) : value,
    type,
  )
  if (told instanceof Refusal) throw new AffluentError('usage.wrong', { act, expected: type })
  await duckdb.transaction(async () => {
    await duckdb.run(`DELETE FROM rectification WHERE trait = $1 AND record_id IN (${recordsOf})`, [
      trait,
      profile,
    ])
    await duckdb.run(`INSERT INTO rectification VALUES ($1, $2, $3, make_timestamp($4::BIGINT * 1000), $5)`, [
      profile,
      trait,
      JSON.stringify(told ?? null),
      BigInt(at),
      actor,
    ])
    await applyRectifications(duckdb, schema, 'profile')
    await touch(duckdb, profile, at)
  })
}

const recordsOf = `SELECT record_id FROM record_trait WHERE profile_id = $2`

function definitionOf(schema: ProfileSchema, trait: string): TraitKind {
  // What is derived follows from what is told: that is what can be corrected.
  const { traits } = withoutDerivedTraits(schema)
  const definition = traits[trait]
  if (definition) return definition.type
  const known = Object.keys(traits).join(', ')
  throw new AffluentError('usage.wrong', { act, value: trait.slice(0, 64), expected: known })
}

async function touch(duckdb: DuckDb, profile: bigint, at: number): Promise<void> {
  await duckdb.run(
    `UPDATE profile SET content_hash = NULL, updated_at = make_timestamp($2::BIGINT * 1000) WHERE profile_id = $1`,
    [profile, BigInt(at)],
  )
  await noteTouched(duckdb, 'SELECT $1::BIGINT AS profile_id', [profile])
}

/** Takes a correction back; what the sources tell counts from the next refresh on, as their records are marked as changed. */
export function liftRectification(duckdb: DuckDb, profile: bigint, trait: string): Promise<boolean> {
  return duckdb.transaction(async () => {
    const lifted = await duckdb.run(
      `DELETE FROM rectification WHERE trait = $1 AND record_id IN (${recordsOf})`,
      [trait, profile],
    )
    if (lifted > 0)
      await duckdb.run(
        `UPDATE source_record SET change_id = nextval('change_id_sequence')
         WHERE record_id IN (SELECT record_id FROM record_trait WHERE profile_id = $1)`,
        [profile],
      )
    return lifted > 0
  })
}

/** What a person corrected, by trait: the latest of each. */
export function toRectified(corrections: PersonRows['corrections']): Record<string, ProvenValue> {
  const origin = { connection: rectifiedOrigin, stream: rectifiedOrigin, externalId: '', runId: '' }
  const byTime = corrections.toSorted((a, b) => a.correctedAt - b.correctedAt)
  const latest = [...new Map(byTime.map((one) => [one.trait, one])).values()]
  return Object.fromEntries(
    latest.map(({ trait, value, correctedAt }) => [
      trait,
      { ...origin, value: z.json().parse(JSON.parse(value ?? 'null')), versionAt: correctedAt },
    ]),
  )
}
