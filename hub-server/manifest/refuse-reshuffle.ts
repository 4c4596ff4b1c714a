import { AffluentError } from '../../core/errors/affluent-error.ts'
import { splitManifest, type ManifestKind, type SplitManifest } from '../../core/manifest/manifest.ts'
import { findReshuffle } from '../../core/membership/find-reshuffle.ts'
import type { JsonObject } from '../../core/port/json.ts'

interface WrittenManifest {
  readonly kind: ManifestKind
  readonly document: JsonObject
}

/** Throws `segment.split_reshuffled` when a split in force would draw its people anew: its salt is fixed once it was applied. */
export function refuseReshuffle(
  applied: readonly WrittenManifest[],
  desired: readonly WrittenManifest[],
): void {
  const reshuffle = findReshuffle(readSplits(applied), readSplits(desired))
  if (reshuffle)
    throw new AffluentError('segment.split_reshuffled', { act: 'comparing the manifests', ...reshuffle })
}

/** The splits among manifests. */
export function readSplits(manifests: readonly WrittenManifest[]): SplitManifest[] {
  return manifests.filter(({ kind }) => kind === 'split').map(({ document }) => splitManifest.parse(document))
}
