import { listValue } from '@duckdb/node-api'
import type { SegmentReport } from '../../../core/port/segment-store.ts'
import type { Rule } from '../../../core/segment/rule.ts'
import type { DuckDb } from '../duckdb.ts'
import { digestSegment, type StoredFailure } from './read-states.ts'

/** Notes that these segments were evaluated, in the transaction that wrote their memberships. Their failures are over. */
export async function noteEvaluated(
  duckdb: DuckDb,
  {
    segments,
    reports,
  }: { readonly segments: ReadonlyMap<string, Rule>; readonly reports: readonly SegmentReport[] },
  asOf: number,
): Promise<void> {
  if (reports.length === 0) return
  const names = reports.map(({ segment }) => segment)
  await duckdb.run(`DELETE FROM segment_state WHERE segment IN (SELECT unnest($1))`, [listValue(names)])
  await duckdb.run(
    `INSERT INTO segment_state SELECT unnest($1), unnest($2), make_timestamp($3::BIGINT * 1000), unnest($4::BIGINT[]), NULL`,
    [
      listValue(names),
      listValue(names.map((name) => digestSegment(name, segments))),
      BigInt(asOf),
      listValue(reports.map(({ members }) => BigInt(members))),
    ],
  )
}

/** Notes that a segment could not be evaluated; since when, if it is not the first time with this rule. Its memberships stay. */
export async function noteFailure(
  duckdb: DuckDb,
  { segment, digest }: { readonly segment: string; readonly digest: string },
  failure: StoredFailure,
): Promise<void> {
  const known = await duckdb.one(`SELECT 1 FROM segment_state WHERE segment = $1`, [segment])
  const text = JSON.stringify(failure)
  if (!known) {
    await duckdb.run(`INSERT INTO segment_state VALUES ($1, $2, NULL, 0, $3)`, [segment, digest, text])
    return
  }
  await duckdb.run(`UPDATE segment_state SET failure = $2, rule_digest = $3 WHERE segment = $1`, [
    segment,
    text,
    digest,
  ])
}
