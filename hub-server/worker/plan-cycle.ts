import { AffluentError } from '../../core/errors/affluent-error.ts'
import type { DeliverSyncManifest } from '../../core/manifest/manifest.ts'
import type { DeliveryPlan, PlanRow } from '../../core/port/delivery-store.ts'
import type { SegmentReport } from '../../core/port/segment-store.ts'
import type { StageError } from '../../core/sync/cycle-event.ts'
import { checkGuard, healthySources, type GuardFinding } from '../../core/sync/guard.ts'
import { planDelivery } from '../../core/sync/plan-delivery.ts'
import { askPlatform, mostAskedRows, type PlatformVerdict } from './ask-platform.ts'
import type { Cycle, CyclePorts, CycleRequest } from './cycle-ports.ts'
import { refreshEnrichments } from './refresh-enrichments.ts'
import { evaluateSegments, matchPeople, refreshProfiles } from './run-cycle.ts'
import { selectSyncs } from './select-syncs.ts'

/** What a delivery would do: exact counts, sample rows of each operation, and what the guard would say. */
export interface SyncPlan {
  readonly sync: string
  readonly plan: DeliveryPlan
  readonly samples: readonly PlanRow[]
  /** Batches that would be handed to the connector. */
  readonly batches: number
  readonly finding?: GuardFinding
  /** Why nothing of this would be sent: its segment could not be evaluated. */
  readonly blocked?: StageError
  /** Fewest members for the audience to be of use on the platform, when it would hold fewer. */
  readonly tooFewFor?: number
  /** What the platform says of the first additions; only when it was to be asked and can be. */
  readonly verdict?: PlatformVerdict
}

export interface PlanOptions {
  /** Undoes everything that is done inside it: `DuckDb.dryRun` of the warehouse. */
  readonly dryRun: <T>(work: () => Promise<T>) => Promise<T>
  readonly samplesPerOperation?: number
  /** Also asks each platform that can be asked whether it would take the additions. Default: no platform is called. */
  readonly askPlatforms?: boolean
}

/**
 * Dry run over what is pulled already: profiles, segments and plans as a cycle would make them, all of it undone at the end. No
 * platform is written to, no audience is created, no run is opened.
 */
export async function planCycle(
  ports: CyclePorts,
  request: CycleRequest,
  options: PlanOptions,
): Promise<SyncPlan[]> {
  const cycle: Cycle = { ...ports, ...request }
  const { delivers } = selectSyncs(request.workspace, request.syncs)
  return options.dryRun(async () => {
    await refreshProfiles(cycle)
    await matchPeople(cycle)
    await refreshEnrichments(cycle)
    const stale = await evaluateSegments(cycle, await readFailed(cycle))
    const plans: SyncPlan[] = []
    for (const sync of delivers) {
      const plan = await planOne(cycle, sync, options)
      const blocked = stale.get(sync.segment)
      plans.push(blocked ? { ...plan, blocked } : plan)
    }
    return plans
  })
}

/** Segments that failed with this very rule: a plan is one transaction, which would fail with them. */
async function readFailed({ segments, workspace }: Cycle): Promise<SegmentReport[]> {
  const rules = new Map([...workspace.segments].map(([name, { rule }]) => [name, rule]))
  const states = await segments.states(rules)
  return [...states].flatMap(([segment, { members, failure }]) =>
    failure ? [{ segment, members, entered: 0, exited: 0, failure }] : [],
  )
}

async function planOne(cycle: Cycle, sync: DeliverSyncManifest, options: PlanOptions): Promise<SyncPlan> {
  const { connection, kind } = sync.destination
  const destination = (await cycle.connect(connection)).destination(kind)
  if (!destination) throw new AffluentError('manifest.unknown_reference', { kind: 'destination', name: kind })
  const runId = cycle.newRunId()
  const { plan } = await planDelivery(cycle, { runId, sync, destination, asOf: cycle.asOf })
  const finding = checkGuard(sync, plan, healthySources)
  const rows = options.askPlatforms ? await cycle.deliveries.sample(runId, mostAskedRows) : []
  const verdict = await askPlatform(cycle, sync, { destination, rows })
  return {
    sync: sync.name,
    plan,
    samples: await cycle.deliveries.sample(runId, options.samplesPerOperation ?? 5),
    batches: plan.batches.length,
    ...(finding && { finding }),
    ...(plan.desired < (destination.minimumSize ?? 0) && { tooFewFor: destination.minimumSize ?? 0 }),
    ...(verdict && { verdict }),
  }
}
