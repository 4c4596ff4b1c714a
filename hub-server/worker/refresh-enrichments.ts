import type { StageError } from '../../core/sync/cycle-event.ts'
import type { Cycle } from './cycle-ports.ts'
import { runSharedStage } from './run-stage.ts'

/**
 * Reads external tables that changed or are due. A file that cannot be used stops nothing: what was read before stays in force, and the
 * fault is answered, so that no cycle is green while one is broken.
 */
export async function refreshEnrichments(cycle: Cycle): Promise<readonly StageError[]> {
  const manifests = [...cycle.workspace.enrichments.values()]
  const refresh = (): ReturnType<typeof cycle.enrichments.refresh> =>
    cycle.enrichments.refresh(manifests, { now: cycle.clock.now(), signal: cycle.signal })
  const faults: StageError[] = []
  if (manifests.length === 0) {
    await refresh()
    return faults
  }
  await runSharedStage(
    cycle,
    'enrich',
    async () => {
      const { read, failed } = await refresh()
      for (const { code, params } of failed) faults.push({ code, params })
      return { tables: read }
    },
    () => faults[0],
  )
  return faults
}
