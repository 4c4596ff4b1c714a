import type { z } from 'zod'
import type { JsonObject, JsonValue } from '../port/json.ts'
import type { ConnectorContext } from './connector.ts'
import type { JobState, Outcome, Reason, UntoldReject } from './outcome.ts'

/** The platform's own list, found or created by name. */
export interface Audience {
  readonly externalId: string
  readonly name: string
  /** Where a person opens it on the platform. */
  readonly url?: string
}

/** One profile on its way to an audience: its fields, already mapped; values are not hashed yet. */
export interface DestinationRecord {
  /** The platform's id of this person, when an earlier outcome or an identifier told it. */
  readonly key?: string
  readonly fields: Readonly<Record<string, JsonValue>>
}

/** A field of the destination that a manifest may map a trait or identifier to. */
export interface DestinationField {
  readonly type: 'text' | 'number' | 'boolean' | 'date' | 'datetime'
  readonly description: string
  /**
   * The identifier kind that this field matches people by, if it does. A record without any matching field cannot be matched
   * and is never sent.
   */
  readonly matches?: 'email' | 'phone' | 'platform_id' | 'other'
  /**
   * Name of a setting of the audience. Where that setting is true this field must be mapped, elsewhere it must not be: the platform
   * takes its values only in audiences made for them.
   */
  readonly neededBy?: string
  /**
   * True of a field that tells the platform what the person allows. Mapped from a consent that nobody decided about, it says "unknown"
   * instead of being left out, so that no default of the connection speaks for the person.
   */
  readonly tellsConsent?: boolean
}

/** What a destination can do. Every capability is "no" unless stated; the sync plan refuses what is not there before any request. */
interface DestinationCapabilities {
  /** Members can be taken off. Without it only `add_only` syncs are allowed. */
  readonly remove?: boolean
  /** A member's fields can be changed in place by sending the row again. Without it a changed row is removed and added. */
  readonly update?: boolean
  /** Members can be listed, so an unknown batch and drift are settled by reading. Without it only the size is compared. */
  readonly readMembers?: boolean
  /** The platform tells the audience's size. */
  readonly readSize?: boolean
  /** A missing audience can be created. Without it a person must make it first. */
  readonly create?: boolean
  /** All members can be exchanged at once, without the audience losing its id. Needed for syncs of mode `replace`. */
  readonly replace?: boolean
  /** Sending the same batch twice changes nothing. Without it an ambiguous batch must be settled by reading or by a person. */
  readonly repeatable?: boolean
}

/** The audience that a sync asks for. */
export interface WantedAudience {
  readonly name: string
  /** The platform's id, once the audience was found or created. */
  readonly externalId?: string
  /** As the manifest gives them, checked by the destination's `settings`. Default: none. */
  readonly settings?: JsonObject
}

export interface WriteRequest {
  readonly audience: Audience
  /** Settings of the audience, as for `find`. */
  readonly settings?: JsonObject
  readonly records: readonly DestinationRecord[]
  /** Names the batch: the same when it, or a part of it, is sent again, never used for another. Absent: it is no batch of a run. */
  readonly batch?: string
  readonly signal: AbortSignal
  /** Told what the platform counted as rejected without naming the records. */
  readonly noteUntold?: (untold: UntoldReject) => void
}

/** A record that would be refused: its place among those that were handed over, and why. */
export interface RefusedRecord {
  readonly index: number
  readonly reason: Reason
}

/**
 * An exchange of all members for others. Nothing of it counts before the last part was taken. A destination throws
 * `platform.session_lost` when the platform gave the exchange up: the hub then starts it anew under another session.
 */
export interface ReplaceRequest extends Omit<WriteRequest, 'records' | 'noteUntold'> {
  /** Names this attempt: the same after a restart of the hub, never used for another. */
  readonly session: string
  /** Records in all parts, those that were taken already included. */
  readonly total: number
  /** What the last part that was taken left behind; null when none was. */
  readonly state: JsonValue
  /** The records that are not taken yet, in parts of at most `recordsPerBatch`. May be read ahead. */
  readonly parts: AsyncIterable<readonly DestinationRecord[]>
}

/** What became of one part. */
export interface ReplacedPart {
  /** One per record, in order. */
  readonly outcomes: readonly Outcome[]
  readonly untold?: readonly UntoldReject[]
  /** Kept durably, and handed over when the exchange goes on after a restart. No personal data. */
  readonly state: JsonValue
}

