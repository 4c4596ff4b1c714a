import type { SplitManifest } from '../manifest/manifest.ts'
import { holdoutArm } from '../manifest/split.ts'

/** A stretch of a draw, in percent of all places. */
export interface Share {
  readonly from: number
  readonly percent: number
}

/** What a split draws by: who has which place depends on it and on the profile id alone. */
export const splitSalt = ({ name, salt }: Pick<SplitManifest, 'name' | 'salt'>): string => salt ?? name

/** Percentages are added in whole millionths, so that 33.3 + 33.3 + 33.4 is 100. */
const add = (...percentages: readonly number[]): number =>
  percentages.reduce((sum, percent) => sum + Math.round(percent * 1e6), 0) / 1e6

/** What arms and holdout take together, in percent. */
export function takenPercent({ arms, holdout = 0 }: Pick<SplitManifest, 'arms' | 'holdout'>): number {
  return add(...arms.map(({ percent }) => percent), holdout)
}

/**
 * Where each arm lies: arms from 0 percent upwards in their order, the holdout from 100 percent downwards, so that neither moves the
 * other while there is room between. An arm that is listed twice has both shares.
 */
export function armsOf({
  arms,
  holdout,
}: Pick<SplitManifest, 'arms' | 'holdout'>): ReadonlyMap<string, readonly Share[]> {
  const shares = new Map<string, Share[]>()
  let from = 0
  for (const { name, percent } of arms) {
    shares.set(name, [...(shares.get(name) ?? []), { from, percent }])
    from = add(from, percent)
  }
  if (holdout !== undefined) shares.set(holdoutArm, [{ from: add(100, -holdout), percent: holdout }])
  return shares
}

/** A part of a split's people who change from one arm into another. */
export interface ArmMove {
  readonly from: string
  readonly to: string
  /** Percent of all people of the segment. */
  readonly percent: number
}

/** Who changes arms when a split's percentages change, the largest moves first. Whoever had no arm, or has none any more, moves nowhere. */
export function movesBetweenArms(
  before: Pick<SplitManifest, 'arms' | 'holdout'>,
  after: Pick<SplitManifest, 'arms' | 'holdout'>,
): ArmMove[] {
  const moved = new Map<string, ArmMove>()
  for (const old of stretches(before)) {
    for (const now of stretches(after)) {
      const percent = add(Math.min(old.until, now.until), -Math.max(old.from, now.from))
      if (percent <= 0 || old.arm === now.arm) continue
      const key = `${old.arm} ${now.arm}`
      const sum = add(moved.get(key)?.percent ?? 0, percent)
      moved.set(key, { from: old.arm, to: now.arm, percent: sum })
    }
  }
  return [...moved.values()].sort((a, b) => b.percent - a.percent)
}

const stretches = (
  split: Pick<SplitManifest, 'arms' | 'holdout'>,
): { readonly arm: string; readonly from: number; readonly until: number }[] =>
  [...armsOf(split)].flatMap(([arm, shares]) =>
    shares.map(({ from, percent }) => ({ arm, from, until: add(from, percent) })),
  )
