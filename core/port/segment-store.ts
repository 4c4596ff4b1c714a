import type { ErrorParams } from '../errors/affluent-error.ts'
import type { ErrorCode } from '../errors/error-codes.ts'
import type { Rule } from '../segment/rule.ts'

/** Why a segment could not be evaluated. Its memberships are those of before. */
export interface SegmentFailure {
  readonly code: ErrorCode
  readonly params: ErrorParams
  /** The moment of the evaluation that failed first, epoch milliseconds. */
  readonly since: number
}

export interface SegmentReport {
  readonly segment: string
  readonly members: number
  readonly entered: number
  readonly exited: number
  /** Set where this segment could not be evaluated while others were: then nobody entered or exited. */
  readonly failure?: SegmentFailure
}

/** One person who entered or exited a segment. */
export interface MembershipMove {
  readonly segment: string
  /** "p_12". */
  readonly profileId: string
  readonly direction: 'entered' | 'exited'
}

/** What an evaluation of those who may have changed did. */
export interface TouchedReport {
  readonly reports: readonly SegmentReport[]
  /** Whether everybody was evaluated, because the rules or too many people changed, or only those touched. */
  readonly scope: 'everybody' | 'touched'
  /** People evaluated because their data changed, or an instant came at which time alone may change something. */
  readonly touched: number
  /** Who moved: the first 10,000. All of them are in the history, at the moment of the evaluation. */
  readonly moves: readonly MembershipMove[]
  readonly movesLeftOut: number
  /** People ("p_12") whose data changed since the evaluation before; undefined where they are more than 10,000, or not known. */
  readonly changed: readonly string[] | undefined
}

/**
 * Where a segment stands. `current`: evaluated with this very rule. `failed`: it, or one that it refers to, could not be evaluated.
 * `outdated`: the rule, or one that it refers to, is another one since. `never`: not evaluated yet. But for `current`, the members are old.
 */
export type SegmentStanding = 'current' | 'failed' | 'outdated' | 'never'

export interface SegmentState {
  readonly standing: SegmentStanding
  /** The moment that the memberships are those of. Absent: never evaluated. */
  readonly evaluatedAt?: number
  readonly members: number
  readonly failure?: SegmentFailure
}

/** Why one person is, or is not, in a segment: each node of the rule with its truth (null = unknown) and the value that decided it. */
export interface NodeExplanation {
  /** Place in the rule: "all[1].not". */
  readonly path: string
  /** The node as a sentence in the reader's language is made from this by `describeRule`. */
  readonly rule: Rule
  readonly truth: boolean | null
  readonly value: string | number | boolean | null | readonly string[]
  readonly children: readonly NodeExplanation[]
}

/** Evaluates segments over the profile store, in dependency order, at an instant. */
export interface SegmentStore {
  /**
   * Evaluates all given segments together over everybody and writes memberships (entered, exited at `asOf`). A segment that fails, or
   * takes longer than its limit, keeps its memberships and says so; the others are written all or nothing.
   */
  evaluate(segments: ReadonlyMap<string, Rule>, asOf: number): Promise<readonly SegmentReport[]>
  /**
   * Leaves the very memberships that `evaluate` would, and looks only at people whose data changed since the last evaluation or whom
   * time alone may have moved. Everybody is looked at when that is not known, when rules or the schema changed, when `asOf` is earlier
   * than the last evaluation, and when so many changed that it costs less. `isLive`: the next one follows closely, so it may leave behind
   * what makes that one cheaper; what is read of memberships is the same.
   */
  evaluateTouched(
    segments: ReadonlyMap<string, Rule>,
    asOf: number,
    options?: { readonly isLive?: boolean },
  ): Promise<TouchedReport>
  /**
   * The earliest instant (epoch milliseconds) at which time alone may change a membership or a computed trait; never later than the
   * truth. Undefined: nothing will change until data does. Never waits for an evaluation under way.
   */
  nextChangeAt(): Promise<number | undefined>
  /** Where each of these segments stands. Never waits for an evaluation under way. */
  states(segments: ReadonlyMap<string, Rule>): Promise<ReadonlyMap<string, SegmentState>>
  explain(
    profileId: string,
    segment: string,
    segments: ReadonlyMap<string, Rule>,
    asOf: number,
  ): Promise<NodeExplanation>
  /** Present members of every segment that was ever evaluated. Never waits for an evaluation under way. */
  sizes(): Promise<ReadonlyMap<string, number>>
  membershipSince(profileId: string, segment: string): Promise<number | undefined>
}
