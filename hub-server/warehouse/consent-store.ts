import type { Clock } from '../../core/port/clock.ts'
import type { ConsentStore } from '../../core/port/consent-store.ts'
import type { ProfileSchema } from '../../core/profile/profile-schema.ts'
import { appendEntries } from './consent/append-entries.ts'
import { readLedger } from './consent/read-ledger.ts'
import type { DuckDb } from './duckdb.ts'

/** The ledger of consents on DuckDB. The tables must have been prepared for `schema`. */
export function createConsentStore(duckdb: DuckDb, schema: ProfileSchema, clock: Clock): ConsentStore {
  return {
    append: (entries) =>
      duckdb.transaction(() => appendEntries({ duckdb, schema, now: clock.now() }, entries)),
    ledger: (profileId) => readLedger(duckdb, profileId),
  }
}
