import type { Clock } from '../../core/port/clock.ts'
import type { ConsentStore } from '../../core/port/consent-store.ts'
import type { ProfileSchema } from '../../core/profile/profile-schema.ts'
import { appendEntries } from './consent/append-entries.ts'
import { toProfileNumber } from './consent/profile-number.ts'
import { readLedger } from './consent/read-ledger.ts'
import type { DuckDb } from './duckdb.ts'
import type { IdentifierDigest } from './suppression/digest.ts'
import { isSuppressed } from './suppression/find-suppressed.ts'

export interface ConsentStoreOptions {
  readonly duckdb: DuckDb
  readonly schema: ProfileSchema
  readonly digest: IdentifierDigest
  readonly clock: Clock
}

/** The ledger of consents on DuckDB. The tables must have been prepared for `schema`. */
export function createConsentStore(options: ConsentStoreOptions): ConsentStore {
  const { duckdb, schema, clock } = options
  let revision = 0
  return {
    async append(entries) {
      const done = await duckdb.transaction(() =>
        appendEntries({ duckdb, schema, now: clock.now() }, entries),
      )
      if (done.noted > 0) revision += 1
      return done
    },
    revision: () => revision,
    ledger: (profileId) => duckdb.snapshot(() => readLedger(duckdb, schema, profileId)),
    async isSuppressed(profileId) {
      const number = toProfileNumber(profileId)
      return number !== undefined && isSuppressed(options, number)
    },
  }
}
