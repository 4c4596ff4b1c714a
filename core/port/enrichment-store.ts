import type { ErrorParams } from '../errors/affluent-error.ts'
import type { ErrorCode } from '../errors/error-codes.ts'
import type { EnrichmentManifest } from '../manifest/manifest.ts'

/** An external table as it was last read, and how many people it tells something about. */
export interface EnrichmentCoverage {
  readonly enrichment: string
  readonly file: string
  /** Who published the data, and under which licence: provenance of the traits. */
  readonly source: string
  readonly licence: string
  readonly traits: readonly string[]
  /** Epoch milliseconds of the last good read; null before the first. */
  readonly readAt: number | null
  readonly rows: number
  /** Rows that could not be read, or have no usable key. */
  readonly skippedRows: number
  /** Values that are not of the trait's type. Their rows keep the others. */
  readonly unusableValues: number
  /** Why the file as it is now could not be used; what was read before stays in force. */
  readonly error: { readonly code: ErrorCode; readonly params: ErrorParams } | null
  /** Profiles that have the key, and those of them that found a row. */
  readonly profilesWithKey: number
  readonly profilesMatched: number
  /** Keys that most profiles have in vain; none for keys that name a person. */
  readonly unmatchedKeys: readonly { readonly key: string; readonly profiles: number }[]
}

/** What a refresh did. */
export interface EnrichmentReport {
  readonly read: number
  readonly unchanged: number
  readonly failed: readonly {
    readonly enrichment: string
    readonly code: ErrorCode
    readonly params: ErrorParams
  }[]
}

/** External tables whose columns become traits. */
export interface EnrichmentStore {
  /**
   * Reads the tables that changed, that are due by their schedule, or whose manifest changed, each all or nothing, and forgets those
   * without a manifest. A file that cannot be used leaves what was read before in force and is told in the report.
   * `now`: epoch milliseconds.
   */
  refresh(
    manifests: readonly EnrichmentManifest[],
    options: { readonly now: number; readonly signal: AbortSignal },
  ): Promise<EnrichmentReport>
  coverage(): Promise<readonly EnrichmentCoverage[]>
}