/** What a job took, for platforms that tell its records apart. */
export interface TakenRecords {
  readonly audience: Audience
  /** The records that still wait for the job, in the order in which `outcomes` are given. */
  readonly read: () => Promise<readonly DestinationRecord[]>
  readonly signal: AbortSignal
}

/** A way of the platform for large first loads, mostly a job. */
export interface LargeLoad {
  /** A plan with more additions than this hands them over in the larger batches. */
  readonly above: number
  readonly recordsPerBatch: number
}

/** The size as the platform tells it: a number, or bounds where it blurs. Null where it will not say yet. */
export interface AudienceSize {
  readonly atLeast: number | null
  readonly atMost: number | null
  /** The platform says that it makes no use of so few. */
  readonly tooSmall?: boolean
}

/** An audience kind that a connection can be written to. */
export interface Destination<Config> {
  readonly kind: string
  readonly description: string
  readonly capabilities: DestinationCapabilities
  readonly fields: Readonly<Record<string, DestinationField>>
  /** Accepts any other field name (custom properties of the account). Default false. */
  readonly openFields?: boolean
  /**
   * Identifier kind (as mappings name it, e.g. `hubspot_contact_id`) whose value is the platform's own key of a person, so that a
   * person pulled from the platform is not looked up again.
   */
  readonly keyIdentifier?: string
  /** The largest batch the hub hands over at once. The connector cuts it into the platform's request sizes. */
  readonly recordsPerBatch: number
  /** Larger batches for plans with very many additions, where the platform has a way for them. Default: none. */
  readonly largeLoad?: LargeLoad
  /** Requests that a batch of this many records costs, for plans and forecasts. Default: one a batch. */
  readonly callsPerBatch?: (records: number) => number
  /** Fewest members for the audience to be of use on the platform. Default 0. */
  readonly minimumSize?: number
  /** Milliseconds until a write can be seen by reading. Default 0. */
  readonly visibleAfterMs?: number
  /** What a manifest may set of an audience of this kind, each with its description. Default: nothing. */
  readonly settings?: z.ZodType<JsonObject>
  /**
   * Finds the audience by stored id, else by name; null when it does not exist. Throws `platform.audience_unusable` when it was made
   * with other settings that cannot be changed.
   */
  readonly find: (context: ConnectorContext<Config>, wanted: WantedAudience) => Promise<Audience | null>
  readonly create?: (
    context: ConnectorContext<Config>,
    wanted: Omit<WantedAudience, 'externalId'>,
  ) => Promise<Audience>
  /** Adds or updates. Returns one outcome per record, in the order given. */
  readonly add: (context: ConnectorContext<Config>, request: WriteRequest) => Promise<readonly Outcome[]>
  /**
   * Asks the platform whether `add` would take these records, and changes nothing there. Names those it would refuse; throws what
   * `add` would throw. Default: the platform cannot be asked.
   */
  readonly validate?: (
    context: ConnectorContext<Config>,
    request: WriteRequest,
  ) => Promise<readonly RefusedRecord[]>
  /** Takes off. Returns one outcome per record, in the order given. `fields` are those that were sent when it was added. */
  readonly remove?: (context: ConnectorContext<Config>, request: WriteRequest) => Promise<readonly Outcome[]>
  /** Exchanges all members for the given ones. Gives what became of each part, in order, once the platform took it. */
  readonly replace?: (
    context: ConnectorContext<Config>,
    request: ReplaceRequest,
  ) => AsyncIterable<ReplacedPart>
  /** Pages of member keys, comparable with the keys of outcomes. */
  readonly readMembers?: (
    context: ConnectorContext<Config>,
    audience: Audience,
    signal: AbortSignal,
  ) => AsyncIterable<readonly string[]>
  readonly readSize?: (context: ConnectorContext<Config>, audience: Audience) => Promise<AudienceSize>
  /**
   * How far a job is that `accepted` outcomes named. Needed where `add` or `remove` answers `accepted`. Finishes what the job leaves
   * to do (memberships of the contacts that it made) before it says "done". The hub always hands over what the job took.
   */
  readonly readJob?: (
    context: ConnectorContext<Config>,
    job: string,
    taken?: TakenRecords,
  ) => Promise<JobState>
}
