import { loadAllConnectors } from '../connectors/registry.ts'
import type { Connector } from '../core/connector/connector.ts'
import { validateRule } from '../core/segment/validate-rule.ts'
import type { ManifestText } from './api/contract/manifest.ts'
import { readPrivateNetworks, type Environment } from './config.ts'
import type { WorkspaceChecks } from './manifest/check-workspace.ts'
import { checkFiles, readWorkspace, type ReadWorkspace } from './manifest/read-workspace.ts'

/** Reads and checks the manifests in a workspace folder with all connectors and the rule language at hand. */
export async function readWorkspaceFiles(folder: string, env: Environment): Promise<ReadWorkspace> {
  return readWorkspace(folder, await checksOf(env))
}

/** The same of manifests that somebody sent; `files` undefined: those of the folder. */
export async function readGivenManifests(
  folder: string,
  env: Environment,
  files: readonly ManifestText[] | undefined,
): Promise<ReadWorkspace> {
  if (!files) return readWorkspaceFiles(folder, env)
  const written = files.map(({ file, text }) => ({ file, bytes: new TextEncoder().encode(text) }))
  return checkFiles({ files: written, faults: [] }, { ...(await checksOf(env)), folder })
}

async function checksOf(env: Environment): Promise<Omit<WorkspaceChecks, 'folder'>> {
  const connectors = bySlug(await loadAllConnectors())
  return { env, networks: readPrivateNetworks(env), connectors, checkRule: validateRule }
}

export function bySlug(connectors: readonly Connector[]): ReadonlyMap<string, Connector> {
  return new Map(connectors.map((connector) => [connector.slug, connector]))
}
