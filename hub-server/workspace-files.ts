import { loadAllConnectors } from '../connectors/registry.ts'
import type { Connector } from '../core/connector/connector.ts'
import { validateRule } from '../core/segment/validate-rule.ts'
import { readPrivateNetworks } from './config.ts'
import { readWorkspace, type ReadWorkspace } from './manifest/read-workspace.ts'

/** Reads and checks the manifests in a workspace folder with all connectors and the rule language at hand. */
export async function readWorkspaceFiles(
  folder: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<ReadWorkspace> {
  const connectors = await loadAllConnectors()
  const networks = readPrivateNetworks(env)
  return readWorkspace(folder, { env, networks, connectors: bySlug(connectors), checkRule: validateRule })
}

export function bySlug(connectors: readonly Connector[]): ReadonlyMap<string, Connector> {
  return new Map(connectors.map((connector) => [connector.slug, connector]))
}
