import type { MatchModel } from '../identity/match-model.ts'
import type { ComparisonLevel } from '../identity/matching.ts'
import type { ProfileView, StreamRef } from './profile-store.ts'
import type { MembershipSpan } from './segment-insight.ts'

/** A profile as its sources tell it. */
export type ToldProfile = Omit<ProfileView, 'derivedTraits'>

/** Different addresses that look the same. */
export interface Lookalikes {
  readonly addresses: readonly { readonly address: string; readonly profileId: string }[]
}

/** A record as people name it: "connection/stream/external id"; who is known from events alone has "#" and a number. */
export interface RecordName extends StreamRef {
  readonly externalId: string
}

/** Why two records of a profile are one person. */
export interface JoinReason {
  readonly left: RecordName
  readonly right: RecordName
  /** A value of an identifier kind, a merge on the platform, a match by likeness, or what a person decided. */
  readonly by: 'identifier' | 'platform' | 'match' | 'decision'
  /** Of an identifier. */
  readonly kind?: string
  readonly value?: string
  /** Of a match: its weight. */
  readonly weight?: number
}

/** An identifier that joins nobody: it is blocked, or too many records hold it. */
export interface DeadIdentifier {
  readonly kind: string
  readonly value: string
  readonly reason: 'blocked' | 'shared'
  /** Living records that hold it. */
  readonly holders: number
}

/** Where a profile is now. */
export interface PersonPlaces {
  readonly segments: readonly { readonly segment: string; readonly since: number }[]
  /** Syncs whose audience may hold the person, by the platform's last answer. */
  readonly syncs: readonly { readonly sync: string; readonly status: string; readonly at: number }[]
}

/** One person from source record to audience. */
export interface PersonView extends PersonPlaces {
  readonly profile: ToldProfile
  readonly derivedTraits: ProfileView['derivedTraits']
  readonly records: readonly (RecordName & { readonly deleted: boolean })[]
  readonly reasons: readonly JoinReason[]
  readonly dead: readonly DeadIdentifier[]
  readonly lookalikes: readonly Lookalikes[]
  /** Memberships that ended, the latest first. */
  readonly left: readonly MembershipSpan[]
}

/** What a merge or an unmerge did, or would do in a preview. */
export interface IdentityChange {
  readonly before: readonly (PersonPlaces & { readonly profile: ToldProfile })[]
  readonly after: readonly (PersonPlaces & { readonly profile: ToldProfile })[]
}

/** A pair of records that matching does not dare to join. */
export interface ReviewPair {
  /** "left-right" by record ids. */
  readonly pair: string
  readonly left: RecordName & { readonly profileId: string }
  readonly right: RecordName & { readonly profileId: string }
  readonly weight: number
  readonly reason: 'held_back' | 'lookalike'
}

/** Where a pair stands in the list. */
export type ReviewPlace = Pick<ReviewPair, 'weight' | 'pair'>

/** What one comparison adds to the weight of a pair. `level`: null when a value is missing, "different" when no level fits. */
export interface WeightPart {
  readonly on: string
  readonly left: string | null
  readonly right: string | null
  readonly level: ComparisonLevel | 'different' | null
  readonly weight: number
}

/** A waterfall: from the weight before anything is compared, part by part, to the weight of the pair. */
export interface ExplainedPair {
  readonly start: number
  readonly parts: readonly WeightPart[]
  readonly weight: number
  readonly probability: number
}

/** What matching did. */
export interface MatchReport {
  readonly records: number
  /** Candidate pairs that were heavy enough to be kept. */
  readonly pairs: number
  readonly threshold: number
  /** F1 that the model expects of the profiles. */
  readonly expectedF1: number
  /** True when the model was learned anew. */
  readonly learned: boolean
  readonly model: MatchModel
  /** Pairs of records that are one person by likeness. */
  readonly links: number
  readonly review: number
  /** Values of candidate keys that too many records hold. */
  readonly crowded: number
  readonly profilesRemoved: number
  readonly profilesCreated: number
}

/** Who is who: shown, matched and decided on. Everything that changes something does so in one transaction. */
export interface IdentityStore {
  /** Undefined: nobody is known by this id or identifier. */
  show(person: string): Promise<PersonView | undefined>
  lookalikes(limit: number): Promise<Lookalikes[]>
  /** Makes two profiles one. `settle` brings segments up to date before the outcome is read. Throws `run.profile_unknown`. */
  merge(one: string, other: string, settle: () => Promise<void>): Promise<IdentityChange>
  /** Takes records out of a profile for good. Throws `run.profile_unknown` and `identity.no_such_record`. */
  unmerge(person: string, records: readonly string[], settle: () => Promise<void>): Promise<IdentityChange>
  /** Whether people are to be compared: an identity manifest asks for it, and enough changed since the last time. */
  isMatchDue(): Promise<boolean>
  /** Undefined: no identity manifest asks for it, or too little changed since the last time and `force` is not set. */
  match(options: { readonly force: boolean; readonly relearn?: boolean }): Promise<MatchReport | undefined>
  /** The heaviest first; those after one of them. */
  review(page: { readonly limit: number; readonly after?: ReviewPlace | undefined }): Promise<ReviewPair[]>
  /** Throws `identity.no_such_pair`. */
  explainPair(pair: string): Promise<ExplainedPair>
  /** Decides on a pair of the review list: one person or two, for good. Throws `identity.no_such_pair`. */
  decide(pair: string, verdict: 'merge' | 'split'): Promise<void>
}
