/** People who are in these segments of those that were compared. */
export interface Combination {
  readonly segments: readonly string[]
  /** In these and in no other of the compared segments. */
  readonly exactly: number
  /** In all of these, whatever else. */
  readonly atLeast: number
}

/** Two segments side by side. */
export interface SegmentPair {
  readonly first: string
  readonly second: string
  /** People in both. */
  readonly both: number
  /** Share of the first one's members who are in the second one too, 0 to 1. */
  readonly ofFirst: number
  readonly ofSecond: number
  /** Jaccard's index: people in both by people in either, 0 (nobody in common) to 1 (the same people). */
  readonly similarity: number
}

/** How segments lie over each other, by their present members. */
export interface SegmentOverlap {
  /** Members of each, in the order asked, and those of them who are in no other. */
  readonly segments: readonly { readonly segment: string; readonly members: number; readonly alone: number }[]
  /** People in at least one, and in several. */
  readonly people: number
  readonly inSeveral: number
  /** The largest first, by `exactly`. */
  readonly combinations: readonly Combination[]
  /** Combinations that are not listed because there are too many. */
  readonly combinationsLeftOut: number
  /** Every pair, the most similar first. */
  readonly pairs: readonly SegmentPair[]
}

/** Compares two segments by their sizes and the number of people in both. */
export function comparePair(
  first: { readonly segment: string; readonly members: number },
  second: { readonly segment: string; readonly members: number },
  both: number,
): SegmentPair {
  const share = (of: number): number => (of === 0 ? 0 : both / of)
  return {
    first: first.segment,
    second: second.segment,
    both,
    ofFirst: share(first.members),
    ofSecond: share(second.members),
    similarity: share(first.members + second.members - both),
  }
}

/** The most similar first; among equals in the order asked. */
export function sortPairs(pairs: readonly SegmentPair[]): SegmentPair[] {
  return [...pairs].sort((a, b) => b.similarity - a.similarity || b.both - a.both)
}
