import { AffluentError } from '../../core/errors/affluent-error.ts'
import {
  isDeliverSync,
  type DeliverSyncManifest,
  type PullSyncManifest,
  type Workspace,
} from '../../core/manifest/manifest.ts'

/** The syncs of a workspace that are asked for, in the order of the manifests. Throws `run.sync_unknown`. */
export function selectSyncs(
  workspace: Workspace,
  names: readonly string[] | undefined,
): { readonly pulls: readonly PullSyncManifest[]; readonly delivers: readonly DeliverSyncManifest[] } {
  const unknown = names?.find((name) => !workspace.syncs.has(name))
  if (unknown !== undefined) {
    throw new AffluentError('run.sync_unknown', {
      sync: unknown,
      known: [...workspace.syncs.keys()].join(', '),
    })
  }
  const selected = [...workspace.syncs.values()].filter((sync) => names?.includes(sync.name) ?? true)
  return {
    pulls: selected.flatMap((sync) => (isDeliverSync(sync) ? [] : sync)),
    delivers: selected.filter(isDeliverSync),
  }
}
