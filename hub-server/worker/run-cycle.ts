import { AffluentError, toAffluentError } from '../../core/errors/affluent-error.ts'
import type { SegmentReport } from '../../core/port/segment-store.ts'
import type { Telemetry } from '../../core/port/telemetry.ts'
import { segmentClosure } from '../../core/segment/segment-order.ts'
import type { EndedRun, StageError } from '../../core/sync/cycle-event.ts'
import { toStageError } from '../../core/sync/run-book.ts'
import { applyRetention } from './apply-retention.ts'
import { compactInCycle } from './compact-stores.ts'
import type { Cycle, CyclePorts, CycleRequest } from './cycle-ports.ts'
import { deliverSegments, resumeDeliveries, withdrawConsents } from './deliver-segments.ts'
import { drainInCycle } from './drain-in-cycle.ts'
import { eraseInCycle } from './erase-wanted.ts'
import { followJobs } from './follow-jobs.ts'
import { pullSources } from './pull-sources.ts'
import { readSignals } from './read-signals.ts'
import { refreshEnrichments } from './refresh-enrichments.ts'
import { runSharedStage } from './run-stage.ts'
import { selectSyncs } from './select-syncs.ts'
import { settlePicks } from './settle-picks.ts'
import { findStale, type StaleSegments } from './stale-segments.ts'

/**
 * How a cycle ended. `error` is set when profiles or segments could not be brought up to date: then nothing was delivered. `faults` are
 * those of external tables, of which the former values were used.
 */
export interface CycleReport {
  readonly runs: readonly EndedRun[]
  readonly error?: StageError
  readonly faults?: readonly StageError[]
}

/**
 * One cycle: finish what a killed process left, erase who is to be erased, take off who withdrew consent, take in events, pull the sources, refresh profiles, evaluate segments, deliver. Failures of single
 * syncs are in the report. Throws `run.sync_unknown`, and `run.aborted` when the signal aborts; the next cycle then goes on.
 */
export async function runCycle(ports: CyclePorts, request: CycleRequest): Promise<CycleReport> {
  const { telemetry, clock } = ports
  const startedAt = clock.now()
  // What a platform told first may be why this cycle runs: it goes on in the same trace, down to the calls that follow from it.
  const [oldest] = await ports.control.waitingSignals(1)
  const inTrace: Telemetry['trace'] = (name, fields, work) =>
    oldest?.trace === undefined
      ? telemetry.trace(name, fields, work)
      : telemetry.continue(oldest.trace, () => telemetry.trace(name, fields, work))
  return inTrace('cycle', {}, async (span) => {
    try {
      const report = await runStages(ports, request)
      if (report.error) span.fail(report.error.code)
      observe(report.error?.code ?? 'done')
      return report
    } catch (thrown) {
      observe(toAffluentError(thrown, 'running a cycle').code)
      throw thrown
    }
  })
  function observe(result: string): void {
    telemetry.observe('cycle', { result }, (clock.now() - startedAt) / 1000)
  }
}

async function runStages(ports: CyclePorts, request: CycleRequest): Promise<CycleReport> {
  const cycle: Cycle = { ...ports, ...request }
  const { pulls, delivers } = selectSyncs(request.workspace, request.syncs)
  const names = [...pulls, ...delivers].map((sync) => sync.name)
  cycle.onEvent({ kind: 'cycle_started', at: cycle.clock.now(), asOf: cycle.asOf, syncs: names })
  const resumed = await resumeDeliveries(cycle, names)
  await followJobs(cycle)
  await readSignals(cycle)
  await eraseInCycle(cycle)
  const withdrawn = await withdrawConsents(cycle, delivers)
  await drainInCycle(cycle)
  const { ended: pulled, health } = await pullSources(cycle, pulls)
  const { error, faults, stale } = await bringUpToDate(cycle)
  // What was pulled may tell of more; even where segments could not be computed, a no is a no.
  withdrawn.push(...(await withdrawConsents(cycle, delivers)))
  const delivered = error ? [] : await deliverSegments(cycle, delivers, { sources: health, stale })
  const runs = [...resumed, ...withdrawn, ...pulled, ...delivered]
  await compactInCycle(cycle)
  cycle.onEvent({ kind: 'cycle_ended', at: cycle.clock.now(), runs })
  return { runs, ...(error && { error }), ...(faults.length > 0 && { faults }) }
}

interface UpToDate {
  readonly error?: StageError
  readonly faults: readonly StageError[]
  readonly stale: StaleSegments
}

async function bringUpToDate(cycle: Cycle): Promise<UpToDate> {
  const faults: StageError[] = []
  try {
    await refreshProfiles(cycle)
    await settlePicks(cycle)
    await matchPeople(cycle)
    faults.push(...(await refreshEnrichments(cycle)))
    await applyRetention(cycle)
    return { faults, stale: await evaluateSegments(cycle) }
  } catch (thrown) {
    if (cycle.signal.aborted) throw new AffluentError('run.aborted', {}, { cause: thrown })
    const error = toStageError(toAffluentError(thrown, 'bringing segments up to date'), cycle.clock.now())
    return { error, faults, stale: new Map() }
  }
}

/** Normalises and resolves what was pulled. */
export function refreshProfiles(cycle: Cycle): Promise<void> {
  return runSharedStage(cycle, 'refresh', async (onProgress) => {
    const { invalid, ...counts } = await cycle.profiles.refresh([...cycle.workspace.mappings.values()], {
      onProgress,
      signal: cycle.signal,
    })
    cycle.reach('refreshed')
    return { ...counts, invalid: sum(Object.values(invalid)) }
  })
}

/** Finds people who share no identifier, when the identity manifest asks for it and enough changed since the last time. */
export async function matchPeople(cycle: Cycle): Promise<void> {
  if (!(await cycle.identities.isMatchDue())) return
  await runSharedStage(cycle, 'match', async () => {
    const report = await cycle.identities.match({ force: false })
    return report
      ? { links: report.links, review: report.review, profilesRemoved: report.profilesRemoved }
      : {}
  })
}

/**
 * Brings all memberships to the cycle's instant. Answers with the segments that could not be evaluated; the stage tells of the first of
 * them. `failed` are known to fail, with all that refer to them, and are not tried.
 */
export async function evaluateSegments(
  cycle: Cycle,
  failed: readonly SegmentReport[] = [],
): Promise<StaleSegments> {
  const rules = new Map([...cycle.workspace.segments].map(([name, segment]) => [name, segment.rule]))
  const left = new Set(failed.map(({ segment }) => segment))
  const tried = new Map([...rules].filter(([name]) => left.isDisjointFrom(segmentClosure(name, rules))))
  let stale: StaleSegments = new Map()
  const evaluate = async (): Promise<Readonly<Record<string, number>>> => {
    const { reports } = await cycle.segments.evaluateTouched(tried, cycle.asOf)
    cycle.reach('evaluated')
    stale = findStale(rules, [...reports, ...failed])
    return {
      segments: rules.size - stale.size,
      entered: sum(reports.map((report) => report.entered)),
      exited: sum(reports.map((report) => report.exited)),
    }
  }
  await runSharedStage(cycle, 'evaluate', evaluate, () => [...stale.values()][0])
  return stale
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)
