import type { QuarantinedRow, SourceRecord } from '../connector/source.ts'
import type { MappingManifest } from '../manifest/manifest.ts'
import type { ProfileSchema } from '../profile/profile-schema.ts'
import type { JsonValue } from './json.ts'

export interface StreamRef {
  readonly connection: string
  readonly stream: string
}

export interface PageWrite {
  readonly stream: StreamRef
  readonly runId: string
  /** Epoch milliseconds. */
  readonly receivedAt: number
  readonly records: readonly SourceRecord[]
  readonly quarantined: readonly QuarantinedRow[]
  /** False: no refresh follows soon, so nothing of the page is prepared for it. Default true. */
  readonly refreshFollows?: boolean
}

/** What a page did: `unchanged` records had the same version and fields as those stored. */
export interface PageCounts {
  readonly written: number
  readonly unchanged: number
}

export interface RefreshReport {
  /** Source records that were normalised again. */
  readonly normalised: number
  /** Values that a mapping could not use, by "stream field code". The record keeps its other values. */
  readonly invalid: Readonly<Record<string, number>>
  readonly profilesCreated: number
  readonly profilesUpdated: number
  readonly profilesRemoved: number
  readonly events: number
  /** Records that the checks of their stream hold back; absent: none. */
  readonly heldBack?: number
}

/** One value of a profile and where it came from. */
export interface ProvenValue {
  readonly value: JsonValue
  readonly connection: string
  readonly stream: string
  readonly externalId: string
  /** Epoch milliseconds. */
  readonly versionAt: number
  readonly runId: string
}

/** A value that no source told: computed, joined from an external table, or filled in because `from` is missing. */
export type DerivedValue =
  | { readonly value: JsonValue; readonly origin: 'computed' }
  | { readonly value: JsonValue; readonly origin: 'imputed'; readonly from: string }
  | {
      readonly value: JsonValue
      readonly origin: 'enriched'
      readonly enrichment: string
      /** Who published the table, and under which licence. */
      readonly source: string
      readonly licence: string
      /** Epoch milliseconds at which the table was read. */
      readonly readAt: number | null
    }

/** Everything the hub knows of one person, with its origin. */
export interface ProfileView {
  readonly profileId: string
  readonly traits: Readonly<Record<string, ProvenValue>>
  /** Computed and enriched traits as of the last evaluation. */
  readonly derivedTraits: Readonly<Record<string, DerivedValue>>
  readonly identifiers: readonly (ProvenValue & { readonly kind: string })[]
  readonly consents: readonly {
    readonly purpose: string
    readonly channel: string
    readonly status: 'granted' | 'denied'
    readonly decidedAt: number | null
    /** When the hub learned what decides, epoch milliseconds. */
    readonly notedAt: number
    /** Who told it: "connection/stream" of a record or a platform, else who noted it. */
    readonly source: string
  }[]
  readonly sourceRecords: readonly (StreamRef & { readonly externalId: string; readonly deleted: boolean })[]
  readonly events: number
}

/**
 * The warehouse's side of pulling: raw records in, resolved profiles and events out, in set operations. The raw records are kept, so
 * that a new mapping needs no new pull.
 */
export interface ProfileStore {
  /** Makes the tables and typed columns for this profile schema. */
  prepare(schema: ProfileSchema): Promise<void>
  /**
   * Names the mappings that the next refresh will be asked for, so that pages can be normalised while further ones are read. A hint:
   * what comes out does not depend on it.
   */
  expect(mappings: readonly MappingManifest[]): void
  /** Writes one page durably, all or nothing. Writing a page twice changes nothing. */
  writePage(page: PageWrite): Promise<PageCounts>
  /** After a complete full read: marks as deleted the stream's records that run `runId` did not see. Returns their number. */
  markAbsent(stream: StreamRef, runId: string): Promise<number>
  /**
   * Normalises the source records that changed since the last refresh (all of a stream when its mapping changed), resolves who is
   * who, and rebuilds the profiles and events they touch. Interrupted, it does the same work again at the next call.
   */
  refresh(
    mappings: readonly MappingManifest[],
    options: { onProgress?: (done: number, total: number) => void; signal?: AbortSignal },
  ): Promise<RefreshReport>
  /** Finds a profile by id ("p_12") or by any identifier value, normalised or as a person would type it. */
  findProfile(person: string): Promise<ProfileView | undefined>
  /** The id of the same profile, at a fraction of the cost. */
  findProfileId(person: string): Promise<string | undefined>
  counts(): Promise<{ readonly profiles: number; readonly events: number; readonly sourceRecords: number }>
  /**
   * True when so many events lie in the order of their coming that those of a few people are found slowly. To rewrite the file
   * (`PersonRights.compact`) brings each person's together.
   */
  eventsLieApart(): Promise<boolean>
  /** Ends what goes on beside: it would otherwise meet a warehouse that is closed under its hands. */
  close(): Promise<void>
}
