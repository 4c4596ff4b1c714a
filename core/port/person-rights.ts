import type { PersonToErase } from '../connector/connector.ts'
import type { RetentionClass } from '../manifest/retention.ts'
import type { ErasedCounts } from '../person-request/erasure.ts'
import type { NamedObject } from './erasure-book.ts'
import type { JsonValue } from './json.ts'
import type { StreamRef } from './profile-store.ts'

/** A connection that was ever sent a person, with all that it was sent of them. */
export interface SentTo {
  readonly connection: string
  readonly audiences: readonly string[]
  /** Epoch milliseconds; null where only a plan says that it may have been sent. */
  readonly lastAt: number | null
  /** True while the platform may still be at work on what it was sent. */
  readonly inFlight: boolean
  readonly person: PersonToErase
}

/** Whoever applies manifests: which audience each sync writes to. */
export interface SyncTarget {
  readonly sync: string
  readonly connection: string
  readonly kind: string
  readonly audience: string
}

/** What erasing a person would take away here, and who was ever sent them. */
export interface ErasureScope {
  readonly profileId: string
  /** Rows by class: source_records, identifiers, traits, events, memberships, deliveries, plan_rows, quarantine, others. */
  readonly counts: ErasedCounts
  /** Streams that told of the person: the sources keep what they hold. */
  readonly sources: readonly StreamRef[]
  /** Objects of platforms that named the person. */
  readonly objects: readonly NamedObject[]
  readonly sentTo: readonly SentTo[]
  /** Source records of other people that mention an e-mail address or phone number of this one; they stay. */
  readonly mentions: number
}

/** One row of a table about a person, as it is handed to them. */
export type ExportRow = Readonly<Record<string, JsonValue>>

/** Everything the hub holds of a person, by table. */
export interface PersonExport {
  readonly profileId: string
  readonly tables: Readonly<Record<string, readonly ExportRow[]>>
}

/** A correction of one value. */
export interface Correction {
  readonly trait: string
  /** As a person types it; null: the value is known to be empty. */
  readonly value: string | null
}

/** How long classes are kept, in days, at an instant. */
export interface RetentionOrder {
  readonly keepDays: Partial<Readonly<Record<RetentionClass, number>>>
  readonly at: number
}

/** The warehouse's side of persons' rights. People are named by profile id ("p_12"). */
export interface PersonRights {
  /** Remembers which audiences syncs write to, for as long as the warehouse lives. */
  noteTargets(targets: readonly SyncTarget[], at: number): Promise<void>
  /** What erasing would do. `openRuns`: runs that may have sent rows without an answer. Undefined: no such profile. */
  scope(profileId: string, openRuns: readonly string[]): Promise<ErasureScope | undefined>
  /**
   * Takes away everything about the person here and remembers their identifiers by keyed digest, so that nothing brings them back. One
   * transaction; again it changes nothing. The file keeps the old bytes until `compact`.
   */
  eraseHere(profileId: string, request: string, at: number): Promise<ErasedCounts>
  /** Lets whoever bears the identifier (as a person types it) be known again. Returns how many names were forgotten. */
  liftErasure(identifier: string): Promise<number>
  /** Rewrites the warehouse's file without the remains of what was deleted. */
  compact(): Promise<void>
  /** True when erased people came with a page or a refresh since the last `compact`, and were dropped. */
  needsCompaction(): boolean

  exportPerson(profileId: string): Promise<PersonExport | undefined>
  /** Every profile id that the person may have been known by: a merge takes one of two, and dividing gives one back. */
  idsOf(profileId: string): Promise<readonly string[]>

  /** Keeps the person and uses them for nothing. Returns the number of records that were not restricted before. */
  restrict(profileId: string, order: { readonly actor: string; readonly at: number }): Promise<number>
  liftRestriction(profileId: string): Promise<number>

  /** Corrects a trait against all sources. Throws `usage.wrong`. */
  rectify(
    profileId: string,
    correction: Correction,
    order: { readonly actor: string; readonly at: number },
  ): Promise<void>
  /** Takes a correction back. Returns false where there was none. */
  liftRectification(profileId: string, trait: string): Promise<boolean>

  /** The profile of whoever bears a profile id or an identifier, as a person types it; people who are gone at every source too. */
  findPerson(person: string): Promise<string | undefined>
  /** The profile that a source record belongs to. */
  profileOfObject(object: {
    readonly connection: string
    readonly stream?: string
    readonly externalId: string
  }): Promise<string | undefined>

  /** Rows that are past their time, by class; nothing is changed. */
  previewRetention(order: RetentionOrder): Promise<Readonly<Record<RetentionClass, number>>>
  /** Takes them away. */
  retain(order: RetentionOrder): Promise<Readonly<Record<RetentionClass, number>>>
}
