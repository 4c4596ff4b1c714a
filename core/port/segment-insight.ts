import type { MembersEstimate } from '../segment/estimate-members.ts'
import type { Rule } from '../segment/rule.ts'
import type { NodeExplanation } from './segment-store.ts'

/**
 * A segment asked about without anything being written: `segments` holds its rule, saved or not, and all that it may refer to. `asOf` is
 * the moment of evaluation in epoch milliseconds. Aborting the signal ends the question within moments: `run.aborted`.
 */
export interface SegmentQuestion {
  readonly segment: string
  readonly segments: ReadonlyMap<string, Rule>
  readonly asOf: number
  readonly signal?: AbortSignal
}

/** A node of a rule with the number of people of whom it is true, false and unknown; together everybody. */
export interface NodeCount {
  /** Place in the rule: "all[1].not". */
  readonly path: string
  readonly rule: Rule
  readonly whereTrue: number
  readonly whereFalse: number
  readonly whereUnknown: number
  readonly children: readonly NodeCount[]
}

/** A member as an example: whoever shows it masks the identifiers. */
export interface SampledPerson {
  readonly profileId: string
  /** The best-trusted identifier of each kind that the person has. */
  readonly identifiers: readonly { readonly kind: string; readonly value: string }[]
}

/** A current member of a segment, since when, with the best-trusted identifier of each kind. */
export interface SegmentMember extends SampledPerson {
  /** Epoch milliseconds. */
  readonly since: number
}

/** What a segment would hold. */
export interface SegmentPreview {
  /** Everybody who may be in a segment. */
  readonly profiles: number
  readonly members: number
  readonly rule: NodeCount
  /** The same people at every preview, as long as they are members. */
  readonly people: readonly SampledPerson[]
}

/** The size of a segment: first as a share of all people tells it (`sampled` of `profiles`), then as it is. */
export type LiveCount =
  | ({ readonly kind: 'estimate'; readonly sampled: number; readonly profiles: number } & MembersEstimate)
  | { readonly kind: 'exact'; readonly members: number; readonly profiles: number }

/** More than the value of a node, where one value does not say why it is true or false. Instants are epoch milliseconds. */
export type NodeDetail =
  /** `rank`: null when the person has no value to be ranked by. `most`: the last rank that is within. */
  | {
      readonly kind: 'rank'
      readonly rank: number | null
      readonly ranked: number
      readonly most: number
      readonly value: string | number | null
    }
  /** `percent`: where the person stands in the draw, from 0 (included) to 100 (left out). */
  | { readonly kind: 'place'; readonly percent: number }
  /** `km`: null when nobody knows where the person is. */
  | { readonly kind: 'distance'; readonly km: number | null }
  /** `since`: null for no member, or for one by this very evaluation alone. */
  | { readonly kind: 'member'; readonly isMember: boolean; readonly since: number | null }
  | { readonly kind: 'audience'; readonly since: number | null }

/** A node of the explanation with its detail. */
export interface ExplainedNode extends Omit<NodeExplanation, 'children'> {
  readonly detail?: NodeDetail
  readonly children: readonly ExplainedNode[]
}

/** Lengths of the periods that a history is told in. Periods begin at midnight UTC, weeks on Monday. */
export const historyPeriods = ['day', 'week', 'month'] as const
export type HistoryPeriod = (typeof historyPeriods)[number]

/** A segment at the end of a period, compared with its beginning. */
export interface HistoryStep {
  /** Epoch milliseconds; the end is left out. */
  readonly from: number
  readonly to: number
  readonly size: number
  readonly entered: number
  readonly exited: number
  /** Members at the beginning who are members at the end. */
  readonly retained: number
  /** Those of both instants over those of either; null when there is nobody in either. */
  readonly jaccard: number | null
}

/**
 * What moved people in or out: their data, time alone (an event left a window, a birthday came), or a rule that was changed. `unknown`:
 * the evaluation could not tell, because everybody was looked at.
 */
export const moveCauses = ['data', 'time', 'rule', 'unknown'] as const
export type MoveCause = (typeof moveCauses)[number]

/** A whole stretch of time, and why people moved in it. */
export interface HistoryStretch extends HistoryStep {
  readonly enteredBy: Readonly<Record<MoveCause, number>>
  readonly exitedBy: Readonly<Record<MoveCause, number>>
}

/** How a segment went, in steps and as a whole. */
export interface SegmentHistory {
  readonly steps: readonly HistoryStep[]
  /** What came after the instant that was asked from, so that who entered at it was there at the beginning. */
  readonly whole: HistoryStretch
}

/** How one person's membership went. */
export interface MembershipSpan {
  readonly segment: string
  readonly since: number
  readonly enteredBy: MoveCause
  /** Null: still a member. */
  readonly until: number | null
  readonly exitedBy: MoveCause | null
}

/**
 * What people want to know of a segment before it is saved and after. Writes nothing, and holds no evaluation up. A question that takes
 * longer than its limit throws `segment.too_slow`.
 */
export interface SegmentInsight {
  /** Size, count of every node and sample people. */
  preview(question: SegmentQuestion): Promise<SegmentPreview>
  /**
   * The size while somebody edits: an estimate at once where there are many people, then the exact number. A newer question of the same
   * `editor` ends the older one with `run.aborted`.
   */
  count(question: SegmentQuestion, editor?: string): AsyncIterable<LiveCount>
  /** Current members by profile id, from the one behind `after` ("p_12"; undefined: from the first) on. */
  members(
    segment: string,
    page: { readonly after: string | undefined; readonly limit: number },
  ): Promise<readonly SegmentMember[]>
  /** Why one person is in or out. Throws `run.profile_unknown`. */
  explain(profileId: string, question: SegmentQuestion): Promise<ExplainedNode>
  /** Sizes and moves of a segment from an instant to another, whole periods and the one under way. */
  history(
    segment: string,
    request: { readonly every: HistoryPeriod; readonly from: number; readonly to: number },
  ): Promise<SegmentHistory>
  /** When a segment had its first member; undefined: never. */
  firstEntry(segment: string): Promise<number | undefined>
  /** All memberships of one person, the latest first. */
  spans(profileId: string): Promise<readonly MembershipSpan[]>
}
