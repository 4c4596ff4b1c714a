import type { DeliverSyncManifest, Workspace } from '../../core/manifest/manifest.ts'
import { isDeliverSync } from '../../core/manifest/manifest.ts'
import type { ManifestChange } from '../../core/port/control-store.ts'
import type { DeliveryPlan, PlanRow } from '../../core/port/delivery-store.ts'
import { checkGuard, healthySources, type GuardFinding } from '../../core/sync/guard.ts'
import type { Hub, OpenWorkspace } from '../hub.ts'
import { diffManifests } from '../manifest/diff-manifests.ts'
import type { ReadWorkspace } from '../manifest/read-workspace.ts'

/** What one sync would do. */
export interface SyncPlan {
  readonly sync: DeliverSyncManifest
  readonly plan: DeliveryPlan
  readonly samples: readonly PlanRow[]
  readonly guard: GuardFinding | undefined
}

export interface WorkspacePlan {
  readonly changes: readonly ManifestChange[]
  readonly syncs: readonly SyncPlan[]
}

export interface PlanRequest {
  readonly asOf: number
  readonly only: readonly string[]
  readonly sampleRows: number
}

/**
 * What `apply` and `run` would do with the manifests of the folder and the records pulled so far. It is the real work (profiles, segments,
 * differences) in a transaction that is always rolled back, so the counts are exact and nothing changes, here or on a platform.
 */
export async function planWorkspace(
  hub: Hub,
  files: ReadWorkspace,
  request: PlanRequest,
): Promise<WorkspacePlan> {
  const changes = diffManifests(files.documents, await hub.control.appliedManifests())
  const syncs = await hub.duckdb.dryRun(async () => {
    const open = await hub.open(files.workspace)
    await open.profiles.refresh([...files.workspace.mappings.values()], {})
    await open.segments.evaluate(rulesOf(files.workspace), request.asOf)
    const plans: SyncPlan[] = []
    for (const sync of deliverSyncs(files.workspace, request.only))
      plans.push(await planSync(open, sync, request))
    return plans
  })
  return { changes, syncs }
}

function rulesOf(workspace: Workspace): Parameters<OpenWorkspace['segments']['evaluate']>[0] {
  return new Map([...workspace.segments].map(([name, segment]) => [name, segment.rule]))
}

function deliverSyncs(workspace: Workspace, only: readonly string[]): DeliverSyncManifest[] {
  const syncs = [...workspace.syncs.values()].filter(isDeliverSync)
  return only.length === 0 ? syncs : syncs.filter((sync) => only.includes(sync.name))
}

async function planSync(
  open: OpenWorkspace,
  sync: DeliverSyncManifest,
  request: PlanRequest,
): Promise<SyncPlan> {
  const connection = await open.connections(sync.destination.connection)
  const destination = connection.destination(sync.destination.kind)
  if (!destination)
    throw new TypeError(`the workspace was not validated: no destination "${sync.destination.kind}"`)
  const runId = `plan-${sync.name}`
  const plan = await open.deliveries.plan({ runId, sync, destination, asOf: request.asOf })
  return {
    sync,
    plan,
    samples: await open.deliveries.sample(runId, request.sampleRows),
    guard: checkGuard(sync, plan, healthySources),
  }
}
