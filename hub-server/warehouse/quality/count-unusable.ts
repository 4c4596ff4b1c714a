import type { JsonValue } from '../../../core/port/json.ts'
import { createNormaliser } from '../../../core/profile/normalise-record.ts'
import type { ProfileSchema } from '../../../core/profile/profile-schema.ts'
import { isJsonObject } from '../../../core/profile/read-field.ts'
import type { DuckDb } from '../duckdb.ts'
import type { MappedStream, StreamTarget } from './stream-targets.ts'

/** Records looked at for the reasons. Where more are told and not usable, the counts are those of the first so many. */
const mostLookedAt = 100_000
const atOnce = 5000

/**
 * Counts, by reason, the records whose source field tells a value that the mapping could not use. DuckDB finds those that tell something
 * and have nothing; only they are read again.
 */
export async function countUnusable(
  duckdb: DuckDb,
  schema: ProfileSchema,
  stream: MappedStream,
  target: StreamTarget,
): Promise<ReadonlyMap<string, number>> {
  const { connection, stream: name } = stream
  const mapped = { [target.name]: target.mapping }
  const normalise = createNormaliser(
    {
      identifiers: target.kind === 'identifier' ? mapped : {},
      traits: target.kind === 'trait' ? mapped : {},
      consents: [],
      events: [],
    },
    schema,
  )
  const pointers = [target.mapping.from].flat().flatMap(pointersOf)
  const told = pointers.map(
    (_, at) => `nullif(trim(json_extract_string(s.fields, $${at + 3})), '') IS NOT NULL`,
  )
  await duckdb.run(
    `CREATE OR REPLACE TEMP TABLE quality_unusable AS
     SELECT s.fields, row_number() OVER () AS id FROM source_record s JOIN told_record t USING (record_id)
     WHERE s.connection = $1 AND s.stream = $2 AND NOT s.deleted AND t.${target.column} IS NULL AND (${told.join(' OR ')})
     LIMIT ${mostLookedAt}`,
    [connection, name, ...pointers],
  )
  const counts = new Map<string, number>()
  for (let first = 1; ; first += atOnce) {
    const rows = await duckdb.all<{ fields: string }>(
      `SELECT fields FROM quality_unusable WHERE id BETWEEN $1 AND $2`,
      [first, first + atOnce - 1],
    )
    if (rows.length === 0) break
    for (const { fields } of rows) {
      const raw: JsonValue = JSON.parse(fields)
      const [invalid] = normalise(isJsonObject(raw) ? raw : {}).invalid
      if (invalid) counts.set(invalid.code, (counts.get(invalid.code) ?? 0) + 1)
    }
  }
  await duckdb.run(`DROP TABLE quality_unusable`)
  return counts
}

/** JSON pointers (RFC 6901) to where `createFieldReader` looks: the whole name, else the path of names. */
function pointersOf(field: string): string[] {
  const escaped = field.replaceAll('~', '~0').replaceAll('/', '~1')
  return field.includes('.') ? [`/${escaped}`, `/${escaped.replaceAll('.', '/')}`] : [`/${escaped}`]
}
