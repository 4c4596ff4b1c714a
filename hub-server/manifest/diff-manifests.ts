import type { ManifestKind } from '../../core/manifest/manifest.ts'
import { manifestKinds } from '../../core/manifest/parse-manifest.ts'
import type { AppliedManifest, ManifestChange } from '../../core/port/control-store.ts'
import type { ManifestDocument } from './manifest-document.ts'
import { compareText } from './manifest-fault.ts'
import { refuseReshuffle } from './refuse-reshuffle.ts'

/**
 * What must change so that the applied manifests become those of the workspace. Deterministic: creations and updates with what is
 * referred to first, then deletions the other way round. Empty when both mean the same. Throws `segment.split_reshuffled` when a
 * split in force would draw its people anew.
 */
export function diffManifests(
  desired: readonly ManifestDocument[],
  applied: readonly AppliedManifest[],
): ManifestChange[] {
  refuseReshuffle(applied, desired)
  const before = new Map(applied.map((manifest) => [idOf(manifest), manifest]))
  const wanted = new Set(desired.map(idOf))
  const written = desired.flatMap((manifest): ManifestChange[] => {
    const old = before.get(idOf(manifest))
    if (old?.digest === manifest.digest) return []
    const { kind, name, digest, document } = manifest
    return [{ operation: old ? 'update' : 'create', kind, name, digest, document }]
  })
  const deleted = applied
    .filter((manifest) => !wanted.has(idOf(manifest)))
    .map(({ kind, name, digest }): ManifestChange => ({
      operation: 'delete',
      kind,
      name,
      digest,
      document: null,
    }))
  return [...written.sort(inOrder), ...deleted.sort((a, b) => inOrder(b, a))]
}

type Named = { readonly kind: ManifestKind; readonly name: string }

const idOf = ({ kind, name }: Named): string => `${kind}/${name}`

function inOrder(a: Named, b: Named): number {
  return manifestKinds.indexOf(a.kind) - manifestKinds.indexOf(b.kind) || compareText(a.name, b.name)
}
