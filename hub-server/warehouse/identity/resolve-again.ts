import { BIGINT } from '@duckdb/node-api'
import type { Clock } from '../../../core/port/clock.ts'
import type { ProfileSchema } from '../../../core/profile/profile-schema.ts'
import type { DuckDb } from '../duckdb.ts'
import { bringIn, dropScratchTables } from '../profile/refresh.ts'
import { createStagingTables } from '../profile/stage-block.ts'
import type { IdentityRules } from './identity-rules.ts'

/** What who-is-who is worked out with. */
export interface IdentityContext {
  readonly duckdb: DuckDb
  readonly clock: Clock
  readonly schema: ProfileSchema
  readonly rules: IdentityRules
}

/**
 * Resolves some profiles, and those that hang together with them, again: after a link or a decision changed. Must run inside a
 * transaction, and not while pages are being staged for a refresh.
 */
export async function resolveAgain(
  context: IdentityContext,
  profiles: readonly bigint[],
): ReturnType<typeof bringIn> {
  const { duckdb, schema } = context
  try {
    await createStagingTables(duckdb, schema, [])
    await duckdb.run(`CREATE OR REPLACE TEMP TABLE asked_profile (profile_id BIGINT)`)
    await duckdb.append('asked_profile', { types: [BIGINT], columns: [[...new Set(profiles)]] })
    return await bringIn(context)
  } finally {
    await dropScratchTables(duckdb)
  }
}
