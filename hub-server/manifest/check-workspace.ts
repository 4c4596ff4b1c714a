import type { Connector } from '../../core/connector/connector.ts'
import type { Manifest } from '../../core/manifest/manifest.ts'
import { checkConnection, type ConnectionSource } from './check-connection.ts'
import { checkPriorityList, checkSplit } from './check-derived.ts'
import { checkDuplicates } from './check-duplicates.ts'
import { checkEnrichment } from './check-enrichment.ts'
import { checkIdentity } from './check-identity.ts'
import { checkMapping } from './check-mapping.ts'
import { checkProfileSchema } from './check-profile-schema.ts'
import { checkQuality } from './check-quality.ts'
import { checkSegment, type CheckRule } from './check-segment.ts'
import { checkSync } from './check-sync.ts'
import type { ManifestFault, PathFault } from './manifest-fault.ts'
import type { LoadedManifest } from './parse-manifest-file.ts'
import { createWorkspaceView, type WorkspaceView } from './workspace-view.ts'

export interface WorkspaceChecks extends ConnectionSource {
  readonly connectors: ReadonlyMap<string, Connector>
  readonly checkRule: CheckRule
}

/**
 * Checks manifests as a whole: single names, one profile schema, every reference leads somewhere. Faults come in no order. When a
 * file could not be read (`isComplete` false), what is not found may stand in it, so nothing is called missing.
 */
export async function checkWorkspace(
  loaded: readonly LoadedManifest[],
  checks: WorkspaceChecks,
  isComplete: boolean,
): Promise<ManifestFault[]> {
  const faults = [...checkDuplicates(loaded), ...checkHasProfileSchema(loaded)]
  const streams = new Map<string, readonly string[]>()
  for (const { manifest, locate } of loaded) {
    if (manifest?.kind !== 'connection') continue
    const checked = await checkConnection(manifest, checks.connectors, checks)
    for (const fault of checked.faults) faults.push(locate(fault))
    if (checked.streams) streams.set(manifest.name, checked.streams)
  }
  const view = createWorkspaceView(loaded, { connectors: checks.connectors, streams })
  for (const { manifest, locate } of loaded) {
    if (!manifest) continue
    for (const fault of checkManifest(manifest, view, checks.checkRule)) faults.push(locate(fault))
  }
  return isComplete ? faults : faults.filter((fault) => !mayStandElsewhere(fault))
}

function mayStandElsewhere({ code, params }: ManifestFault): boolean {
  if (code === 'manifest.missing_key') return params['key'] === 'profile_schema'
  const isNotFound = code === 'manifest.unknown_reference' || code === 'segment.unknown_name'
  return isNotFound && ['connection', 'segment', 'enrichment'].includes(String(params['kind']))
}

function checkManifest(manifest: Manifest, view: WorkspaceView, checkRule: CheckRule): PathFault[] {
  switch (manifest.kind) {
    case 'connection':
    case 'retention':
      return []
    case 'profile_schema':
      return checkProfileSchema(manifest, view)
    case 'mapping':
      return checkMapping(manifest, view)
    case 'identity':
      return checkIdentity(manifest, view)
    case 'quality':
      return checkQuality(manifest, view)
    case 'enrichment':
      return checkEnrichment(manifest, view)
    case 'segment':
      return checkSegment(manifest, view, checkRule)
    case 'priority_list':
      return checkPriorityList(manifest, view, checkRule)
    case 'split':
      return checkSplit(manifest, view, checkRule)
    default:
      return checkSync(manifest, view)
  }
}

/** Points at the first manifest: the file that the profile schema is missing from does not exist. */
function checkHasProfileSchema(loaded: readonly LoadedManifest[]): ManifestFault[] {
  const [first] = loaded
  if (!first || loaded.some(({ kind }) => kind === 'profile_schema')) return []
  const params = { key: 'profile_schema', expected: 'object' }
  return [first.locate({ path: [], code: 'manifest.missing_key', params })]
}
