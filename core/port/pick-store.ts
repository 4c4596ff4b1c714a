import type { PickAction } from '../membership/picked-rule.ts'

/** Whom a pick is about: a profile, or the object of a platform, which the hub may not have pulled yet. */
export type PickSubject =
  | { readonly profileId: string }
  | { readonly connection: string; readonly stream: string; readonly externalId: string }

/** Somebody, or a workflow, puts a person into a hand-picked segment, or takes them out. */
export interface Pick {
  /** Names the same pick however often it is told: again it has no second effect. */
  readonly id: string
  readonly segment: string
  readonly action: PickAction
  readonly subject: PickSubject
  /** Epoch milliseconds. Of two picks the later one counts; none is kept at the instant of another. */
  readonly at: number
  /** Who picked: "cli:ada", "crm/workflow". */
  readonly by: string
}

/** What became of picks, in counts. */
export interface PickCounts {
  readonly noted: number
  /** Of objects that the hub does not know yet: they wait for the pull that brings them. */
  readonly waiting: number
  readonly repeated: number
}

/** Picks by hand, kept as events of the person: they count with the next refresh. */
export interface PickStore {
  /** Keeps picks durably. Throws `segment.pick_nameless` for a profile that has no identifier of its own. */
  note(picks: readonly Pick[]): Promise<PickCounts>
  /** Notes those that waited and whose person is known now; returns their number. */
  settle(): Promise<number>
  /** Drops those that waited since before the instant (epoch milliseconds): no pull brought the object. */
  forget(before: number): Promise<number>
}
