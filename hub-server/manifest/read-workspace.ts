import { AffluentError } from '../../core/errors/affluent-error.ts'
import type { Workspace } from '../../core/manifest/manifest.ts'
import { toWorkspace } from '../../core/manifest/parse-manifest.ts'
import { checkWorkspace, type WorkspaceChecks } from './check-workspace.ts'
import type { ManifestDocument } from './manifest-document.ts'
import { ManifestFaults } from './manifest-fault.ts'
import { parseManifestFile } from './parse-manifest-file.ts'
import { readManifestFiles } from './read-manifest-files.ts'

export interface ReadWorkspace {
  readonly workspace: Workspace
  /** One per manifest, in the order of files: what `diffManifests` compares and the control store keeps. */
  readonly documents: readonly ManifestDocument[]
}

/**
 * Reads and checks all manifests of a workspace folder. Changes nothing on disk and makes no request. References are looked up, so
 * that a missing one is told, but stay unresolved in the answer. Throws `ManifestFaults` with every fault of every file, or
 * `manifest.none_found`.
 */
export async function readWorkspace(
  folder: string,
  checks: Omit<WorkspaceChecks, 'folder'>,
): Promise<ReadWorkspace> {
  return checkFiles(await readManifestFiles(folder), { ...checks, folder })
}

/** What was read of files, and what could not be. */
type ManifestFiles = Awaited<ReturnType<typeof readManifestFiles>>

/** The same of texts that did not come from the folder's manifests; what they refer to still stands in the folder. Throws as `readWorkspace`. */
export async function checkFiles(
  { files, faults }: ManifestFiles,
  checks: WorkspaceChecks,
): Promise<ReadWorkspace> {
  if (files.length === 0 && faults.length === 0)
    throw new AffluentError('manifest.none_found', { act: 'reading the manifests' })
  const parsed = files.map(({ file, bytes }) => parseManifestFile(file, bytes))
  const loaded = parsed.flatMap((file) => file.loaded)
  const isComplete = faults.length === 0 && parsed.every((file) => file.isReadable)
  const all = [
    ...faults,
    ...parsed.flatMap((file) => file.faults),
    ...(await checkWorkspace(loaded, checks, isComplete)),
  ]
  if (all.length > 0) throw new ManifestFaults(all)
  const workspace = toWorkspace(loaded.flatMap(({ manifest }) => (manifest ? [manifest] : [])))
  if (!workspace) throw new AffluentError('manifest.none_found', { act: 'reading the manifests' })
  return { workspace, documents: loaded.flatMap(({ document }) => (document ? [document] : [])) }
}
