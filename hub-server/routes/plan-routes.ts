import { AffluentError } from '../../core/errors/affluent-error.ts'
import { listManifests, makePlan, showManifest, type SyncPlanDocument } from '../api/contract/plan.ts'
import { defineRoute, type Route } from '../api/define-route.ts'
import type { SyncPlan } from '../worker/plan-cycle.ts'
import { readWorkspaceFiles } from '../workspace-files.ts'
import { checkSyncNames } from './check-sync-names.ts'
import type { HubDesk } from './hub-desk.ts'
import { planWorkspace } from './plan-workspace.ts'

const defaultSamples = 3

/** POST /v1/plans. */
export function createPlanRoutes({ hub, env, alone, clock }: HubDesk): readonly Route[] {
  return [
    defineRoute(makePlan, async ({ body, actor, signal }) => {
      const { only = [], asOf = clock.now(), samples = defaultSamples, askPlatforms = false } = body
      const files = await readWorkspaceFiles(hub.folder, env)
      checkSyncNames(files.workspace, only, 'affluent plan')
      const request = { only, asOf, sampleRows: samples, askPlatforms, actor, signal }
      const plan = await alone(() => planWorkspace(hub, files, request))
      return { ...plan, syncs: plan.syncs.map(toDocument) }
    }),
  ]
}

function toDocument({ verdict, ...sync }: SyncPlan): SyncPlanDocument {
  if (!verdict) return sync
  if (!('error' in verdict)) return { ...sync, verdict }
  const { code, params } = verdict.error
  return { ...sync, verdict: { error: { code, params } } }
}

/** GET /v1/manifests, /v1/manifests/{kind}/{name}. */
export function createManifestRoutes({ hub }: HubDesk): readonly Route[] {
  return [
    defineRoute(listManifests, async () => ({ manifests: await hub.control.appliedManifests() })),
    defineRoute(showManifest, async ({ params: { kind, name } }) => {
      const found = (await hub.control.appliedManifests()).find(
        (one) => one.kind === kind && one.name === name,
      )
      if (!found) throw new AffluentError('api.object_unknown')
      return found
    }),
  ]
}
