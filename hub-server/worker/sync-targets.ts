import { isDeliverSync, type Workspace } from '../../core/manifest/manifest.ts'
import type { SyncTarget } from '../../core/port/person-rights.ts'

/** The audiences that the syncs of a workspace write to. */
export function syncTargets({ syncs }: Workspace): SyncTarget[] {
  return [...syncs.values()].filter(isDeliverSync).map(({ name, destination }) => ({
    sync: name,
    connection: destination.connection,
    kind: destination.kind,
    audience: destination.audience,
  }))
}
