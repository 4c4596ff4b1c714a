import { z } from 'zod'
import { loadConnector } from '../../connectors/registry.ts'
import { AffluentError } from '../../core/errors/affluent-error.ts'
import { cycleEventContract } from '../api/contract/cycle-event.ts'
import {
  approveRun,
  showStatus,
  startRuns,
  type CycleDocument,
  type CycleRun,
} from '../api/contract/cycle.ts'
import { defineRoute, type Route } from '../api/define-route.ts'
import type { OpenWorkspace } from '../hub.ts'
import { approveRun as approve } from '../worker/approve-run.ts'
import { orderReplacement } from '../worker/order-replacement.ts'
import { runCycle, type CycleReport } from '../worker/run-cycle.ts'
import { checkSyncNames } from './check-sync-names.ts'
import type { HubDesk } from './hub-desk.ts'
import { toRunDocument } from './run-routes.ts'

const act = 'affluent run'

/** POST /v1/runs and /v1/runs/{id}/approve. */
export function createCycleRoutes({ hub, open, alone, clock }: HubDesk): readonly Route[] {
  return [
    defineRoute(startRuns, async ({ body, actor, signal, progress }) => {
      const { only = [], replace = [], asOf = clock.now() } = body
      checkSyncNames((await open(act)).workspace, [...only, ...replace], act)
      return alone(async () => {
        // By its turn other manifests may be in force.
        const opened = await open(act)
        const { workspace } = opened
        checkSyncNames(workspace, [...only, ...replace], act)
        await orderReplacement({ control: hub.control, clock, actor, workspace, loadConnector }, replace)
        const report = await runCycle(opened, {
          workspace,
          asOf,
          actor,
          signal,
          onEvent: (event) => progress(z.json().parse(z.encode(cycleEventContract, event))),
          ...(only.length > 0 && { syncs: only }),
        })
        return withReasons(opened, report)
      })
    }),
    defineRoute(approveRun, async ({ params, body, actor, ...caller }) => {
      if (!(await hub.control.run(params.id))) throw new AffluentError('api.object_unknown')
      const run = await approve({ control: hub.control, clock, actor }, params.id, body.digest)
      return toRunDocument(run, caller)
    }),
  ]
}

/** A cycle's report with the reasons of what was rejected. */
export async function withReasons(
  { deliveries }: OpenWorkspace,
  report: CycleReport,
): Promise<CycleDocument> {
  const told: CycleRun[] = []
  for (const run of report.runs) {
    const reasons = run.counters.rejected > 0 ? await deliveries.reasons(run.runId) : []
    told.push({ ...run, reasons })
  }
  return { ...report, runs: told }
}

/** GET /v1/status. */
export function createStatusRoutes({ hub, open }: HubDesk): readonly Route[] {
  return [
    defineRoute(showStatus, async (caller) => {
      const { workspace, deliveries, profiles } = await open('affluent status')
      const syncs = await Promise.all(
        [...workspace.syncs.keys()].map(async (sync) => {
          const [lastRun] = await hub.control.runs({ sync, limit: 1 })
          const isRejected = lastRun !== undefined && lastRun.counters.rejected > 0
          const reasons = isRejected ? await deliveries.reasons(lastRun.id) : []
          return { sync, lastRun: lastRun ? toRunDocument(lastRun, caller) : null, reasons }
        }),
      )
      return { syncs, counts: await profiles.counts() }
    }),
  ]
}
