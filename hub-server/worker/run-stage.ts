import { toAffluentError } from '../../core/errors/affluent-error.ts'
import type { CycleStage, EndedRun, StageError } from '../../core/sync/cycle-event.ts'
import { toStageError } from '../../core/sync/run-book.ts'
import type { Run } from '../../core/sync/run.ts'
import type { Cycle } from './cycle-ports.ts'

type OnProgress = (done: number, total?: number) => void

/** Runs one stage for one sync, between its events. */
export async function runStage(
  cycle: Cycle,
  stage: CycleStage,
  sync: string,
  work: (onProgress: OnProgress) => Promise<EndedRun>,
): Promise<EndedRun> {
  cycle.onEvent({ kind: 'stage_started', at: cycle.clock.now(), stage, sync })
  const onProgress: OnProgress = (done, total) =>
    cycle.onEvent({
      kind: 'stage_progress',
      at: cycle.clock.now(),
      stage,
      sync,
      done,
      ...(total !== undefined && { total }),
    })
  const ended = await cycle.telemetry.trace('stage', { stage, sync }, () => work(onProgress))
  cycle.onEvent({
    kind: 'stage_ended',
    at: cycle.clock.now(),
    stage,
    sync,
    counts: { ...ended.counters },
    state: ended.state,
    runId: ended.runId,
    ...(ended.error && { error: ended.error }),
  })
  return ended
}

/**
 * Runs one stage that works for all syncs, between its events. What it throws is told and thrown on; `faultOf` tells of a fault that
 * stopped nothing.
 */
export async function runSharedStage(
  cycle: Cycle,
  stage: CycleStage,
  work: (onProgress: OnProgress) => Promise<Readonly<Record<string, number>>>,
  faultOf: () => StageError | undefined = () => undefined,
): Promise<void> {
  const { clock, onEvent, telemetry } = cycle
  onEvent({ kind: 'stage_started', at: clock.now(), stage })
  try {
    const onProgress: OnProgress = (done, total) =>
      onEvent({
        kind: 'stage_progress',
        at: clock.now(),
        stage,
        done,
        ...(total !== undefined && { total }),
      })
    const counts = await telemetry.trace('stage', { stage }, () => work(onProgress))
    const fault = faultOf()
    onEvent({ kind: 'stage_ended', at: clock.now(), stage, counts, ...(fault && { error: fault }) })
  } catch (thrown) {
    const error = toStageError(toAffluentError(thrown, stageActs[stage]), clock.now())
    onEvent({ kind: 'stage_ended', at: clock.now(), stage, counts: {}, error })
    throw thrown
  }
}

/** What a stage does, for errors that nobody expected. */
const stageActs: Readonly<Record<CycleStage, string>> = {
  resume: 'resuming interrupted runs',
  jobs: 'following jobs of platforms',
  signals: 'reading change feeds',
  withdraw: 'taking off people who withdrew consent',
  pull: 'pulling sources',
  refresh: 'refreshing profiles',
  match: 'matching people',
  enrich: 'reading enrichments',
  evaluate: 'evaluating segments',
  deliver: 'delivering segments',
  erase: 'erasing people',
  retain: 'applying retention',
  compact: 'rewriting the data files',
}

/** A run as the cycle reports it when nothing was done for it. */
export function toEndedRun(run: Run): EndedRun {
  return {
    runId: run.id,
    sync: run.sync,
    kind: run.kind,
    state: run.state,
    counters: run.counters,
    error: run.error,
    planDigest: run.planDigest,
  }
}
