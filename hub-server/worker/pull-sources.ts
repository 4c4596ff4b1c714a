import { AffluentError, toAffluentError } from '../../core/errors/affluent-error.ts'
import type { PullSyncManifest } from '../../core/manifest/manifest.ts'
import type { EndedRun } from '../../core/sync/cycle-event.ts'
import type { SourceHealth } from '../../core/sync/guard.ts'
import { mappedFields } from '../../core/sync/mapped-fields.ts'
import { pull, type PullReport } from '../../core/sync/pull.ts'
import { endRun, toEndState, toStageError } from '../../core/sync/run-book.ts'
import type { Run } from '../../core/sync/run.ts'
import type { Cycle } from './cycle-ports.ts'
import { openRun } from './open-run.ts'
import { runStage, toEndedRun } from './run-stage.ts'

/** Pulls the sources one after the other, in the order of the manifests. A failing source does not stop the others. */
export async function pullSources(
  cycle: Cycle,
  syncs: readonly PullSyncManifest[],
): Promise<{ readonly ended: readonly EndedRun[]; readonly health: SourceHealth }> {
  cycle.profiles.expect([...cycle.workspace.mappings.values()])
  const ended: EndedRun[] = []
  const failed: string[] = []
  const empty: string[] = []
  for (const sync of syncs) {
    const report = await pullOne(cycle, sync)
    ended.push(report.ended)
    if (report.empty) empty.push(sync.name)
    else if (report.ended.state !== 'succeeded') failed.push(sync.name)
  }
  return { ended, health: { failed, empty } }
}

async function pullOne(cycle: Cycle, sync: PullSyncManifest): Promise<PullReport> {
  let empty = false
  const ended = await runStage(cycle, 'pull', sync.name, async (onProgress) => {
    const opened = await openRun(cycle, sync.name, 'pull')
    if ('parked' in opened) return toEndedRun(opened.parked)
    const report = await readSource(cycle, sync, opened.run, onProgress)
    empty = report.empty
    return report.ended
  })
  return { ended, empty }
}

async function readSource(
  cycle: Cycle,
  sync: PullSyncManifest,
  run: Run,
  onProgress: (done: number, total?: number) => void,
): Promise<PullReport> {
  const { connection, stream } = sync.source
  try {
    const source = (await cycle.connect(connection)).source(stream)
    if (!source) throw new AffluentError('manifest.unknown_reference', { kind: 'stream', name: stream })
    const fields = mappedFields(cycle.workspace.mappings.values(), sync.source)
    const countCalls = (): number => cycle.countCalls(connection)
    return await pull({ ...cycle, run, sync, source, fields, countCalls, onProgress })
  } catch (thrown) {
    if (cycle.signal.aborted) throw thrown
    const error = toAffluentError(thrown, 'connecting')
    const ended = await endRun(cycle, run, {
      state: toEndState(error),
      counters: run.counters,
      error: toStageError(error, cycle.clock.now()),
    })
    return { ended, empty: false }
  }
}
