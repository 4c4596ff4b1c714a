import type { DuckDb } from '../duckdb.ts'
import type { IdentityRules } from './identity-rules.ts'

/**
 * When profiles were resolved by another identity manifest than this one, asks for all of them to be resolved again (`asked_profile`)
 * and notes the new one. To be called in the transaction that does so. Returns whether it asked.
 */
export async function askEverybody(duckdb: DuckDb, { digest }: IdentityRules): Promise<boolean> {
  const row = await duckdb.one<{ digest: string }>(`SELECT digest FROM identity_state`)
  if ((row?.digest ?? '') === digest) return false
  await duckdb.run(`DELETE FROM identity_state`)
  await duckdb.run(`INSERT INTO identity_state VALUES ($1)`, [digest])
  await duckdb.run(
    `CREATE OR REPLACE TEMP TABLE asked_profile AS SELECT DISTINCT profile_id FROM record_trait`,
  )
  return true
}
