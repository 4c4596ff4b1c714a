import type { SampledPerson } from '../../../core/port/segment-insight.ts'
import type { ProfileSchema } from '../../../core/profile/profile-schema.ts'
import { quoteName } from '../../../core/sql/dialect.ts'
import { duckdbDialect } from '../../../core/sql/dialects/duckdb.ts'
import type { DuckDbSession } from '../duckdb.ts'
import { identifierColumn } from '../tables.ts'
import { toDuckDb } from './bound-values.ts'
import type { AskedTables } from './count-nodes.ts'

/** Members of a counted rule in the order of a hash of their ids: no kind of people comes first, and the same come every time. */
export async function sampleMembers(
  session: DuckDbSession,
  { plan, bits, patterns }: AskedTables,
  request: { readonly seat: string; readonly schema: ProfileSchema; readonly most: number },
): Promise<SampledPerson[]> {
  const seat = plan.seats.get(request.seat)
  if (!seat) return []
  const kinds = Object.keys(request.schema.identifiers)
  const samePattern = plan.words.map((word) => `a.${word} = b.${word}`).join(' AND ')
  const columns = kinds.map((kind, index) => `f.${quote(identifierColumn(kind))} AS i${index}`)
  const rows = await session.all<Record<string, string | null> & { profile_id: bigint }>(
    `SELECT ${['f.profile_id', ...columns].join(', ')} FROM (
       SELECT b.profile_id FROM ${bits} b JOIN ${patterns} a ON ${samePattern}
       WHERE (a.${seat.column} & ${seat.bit}::BIGINT) <> 0 ORDER BY hash(b.profile_id) LIMIT ${request.most}
     ) s JOIN profile f ON f.profile_id = s.profile_id ORDER BY hash(f.profile_id)`,
  )
  return rows.map((row) => ({
    profileId: `p_${row.profile_id}`,
    identifiers: kinds.flatMap((kind, index) => {
      const value = row[`i${index}`]
      return value === null || value === undefined ? [] : [{ kind, value }]
    }),
  }))
}

const quote = (name: string): string => toDuckDb(quoteName(duckdbDialect, name)).text
