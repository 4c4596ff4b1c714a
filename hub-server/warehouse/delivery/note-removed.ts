import { BIGINT, VARCHAR } from '@duckdb/node-api'
import type { DuckDb } from '../duckdb.ts'

/** Marks members as no longer held by the platform, unless they were acknowledged after the removal. */
export async function noteRemovedElsewhere(
  duckdb: DuckDb,
  sync: string,
  removals: readonly { readonly key: string; readonly occurredAt: number }[],
): Promise<void> {
  await duckdb.transaction(async () => {
    await duckdb.run(`CREATE OR REPLACE TEMP TABLE removed_elsewhere (key VARCHAR, occurred_at BIGINT)`)
    await duckdb.append('removed_elsewhere', {
      types: [VARCHAR, BIGINT],
      columns: [
        removals.map(({ key }) => key),
        removals.map(({ occurredAt }) => BigInt(Math.round(occurredAt))),
      ],
    })
    await duckdb.run(
      `UPDATE delivery SET held = false, status = 'removed' FROM removed_elsewhere r
      WHERE delivery.sync = $1 AND delivery.key = r.key AND delivery.status IN ('applied', 'skipped') AND delivery.held
        AND delivery.acknowledged_at < make_timestamp(r.occurred_at * 1000)`,
      [sync],
    )
    await duckdb.run(`DROP TABLE removed_elsewhere`)
  })
}
