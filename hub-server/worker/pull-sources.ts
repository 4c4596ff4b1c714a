import { AffluentError, toAffluentError } from '../../core/errors/affluent-error.ts'
import type { PullSyncManifest } from '../../core/manifest/manifest.ts'
import type { EndedRun } from '../../core/sync/cycle-event.ts'
import type { SourceHealth } from '../../core/sync/guard.ts'
import { mappedFields } from '../../core/sync/mapped-fields.ts'
import { pull, type PullReport } from '../../core/sync/pull.ts'
import { endRun, toEndState, toStageError } from '../../core/sync/run-book.ts'
import type { Run } from '../../core/sync/run.ts'
import { byConnection } from './by-connection.ts'
import type { Cycle } from './cycle-ports.ts'
import { openRun } from './open-run.ts'
import { runStage, toEndedRun } from './run-stage.ts'
import { traceRun } from './trace-run.ts'

/**
 * Pulls the sources, those of one connection one after the other and connections beside each other: a source that hangs or fails holds
 * up no other. What ended comes in the order of the manifests.
 */
export async function pullSources(
  cycle: Cycle,
  syncs: readonly PullSyncManifest[],
): Promise<{ readonly ended: readonly EndedRun[]; readonly health: SourceHealth }> {
  cycle.profiles.expect([...cycle.workspace.mappings.values()])
  const pulled = await byConnection(
    syncs,
    ({ source }) => source.connection,
    async (sync) => ({ sync, ...(await pullOne(cycle, sync)) }),
  )
  const inOrder = pulled.toSorted((one, other) => syncs.indexOf(one.sync) - syncs.indexOf(other.sync))
  return {
    ended: inOrder.map(({ ended }) => ended),
    health: {
      failed: inOrder
        .filter(({ ended, empty }) => !empty && ended.state !== 'succeeded')
        .map(({ sync }) => sync.name),
      empty: inOrder.filter(({ empty }) => empty).map(({ sync }) => sync.name),
    },
  }
}

async function pullOne(cycle: Cycle, sync: PullSyncManifest): Promise<PullReport> {
  let empty = false
  const ended = await runStage(cycle, 'pull', sync.name, async (onProgress) => {
    const opened = await openRun(cycle, sync.name, 'pull')
    if ('parked' in opened) return toEndedRun(opened.parked)
    const { run } = opened
    return traceRun(cycle, run, sync.source.connection, async () => {
      const report = await readSource(cycle, sync, run, onProgress)
      empty = report.empty
      return report.ended
    })
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
