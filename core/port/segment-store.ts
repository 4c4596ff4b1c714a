import type { Rule } from '../segment/rule.ts'

export interface SegmentReport {
  readonly segment: string
  readonly members: number
  readonly entered: number
  readonly exited: number
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
  /** Evaluates all given segments together and writes memberships (entered, exited at `asOf`). All or nothing. */
  evaluate(segments: ReadonlyMap<string, Rule>, asOf: number): Promise<readonly SegmentReport[]>
  /** How many would match, without writing anything. */
  preview(segment: string, segments: ReadonlyMap<string, Rule>, asOf: number): Promise<number>
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
