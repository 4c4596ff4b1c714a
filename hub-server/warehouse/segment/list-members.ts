import type { SegmentMember } from '../../../core/port/segment-insight.ts'
import type { ProfileSchema } from '../../../core/profile/profile-schema.ts'
import { quoteName } from '../../../core/sql/dialect.ts'
import { duckdbDialect } from '../../../core/sql/dialects/duckdb.ts'
import type { DuckDb } from '../duckdb.ts'
import { identifierColumn } from '../tables.ts'
import { toDuckDb } from './bound-values.ts'
import { warehouseCatalogue } from './warehouse-catalogue.ts'

/** A page of the current members of a segment, by profile id. `after`: number of the last profile of the page before. */
export async function listMembers(
  duckdb: DuckDb,
  schema: ProfileSchema,
  request: { readonly segment: string; readonly after: bigint; readonly limit: number },
): Promise<SegmentMember[]> {
  const { segment, after, limit } = request
  const kinds = Object.keys(schema.identifiers)
  const columns = kinds.map((kind, index) => `f.${quote(identifierColumn(kind))} AS i${index}`)
  const rows = await duckdb.read<
    Record<`i${number}`, string | null> & { readonly profile_id: bigint; readonly since: number }
  >(
    `SELECT ${['f.profile_id', 'epoch_ms(m.entered_at)::DOUBLE AS since', ...columns].join(', ')}
     FROM ${warehouseCatalogue.membership} m JOIN profile f ON f.profile_id = m.profile_id
     WHERE m.segment = $1 AND m.exited_at IS NULL AND m.profile_id > $2
     ORDER BY f.profile_id LIMIT ${limit}`,
    [segment, after],
  )
  return rows.map((row) => ({
    profileId: `p_${row.profile_id}`,
    since: row.since,
    identifiers: kinds.flatMap((kind, index) => {
      const value = row[`i${index}`]
      return value === null || value === undefined ? [] : [{ kind, value }]
    }),
  }))
}

const quote = (name: string): string => toDuckDb(quoteName(duckdbDialect, name)).text
