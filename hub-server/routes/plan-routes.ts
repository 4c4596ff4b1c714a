import { makePlan, type SyncPlanDocument } from '../api/contract/plan.ts'
import { defineRoute, type Route } from '../api/define-route.ts'
import type { SyncPlan } from '../worker/plan-cycle.ts'
import { readGivenManifests } from '../workspace-files.ts'
import { checkSyncNames } from './check-sync-names.ts'
import type { HubDesk } from './hub-desk.ts'
import { planWorkspace } from './plan-workspace.ts'

const defaultSamples = 3

/** POST /v1/plans. */
export function createPlanRoutes({ hub, env, alone, clock }: HubDesk): readonly Route[] {
  return [
    defineRoute(makePlan, async ({ body, actor, signal }) => {
      const { files, only = [], asOf = clock.now(), samples = defaultSamples, askPlatforms = false } = body
      const given = await readGivenManifests(hub.folder, env, files)
      checkSyncNames(given.workspace, only, 'affluent plan')
      const request = { only, asOf, sampleRows: samples, askPlatforms, actor, signal }
      const plan = await alone(() => planWorkspace(hub, given, request))
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
