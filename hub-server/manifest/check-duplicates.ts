import type { ManifestFault, ManifestPath } from './manifest-fault.ts'
import type { LoadedManifest } from './parse-manifest-file.ts'

/** What may be there only once, as a text to compare, and the place to point at. */
interface Claim {
  readonly loaded: LoadedManifest
  readonly kind: string
  readonly name: string
  readonly path: ManifestPath
}

/**
 * Things that may be there only once: a name per kind, the profile schema, the identity rules, the mapping and the checks of a stream, the sync that writes to one
 * audience (two would undo each other's work at every run).
 */
export function checkDuplicates(loaded: readonly LoadedManifest[]): ManifestFault[] {
  return [
    ...repeated(loaded.filter(({ kind, name }) => name !== '' && !isSingle(kind)).map(nameClaim)),
    ...repeated(
      loaded
        .filter(({ kind }) => isSingle(kind))
        .map((single) => ({ loaded: single, kind: single.kind, name: '', path: ['kind'] })),
    ),
    ...repeated(loaded.flatMap(streamClaim)),
    ...repeated(loaded.flatMap(audienceClaim)),
  ]
}

/** Kinds of which a workspace has one. */
const isSingle = (kind: string): boolean => ['profile_schema', 'identity', 'retention'].includes(kind)

function nameClaim(loaded: LoadedManifest): Claim {
  return { loaded, kind: loaded.kind, name: loaded.name, path: ['name'] }
}

/** Priority lists and splits name segments after themselves, so that a name of one may not be one of the other. */
const spaceOf = (kind: string): string => (kind === 'split' ? 'priority_list' : kind)

function streamClaim(loaded: LoadedManifest): Claim[] {
  const { manifest } = loaded
  if (manifest?.kind !== 'mapping' && manifest?.kind !== 'quality') return []
  const name = `${manifest.connection}/${manifest.stream}`
  return [{ loaded, kind: manifest.kind, name, path: ['stream'] }]
}

function audienceClaim(loaded: LoadedManifest): Claim[] {
  const { manifest } = loaded
  if (manifest?.kind !== 'sync' || !('segment' in manifest)) return []
  const { connection, kind, audience } = manifest.destination
  const name = `${connection}/${kind}/${audience}`
  return [{ loaded, kind: 'audience', name, path: ['destination', 'audience'] }]
}

function repeated(claims: readonly Claim[]): ManifestFault[] {
  const first = new Map<string, Claim>()
  return claims.flatMap((claim) => {
    const id = `${spaceOf(claim.kind)} ${claim.name}`
    const earlier = first.get(id)
    if (!earlier) {
      first.set(id, claim)
      return []
    }
    const { kind, name, path } = claim
    return [
      claim.loaded.locate({
        path,
        code: 'manifest.duplicate_name',
        params: { kind, name, first: placeOf(earlier) },
      }),
    ]
  })
}

function placeOf({ loaded, path }: Claim): string {
  const { file, line } = loaded.locate({ path, code: 'manifest.duplicate_name', params: {} })
  return `${file}:${line}`
}
