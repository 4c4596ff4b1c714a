import type { SplitManifest } from '../manifest/manifest.ts'
import { armsOf, splitSalt } from './split-shares.ts'

/** A split that would draw its people anew. */
export interface Reshuffle {
  readonly split: string
  /** What it was drawn by until now. */
  readonly salt: string
}

/**
 * The first split whose people would change arms because its salt changes: the salt of a split in force is another one, or a split was
 * renamed (one is gone, a new one divides the same segment into arms of the same names) without saying what it is drawn by.
 */
export function findReshuffle(
  before: readonly SplitManifest[],
  after: readonly SplitManifest[],
): Reshuffle | undefined {
  const kept = new Set(after.map(({ name }) => name))
  for (const old of before) {
    const salt = splitSalt(old)
    const successor =
      after.find(({ name }) => name === old.name) ??
      after.find((split) => !kept.has(old.name) && split.salt === undefined && isRenamed(old, split, before))
    if (successor && splitSalt(successor) !== salt) return { split: successor.name, salt }
  }
  return undefined
}

function isRenamed(old: SplitManifest, now: SplitManifest, before: readonly SplitManifest[]): boolean {
  return (
    !before.some(({ name }) => name === now.name) &&
    now.segment === old.segment &&
    armNames(now) === armNames(old)
  )
}

const armNames = (split: SplitManifest): string => [...armsOf(split).keys()].sort().join(' ')
