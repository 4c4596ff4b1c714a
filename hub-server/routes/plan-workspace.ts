import type { ManifestChange } from '../../core/port/control-store.ts'
import type { EnrichmentCoverage } from '../../core/port/enrichment-store.ts'
import type { Hub } from '../hub.ts'
import { diffManifests } from '../manifest/diff-manifests.ts'
import type { ReadWorkspace } from '../manifest/read-workspace.ts'
import { findSplitMoves, type SplitMove } from '../manifest/split-moves.ts'
import { asInteractive } from '../net/urgency.ts'
import { countFindings, type FindingCount } from '../warehouse/quality/count-findings.ts'
import { planCycle, type SyncPlan } from '../worker/plan-cycle.ts'

export interface WorkspacePlan {
  readonly changes: readonly ManifestChange[]
  /** Who would change arms in splits whose percentages change. */
  readonly splitMoves: readonly SplitMove[]
  readonly syncs: readonly SyncPlan[]
  /** External tables as they would be read, and how many people they tell something about. */
  readonly enrichments: readonly EnrichmentCoverage[]
  /** What the checks of the sources find in what is pulled so far, and how many records each action would touch. */
  readonly findings: readonly FindingCount[]
  /** What the plan rests on. None: nothing was pulled yet. */
  readonly sourceRecords: number
}

export interface PlanRequest {
  readonly asOf: number
  /** Only these syncs; empty: all. */
  readonly only: readonly string[]
  readonly sampleRows: number
  /** Also asks platforms that can be asked whether they would take the additions. */
  readonly askPlatforms: boolean
  readonly actor: string
  readonly signal: AbortSignal
}

/**
 * What `apply` and `run` would do with the given manifests and the records pulled so far. It is the real work (typed columns,
 * profiles, segments, differences) in a transaction that is always rolled back, so the counts are exact and nothing changes.
 */
export async function planWorkspace(
  hub: Hub,
  files: ReadWorkspace,
  request: PlanRequest,
): Promise<WorkspacePlan> {
  const { asOf, only, actor, signal, sampleRows, askPlatforms } = request
  const { workspace, documents } = files
  const inForce = await hub.control.appliedManifests()
  const changes = diffManifests(documents, inForce)
  const splitMoves = findSplitMoves(inForce, documents)
  return hub.duckdb.dryRun(async () => {
    const open = await hub.open(workspace)
    try {
      const syncs = await asInteractive(() =>
        planCycle(
          open,
          {
            workspace,
            asOf,
            actor,
            signal,
            onEvent: () => undefined,
            ...(only.length > 0 && { syncs: only }),
          },
          { dryRun: (work) => work(), samplesPerOperation: sampleRows, askPlatforms },
        ),
      )
      const { sourceRecords } = await open.profiles.counts()
      const findings = await countFindings(hub.duckdb)
      const enrichments = await open.enrichments.coverage()
      return { changes, splitMoves, syncs, enrichments, findings, sourceRecords }
    } finally {
      await hub.release(open)
    }
  })
}
