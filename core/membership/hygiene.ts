import type { SegmentState } from '../port/segment-store.ts'
import type { SegmentPair } from './overlap.ts'

/** What one segment is and does, as far as hygiene asks. Instants are epoch milliseconds. */
export interface SegmentFacts {
  readonly segment: string
  /** Part of a priority list or a split: smaller than what it is made of on purpose. */
  readonly isDerived: boolean
  readonly state: SegmentState
  /** When somebody last entered or exited; absent: nobody ever did. */
  readonly lastMoveAt?: number
  /** The syncs that send it, each with the fewest members that its platform makes use of (0: any number). */
  readonly syncs: readonly {
    readonly sync: string
    readonly connection: string
    readonly minimum: number
  }[]
  /** True when a sync sends it, or sends a segment whose rule needs it. */
  readonly isNeeded: boolean
  /** All segments that its rule needs, directly or not. */
  readonly needs: ReadonlySet<string>
}

export interface HygieneFacts {
  /** Everybody the hub knows. */
  readonly people: number
  readonly now: number
  readonly segments: readonly SegmentFacts[]
  /** Pairs of the segments that are written in manifests. */
  readonly pairs: readonly SegmentPair[]
  /** Different segments that syncs send, the people in at least one of them, and their memberships together. */
  readonly sent: { readonly segments: number; readonly people: number; readonly memberships: number }
}

/** What is wrong, and with whom. Shares are 0 to 1, instants epoch milliseconds. */
export type HygieneWarning =
  | {
      readonly code: 'too_small'
      readonly segment: string
      readonly sync: string
      readonly connection: string
      readonly members: number
      readonly minimum: number
    }
  | { readonly code: 'empty' | 'unused' | 'never' | 'failed' | 'outdated'; readonly segment: string }
  | { readonly code: 'old' | 'unmoved'; readonly segment: string; readonly since: number }
  | {
      readonly code: 'same' | 'contained'
      readonly segment: string
      readonly other: string
      readonly share: number
    }
  | { readonly code: 'crowded'; readonly segments: number; readonly mean: number }
  | { readonly code: 'splintered'; readonly small: number; readonly segments: number }
  | {
      readonly code: 'passes_list' | 'passes_holdout'
      readonly segment: string
      readonly sync: string
      readonly by: string
    }
  | { readonly code: 'same_salt'; readonly split: string; readonly other: string; readonly salt: string }

/**
 * From where on a warning is worth reading. Rules of thumb, kept in one place:
 * - `containedShare`: below it the other 5 % are a group of their own.
 * - `comparedFrom`: among fewer members, containment is chance.
 * - `everybodyShare`: a segment of nearly all people contains the others by nature.
 * - `crowdedMean`: campaigns that court one person at once bid against each other and wear attention out.
 * - `splinteredFrom`, `smallShare`: with 20 segments of which more than half hold less than 1 % of all people, each needs content and
 *   budget of its own for too few to learn anything from. (Telling 6 % from 5 % takes 8,000 people on either side.)
 * - `oldDays`: a window that moves daily is wrong after a week. `unmovedDays`: nobody in or out for a quarter.
 */
export const hygieneLimits = {
  containedShare: 0.95,
  comparedFrom: 20,
  everybodyShare: 0.9,
  crowdedMean: 3,
  splinteredFrom: 20,
  smallShare: 0.01,
  oldDays: 7,
  unmovedDays: 90,
} as const

const dayMs = 86_400_000

/** All that is worth repairing, segment by segment, then what concerns them all. */
export function judgeHygiene(facts: HygieneFacts): readonly HygieneWarning[] {
  return [
    ...facts.segments.flatMap((segment) => [
      ...judgeSize(segment),
      ...judgeStanding(segment, facts.now),
      ...judgeUse(segment),
    ]),
    ...judgePairs(facts),
    ...judgeCrowding(facts),
    ...judgeSplintering(facts),
  ]
}

