import { withoutDerivedTraits } from '../../core/computed/derived-traits.ts'
import { AffluentError } from '../../core/errors/affluent-error.ts'
import type { IdentityManifest } from '../../core/manifest/manifest.ts'
import type { Clock } from '../../core/port/clock.ts'
import type { ExplainedPair, IdentityStore, ReviewPair } from '../../core/port/identity-store.ts'
import type { ProfileSchema } from '../../core/profile/profile-schema.ts'
import type { DuckDb } from './duckdb.ts'
import { decidePair, mergePeople, unmergePerson } from './identity/decide-people.ts'
import { compileIdentity } from './identity/identity-rules.ts'
import { findLookalikes } from './identity/lookalikes.ts'
import { isMatchDue, matchProfiles, matchSource, readModel } from './identity/match-profiles.ts'
import type { IdentityContext } from './identity/resolve-again.ts'
import { showPerson } from './identity/show-person.ts'
import { explainPair } from './matching/explain-pair.ts'
import { dropMatching } from './matching/match-records.ts'
import { prepareLinkable } from './matching/prepare-linkable.ts'

export interface IdentityStoreOptions {
  readonly duckdb: DuckDb
  readonly clock: Clock
  readonly schema: ProfileSchema
  readonly identity: IdentityManifest | undefined
}

/** Who is who, over the DuckDB warehouse. Must not run while a refresh does. */
export function createIdentityStore({
  duckdb,
  clock,
  schema: declared,
  identity,
}: IdentityStoreOptions): IdentityStore {
  // Profiles are built by what sources tell.
  const schema = withoutDerivedTraits(declared)
  const context: IdentityContext = { duckdb, clock, schema, rules: compileIdentity(identity, schema) }
  return {
    show: (person) => showPerson({ ...context, schema: declared }, person),
    lookalikes: (limit) => duckdb.snapshot(() => findLookalikes(duckdb, schema, { limit })),
    merge: (one, other, settle) => mergePeople(context, [one, other], settle),
    unmerge: (person, records, settle) => unmergePerson(context, { person, records }, settle),
    isMatchDue: async () => identity?.matching !== undefined && isMatchDue(duckdb, identity.matching),
    match: async (options) => identity?.matching && matchProfiles(context, identity.matching, options),
    review: (page) => duckdb.snapshot(() => readReview(duckdb, page)),
    explainPair: (pair) => explainReviewed(context, identity, pair),
    async decide(pair, verdict) {
      await decidePair(context, await requirePair(duckdb, pair), verdict)
    },
  }
}

const reviewSql = `
  SELECT r.left_record, r.right_record, r.weight, r.reason,
    a.connection AS left_connection, a.stream AS left_stream, coalesce(s.external_id, '#' || a.record_id) AS left_id, a.profile_id AS left_profile,
    b.connection AS right_connection, b.stream AS right_stream, coalesce(t.external_id, '#' || b.record_id) AS right_id, b.profile_id AS right_profile
  FROM identity_review r JOIN record_trait a ON a.record_id = r.left_record JOIN record_trait b ON b.record_id = r.right_record
  LEFT JOIN source_record s ON s.record_id = r.left_record LEFT JOIN source_record t ON t.record_id = r.right_record
  WHERE a.profile_id <> b.profile_id
    AND ($1::DOUBLE IS NULL OR r.weight < $1 OR (r.weight = $1 AND (r.left_record, r.right_record) > ($2::BIGINT, $3::BIGINT)))
  ORDER BY r.weight DESC, r.left_record, r.right_record`

interface ReviewRow extends Readonly<
  Record<`${'left' | 'right'}_${'connection' | 'stream' | 'id'}`, string>
> {
  readonly left_record: bigint
  readonly right_record: bigint
  readonly left_profile: bigint
  readonly right_profile: bigint
  readonly weight: number
  readonly reason: ReviewPair['reason']
}

async function readReview(
  duckdb: DuckDb,
  { limit, after }: Parameters<IdentityStore['review']>[0],
): Promise<ReviewPair[]> {
  const [left = null, right = null] = after?.pair.split('-').map(BigInt) ?? []
  const rows = await duckdb.all<ReviewRow>(`${reviewSql} LIMIT ${Math.trunc(limit)}`, [
    after?.weight ?? null,
    left,
    right,
  ])
  return rows.map((row) => ({
    pair: `${row.left_record}-${row.right_record}`,
    left: {
      connection: row.left_connection,
      stream: row.left_stream,
      externalId: row.left_id,
      profileId: `p_${row.left_profile}`,
    },
    right: {
      connection: row.right_connection,
      stream: row.right_stream,
      externalId: row.right_id,
      profileId: `p_${row.right_profile}`,
    },
    weight: row.weight,
    reason: row.reason,
  }))
}

async function requirePair(duckdb: DuckDb, pair: string): Promise<readonly [bigint, bigint]> {
  const [left, right] = (/^(\d{1,18})-(\d{1,18})$/.exec(pair) ?? []).slice(1).map(BigInt)
  const fail = new AffluentError('identity.no_such_pair', {
    act: 'affluent profiles review',
    pair: pair.slice(0, 64),
  })
  if (left === undefined || right === undefined) throw fail
  const row = await duckdb.one(
    `SELECT 1 FROM identity_review WHERE left_record = $1 AND right_record = $2
     UNION ALL SELECT 1 FROM identity_link WHERE left_record = $1 AND right_record = $2`,
    [left, right],
  )
  if (!row) throw fail
  return [left, right]
}

/** Why a pair of the review list, or a link, weighs what it weighs. */
async function explainReviewed(
  { duckdb, schema }: IdentityContext,
  identity: IdentityManifest | undefined,
  pair: string,
): Promise<ExplainedPair> {
  return duckdb.snapshot(async () => {
    const [left, right] = await requirePair(duckdb, pair)
    const kept = await readModel(duckdb)
    const matching = identity?.matching
    if (!matching || !kept || kept.model.comparisons.length !== matching.compare.length)
      throw new AffluentError('identity.not_matched', { act: 'affluent profiles review' })
    try {
      const { codings } = await prepareLinkable(duckdb, matchSource(schema), matching)
      return await explainPair(duckdb, { matching, codings }, kept.model, { left, right })
    } finally {
      await dropMatching(duckdb)
    }
  })
}
