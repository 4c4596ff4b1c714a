import { isDeliverSync, type SyncManifest } from '../../core/manifest/manifest.ts'
import type { ControlStore } from '../../core/port/control-store.ts'
import type { RunDocument } from '../api/contract/run.ts'
import { listSyncs, type SyncDocument } from '../api/contract/sync.ts'
import { defineRoute, type Route } from '../api/define-route.ts'
import { createReadApplied } from './read-applied.ts'
import { toRunDocument } from './run-routes.ts'

/** GET /v1/syncs. */
export function createSyncRoutes({
  control,
}: {
  readonly control: Pick<ControlStore, 'runs' | 'appliedManifests'>
}): readonly Route[] {
  const inForce = createReadApplied(control, (manifests) => manifests.filter((one) => one.kind === 'sync'))
  return [
    defineRoute(listSyncs, async (caller) => {
      const syncs: SyncDocument[] = []
      for (const sync of await inForce()) {
        const [lastRun] = await control.runs({ sync: sync.name, limit: 1 })
        syncs.push(toSyncDocument(sync, lastRun ? toRunDocument(lastRun, caller) : null))
      }
      return { syncs }
    }),
  ]
}

function toSyncDocument(sync: SyncManifest, lastRun: RunDocument | null): SyncDocument {
  const common = { name: sync.name, title: sync.title ?? null, lastRun }
  if (!isDeliverSync(sync))
    return {
      ...common,
      kind: 'pull',
      source: { connection: sync.source.connection, stream: sync.source.stream },
      segment: null,
      destination: null,
      mode: null,
    }
  const { connection, kind, audience } = sync.destination
  return {
    ...common,
    kind: 'deliver',
    source: null,
    segment: sync.segment,
    destination: { connection, kind, audience },
    mode: sync.mode,
  }
}
