import { isDeliverSync, type SyncManifest } from '../../core/manifest/manifest.ts'
import { parseManifest } from '../../core/manifest/parse-manifest.ts'
import type { Run } from '../../core/sync/run.ts'
import type { Translator } from '../locales/translate.ts'
import type { ApiPorts } from './api-ports.ts'
import type { ApiRoute } from './api-route.ts'
import type { SyncsDocument } from './contract/sync.ts'
import { toRunDocument } from './run-document.ts'

type SyncDocument = SyncsDocument['syncs'][number]

/** GET /v1/syncs. */
export function createSyncRoutes({ control }: ApiPorts): readonly ApiRoute[] {
  return [
    {
      method: 'GET',
      path: '/v1/syncs',
      permission: 'read',
      async answer({ translator }) {
        const syncs: SyncDocument[] = []
        for (const { document } of await control.appliedManifests()) {
          const manifest = parseManifest(document)
          if (manifest.kind !== 'sync') continue
          const [lastRun] = await control.runs({ sync: manifest.name, limit: 1 })
          syncs.push(toSyncDocument(manifest, lastRun, translator))
        }
        const body: SyncsDocument = { syncs }
        return { body }
      },
    },
  ]
}

function toSyncDocument(sync: SyncManifest, lastRun: Run | undefined, translator: Translator): SyncDocument {
  const common = {
    name: sync.name,
    title: sync.title ?? null,
    last_run: lastRun ? toRunDocument(lastRun, translator) : null,
  }
  return isDeliverSync(sync)
    ? {
        ...common,
        kind: 'deliver',
        source: null,
        segment: sync.segment,
        destination: sync.destination,
        mode: sync.mode,
      }
    : { ...common, kind: 'pull', source: sync.source, segment: null, destination: null, mode: null }
}
