import { z } from 'zod'
import type { PickSubject } from '../../../core/port/pick-store.ts'
import type { Identifier } from '../../../core/profile/map-identifiers.ts'
import type { ProfileSchema } from '../../../core/profile/profile-schema.ts'
import type { DuckDb } from '../duckdb.ts'
import { profileNumber } from '../erasure/person-scope.ts'
import { keyHash } from '../profile/key-hash.ts'

const candidateRow = z.object({ ordinal: z.number(), kind: z.string(), value: z.string(), own: z.boolean() })
type Candidate = z.output<typeof candidateRow>

/**
 * An identifier for each subject, by which events find the person: undefined where nobody is known, or nothing names them alone. Best is
 * the id of a source record itself, which no change of address touches; then an id of another kind; then what the profile schema
 * names first. What several people hold names nobody.
 */
export async function namePeople(
  duckdb: DuckDb,
  schema: ProfileSchema,
  subjects: readonly PickSubject[],
): Promise<readonly (Identifier | undefined)[]> {
  const kinds = Object.keys(schema.identifiers)
  const rows = await duckdb.all<{ row: string }>(candidateSql, [
    JSON.stringify(subjects.map(toAsked)),
    JSON.stringify(kinds),
  ])
  const candidates = Map.groupBy(
    rows.map(({ row }) => candidateRow.parse(JSON.parse(row))),
    ({ ordinal }) => ordinal,
  )
  const rank = ({ own, kind }: Candidate): number =>
    (own ? 0 : 2 * kinds.length) +
    (schema.identifiers[kind]?.form === 'exact' ? 0 : kinds.length) +
    kinds.indexOf(kind)
  return subjects.map((_subject, ordinal) => {
    const [best] = (candidates.get(ordinal) ?? []).sort(
      (one, other) => rank(one) - rank(other) || (one.value < other.value ? -1 : 1),
    )
    return best && { kind: best.kind, value: best.value }
  })
}

function toAsked(subject: PickSubject, ordinal: number): object {
  const nobody = { ordinal, profile: null, connection: null, stream: null, external_id: null }
  if ('profileId' in subject) return { ...nobody, profile: String(profileNumber(subject.profileId) ?? -1n) }
  const { connection, stream, externalId } = subject
  return { ...nobody, connection, stream, external_id: externalId }
}

const candidateSql = `
  WITH asked AS (
      SELECT unnest(from_json($1::JSON,
        '[{"ordinal":"BIGINT","profile":"BIGINT","connection":"VARCHAR","stream":"VARCHAR","external_id":"VARCHAR"}]'), recursive := true)),
    whose AS (
      SELECT a.ordinal, t.profile_id
      FROM (SELECT *, ${keyHash('connection', 'stream', 'external_id')} AS key_hash FROM asked WHERE profile IS NULL) a
        JOIN source_record s USING (key_hash) JOIN record_trait t USING (record_id)
      WHERE s.connection = a.connection AND s.stream = a.stream AND s.external_id = a.external_id
      UNION ALL SELECT ordinal, profile FROM asked WHERE profile IS NOT NULL),
    named AS (
      SELECT w.ordinal, i.kind, i.value, bool_or(i.value IS NOT DISTINCT FROM s.external_id) AS own
      FROM whose w JOIN record_trait t USING (profile_id) JOIN every_identifier i USING (record_id)
        LEFT JOIN source_record s USING (record_id)
      WHERE NOT t.deleted AND list_contains(from_json($2::JSON, '["VARCHAR"]'), i.kind)
      GROUP BY ALL),
    alone AS (
      SELECT i.kind, i.value FROM every_identifier i SEMI JOIN named USING (kind, value) JOIN record_trait t USING (record_id)
      GROUP BY ALL HAVING count(DISTINCT t.profile_id) = 1)
  SELECT to_json({ordinal: ordinal, kind: kind, value: value, own: own}) AS row FROM named SEMI JOIN alone USING (kind, value)`