/** Parts of lists and splits that nothing is sent to need not be of any size. */
const isQuiet = ({ isDerived, syncs }: SegmentFacts): boolean => isDerived && syncs.length === 0

function judgeSize(facts: SegmentFacts): HygieneWarning[] {
  const { segment, state, syncs } = facts
  if (state.evaluatedAt === undefined || isQuiet(facts)) return []
  const { members } = state
  if (members === 0) return [{ code: 'empty', segment }]
  return syncs
    .filter(({ minimum }) => members < minimum)
    .map((sync) => ({ code: 'too_small', segment, ...sync, members }))
}

function judgeStanding(facts: SegmentFacts, now: number): HygieneWarning[] {
  const { segment, state, lastMoveAt } = facts
  if (isQuiet(facts)) return []
  const { standing, evaluatedAt } = state
  if (standing !== 'current') return [{ code: standing, segment }]
  if (evaluatedAt !== undefined && now - evaluatedAt >= hygieneLimits.oldDays * dayMs)
    return [{ code: 'old', segment, since: evaluatedAt }]
  const isStill = lastMoveAt !== undefined && now - lastMoveAt >= hygieneLimits.unmovedDays * dayMs
  return isStill && state.members > 0 ? [{ code: 'unmoved', segment, since: lastMoveAt }] : []
}

const judgeUse = ({ segment, isDerived, isNeeded }: SegmentFacts): HygieneWarning[] =>
  isDerived || isNeeded ? [] : [{ code: 'unused', segment }]

function judgePairs({ segments, pairs, people }: HygieneFacts): HygieneWarning[] {
  const byName = new Map(segments.map((facts) => [facts.segment, facts]))
  return pairs.flatMap((pair): HygieneWarning[] => {
    const first = byName.get(pair.first)
    const second = byName.get(pair.second)
    if (!first || !second) return []
    const isMeant = first.needs.has(pair.second) || second.needs.has(pair.first)
    return judgePair(pair, [first, second], { isMeant, people })
  })
}

function judgePair(
  { both, ofFirst, ofSecond, similarity }: SegmentPair,
  [first, second]: readonly [SegmentFacts, SegmentFacts],
  { isMeant, people }: { readonly isMeant: boolean; readonly people: number },
): HygieneWarning[] {
  const { containedShare, comparedFrom, everybodyShare } = hygieneLimits
  if (both < comparedFrom) return []
  const [segment, other] = [first.segment, second.segment]
  // A segment that is made from the other lies within it on purpose; only when it leaves nobody out, its rule does nothing.
  if (isMeant) return similarity === 1 ? [{ code: 'same', segment, other, share: 1 }] : []
  if (similarity >= containedShare) return [{ code: 'same', segment, other, share: similarity }]
  const holdsEverybody = ({ state }: SegmentFacts): boolean => state.members >= people * everybodyShare
  if (ofFirst >= containedShare && !holdsEverybody(second))
    return [{ code: 'contained', segment, other, share: ofFirst }]
  return ofSecond >= containedShare && !holdsEverybody(first)
    ? [{ code: 'contained', segment: other, other: segment, share: ofSecond }]
    : []
}

function judgeCrowding({ sent }: HygieneFacts): HygieneWarning[] {
  const mean = sent.people === 0 ? 0 : sent.memberships / sent.people
  return mean > hygieneLimits.crowdedMean ? [{ code: 'crowded', segments: sent.segments, mean }] : []
}

function judgeSplintering({ segments, people }: HygieneFacts): HygieneWarning[] {
  const written = segments.filter(({ isDerived, state }) => !isDerived && state.evaluatedAt !== undefined)
  const small = written.filter(({ state }) => state.members < people * hygieneLimits.smallShare).length
  const isMany = written.length >= hygieneLimits.splinteredFrom && small * 2 > written.length
  return isMany ? [{ code: 'splintered', small, segments: written.length }] : []
}
