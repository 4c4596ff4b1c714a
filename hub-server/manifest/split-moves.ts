import type { ManifestKind } from '../../core/manifest/manifest.ts'
import { movesBetweenArms, splitSalt, type ArmMove } from '../../core/membership/split-shares.ts'
import type { JsonObject } from '../../core/port/json.ts'
import { readSplits } from './refuse-reshuffle.ts'

type Written = readonly { readonly kind: ManifestKind; readonly document: JsonObject }[]

/** People of one split who change from one arm into another. */
export interface SplitMove extends ArmMove {
  readonly split: string
}

/** Who changes arms when these manifests take the place of those in force: what a test that is under way does not survive. */
export function findSplitMoves(applied: Written, desired: Written): readonly SplitMove[] {
  const before = new Map(readSplits(applied).map((split) => [splitSalt(split), split]))
  return readSplits(desired).flatMap((split) => {
    const old = before.get(splitSalt(split))
    const moves = old && old.segment === split.segment ? movesBetweenArms(old, split) : []
    return moves.map((move) => ({ split: split.name, ...move }))
  })
}
