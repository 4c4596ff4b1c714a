import { AffluentError } from '../../../core/errors/affluent-error.ts'
import type { DuckDb } from '../duckdb.ts'
import type { IdentityRules } from './identity-rules.ts'

/** A profile is a crowd when it has at least so many living records, and more than this share of all. */
const crowd = { records: 20, share: 0.1 }

/**
 * Refuses rules that would make one profile of everybody, such as a country taken for an identifier: throws
 * `identity.merges_everything` with the size of the largest profile, and the identifier kind that holds it together. To be called in the
 * transaction that resolved `label` and `dirty_profile`, so that nothing of it remains. Without an identity manifest nobody asked for a check.
 */
export async function refuseMergedCrowd(duckdb: DuckDb, { digest }: IdentityRules): Promise<void> {
  if (digest === '') return
  const most = await duckdb.one<{ records: bigint | null }>(
    `SELECT max(records) AS records FROM (SELECT count(*) AS records FROM label GROUP BY profile_id)`,
  )
  if (Number(most?.records ?? 0) < crowd.records) return
  const row = await duckdb.one<{ profile_id: bigint; size: bigint; records: bigint }>(
    `WITH living AS (SELECT profile_id, count(*) AS size FROM record_trait SEMI JOIN dirty_profile USING (profile_id)
       WHERE NOT deleted GROUP BY profile_id)
     SELECT profile_id, size, (SELECT count(*) FROM record_trait WHERE NOT deleted) AS records
     FROM living ORDER BY size DESC LIMIT 1`,
  )
  if (!row) return
  const [largest, records] = [Number(row.size), Number(row.records)]
  if (largest < crowd.records || largest <= crowd.share * records) return
  const culprit = await duckdb.one<{ kind: string; distinct_values: bigint }>(
    `SELECT kind, count(DISTINCT value) AS distinct_values FROM every_identifier JOIN record_trait USING (record_id)
     WHERE profile_id = $1 AND NOT deleted GROUP BY kind ORDER BY count(*) / count(DISTINCT value) DESC, kind LIMIT 1`,
    [row.profile_id],
  )
  throw new AffluentError('identity.merges_everything', {
    act: 'resolving who is who',
    largest,
    records,
    kind: culprit?.kind ?? '',
    values: Number(culprit?.distinct_values ?? 0),
  })
}
