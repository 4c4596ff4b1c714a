import { VARCHAR } from '@duckdb/node-api'
import type { DuckDb } from '../duckdb.ts'

/** What a comparison changed, in people. */
export interface ComparedMembers {
  /** Taken for delivered, and not on the platform. */
  readonly missing: number
  /** Taken for removed, and on the platform. */
  readonly returned: number
}

/**
 * Brings delivery to what the platform holds, by its keys. Rows without a key, and such as wait for a job, are left: nothing is known of them. Keys
 * that the hub never saw are not its members, or were added after what it remembers; who of them belongs there is added again, which changes nothing.
 */
export async function compareMembers(
  duckdb: DuckDb,
  sync: string,
  pages: AsyncIterable<readonly string[]>,
): Promise<ComparedMembers> {
  const keys: string[] = []
  for await (const page of pages) keys.push(...page)
  return duckdb.transaction(async () => {
    await duckdb.run(`CREATE OR REPLACE TEMP TABLE found_member (key VARCHAR)`)
    if (keys.length > 0) await duckdb.append('found_member', { types: [VARCHAR], columns: [keys] })
    const missing = await duckdb.run(
      `UPDATE delivery SET held = false, status = 'removed'
      WHERE sync = $1 AND held AND key IS NOT NULL AND status <> 'accepted' AND key NOT IN (SELECT key FROM found_member)`,
      [sync],
    )
    const returned = await duckdb.run(
      `UPDATE delivery SET held = true, status = 'applied', operation = 'add'
      WHERE sync = $1 AND NOT held AND key IS NOT NULL AND status <> 'accepted' AND key IN (SELECT key FROM found_member)`,
      [sync],
    )
    await duckdb.run(`DROP TABLE found_member`)
    return { missing, returned }
  })
}
