import type { Manifest } from '../../core/manifest/manifest.ts'
import { parseManifest } from '../../core/manifest/parse-manifest.ts'
import type { AppliedManifest, ControlStore } from '../../core/port/control-store.ts'

/** Gives what `make` makes of the manifests in force, and the same until others are. */
export function createReadApplied<Made>(
  control: Pick<ControlStore, 'appliedManifests'>,
  make: (manifests: readonly Manifest[]) => Made,
): () => Promise<Made> {
  let known: { readonly of: readonly AppliedManifest[]; readonly made: Made } | undefined
  return async () => {
    const of = await control.appliedManifests()
    if (known?.of !== of) known = { of, made: make(of.map(({ document }) => parseManifest(document))) }
    return known.made
  }
}
