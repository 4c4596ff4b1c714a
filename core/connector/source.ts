import type { JsonObject, JsonValue } from '../port/json.ts'
import type { ConnectorContext } from './connector.ts'
import type { Reason } from './outcome.ts'

/** One raw object of a stream, as the platform gave it. `externalId` is unique in the stream. */
export interface SourceRecord {
  readonly externalId: string
  /** When this version came to be, epoch milliseconds; null when the platform does not say. */
  readonly versionAt: number | null
  /** True when the platform says the object is gone. */
  readonly deleted: boolean
  readonly fields: JsonObject
  /** Former ids of this object after a merge on the platform. */
  readonly mergedIds?: readonly string[]
}

/** A row that could not become a record. Kept in quarantine with its place and reason; its neighbours go on. */
export interface QuarantinedRow {
  /** Where it stands in the source: "line 1042". Numbers only, no content. */
  readonly place: string
  readonly reason: Reason
  /** The raw text, cut to 64 KiB, so that the row can be replayed once repaired. */
  readonly raw: string
}

/** The platform's opaque position. What the hub stored durably after it is the checkpoint. */
export type Cursor = JsonValue

export interface SourcePage {
  readonly records: readonly SourceRecord[]
  readonly quarantined: readonly QuarantinedRow[]
  /** Position after this page: handing it back resumes there without loss. */
  readonly cursor: Cursor
  /** Fraction done in [0, 1], where the source can tell. */
  readonly progress?: number
}

export interface ReadRequest {
  /** Null reads everything; otherwise only what changed since that position. */
  readonly cursor: Cursor | null
  /** The fields that mappings use: only these are fetched (data minimisation). */
  readonly fields: readonly string[]
  readonly signal: AbortSignal
}

/** A stream that a connection can be read from. */
export interface Source<Config> {
  readonly name: string
  readonly description: string
  /** How the stream tells about objects that are gone. `absence`: a full read that lacks them. Default `none`. */
  readonly deletions: 'none' | 'flag' | 'absence'
  /** True when a cursor of an ended read can be handed back later to get only changes. Default false. */
  readonly incremental: boolean
  /** Fields every record may carry, for suggestions; null when they depend on the account or file. */
  readonly fields: readonly string[] | null
  /** Reads pages in order until the end. A page is written durably before the next is asked for. */
  readonly read: (context: ConnectorContext<Config>, request: ReadRequest) => AsyncIterable<SourcePage>
}
