import { isDeliverSync, type SyncManifest } from '../../core/manifest/manifest.ts'
import { parseManifest } from '../../core/manifest/parse-manifest.ts'
import type { ControlStore } from '../../core/port/control-store.ts'
import type { RunDocument } from '../api/contract/run.ts'
import { listSyncs, type SyncDocument } from '../api/contract/sync.ts'
import { defineRoute, type Route } from '../api/define-route.ts'
import { toRunDocument } from './run-routes.ts'

/** GET /v1/syncs. */
export function createSyncRoutes({
  control,
}: {
  readonly control: Pick<ControlStore, 'runs' | 'appliedManifests'>
}): readonly Route[] {
  return [
    defineRoute(listSyncs, async (caller) => {
      const syncs: SyncDocument[] = []
      for (const { document } of await control.appliedManifests()) {
        const manifest = parseManifest(document)
        if (manifest.kind !== 'sync') continue
        const [lastRun] = await control.runs({ sync: manifest.name, limit: 1 })
        syncs.push(toSyncDocument(manifest, lastRun ? toRunDocument(lastRun, caller) : null))
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
