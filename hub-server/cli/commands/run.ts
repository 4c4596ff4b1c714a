import { loadConnector } from '../../../connectors/registry.ts'
import { errorCodes } from '../../../core/errors/error-codes.ts'
import type { Drift, EndedRun } from '../../../core/sync/cycle-event.ts'
import { requireApplied, type OpenWorkspace } from '../../hub.ts'
import { diffManifests } from '../../manifest/diff-manifests.ts'
import { orderReplacement } from '../../worker/order-replacement.ts'
import { runCycle, type CycleReport } from '../../worker/run-cycle.ts'
import { readWorkspaceFiles } from '../../workspace-files.ts'
import { readInstant } from '../as-of.ts'
import { checkSyncNames } from '../check-sync-names.ts'
import { cliActor } from '../cli-actor.ts'
import { optionValue, optionValues, type CommandAction } from '../command.ts'
import { createCycleView } from '../cycle-view.ts'
import { describeCounters } from '../describe-counters.ts'
import { exitCode } from '../exit-code.ts'
import { shortDigest } from '../short-digest.ts'
import { showReasons, type Reasons } from '../show-reasons.ts'
import type { Terminal } from '../terminal.ts'
import { withHub } from '../with-hub.ts'

/** Runs one cycle: pulls, profiles, segments, deliveries. Progress on standard error, the summary on standard output. */
export const run: CommandAction = async (context, input) => {
  const { terminal, folder, config } = context
  const only = optionValues(input, 'only')
  const replaced = optionValues(input, 'replace')
  const asOf = readInstant(optionValue(input, 'as-of'), context.clock)
  const { documents } = await readWorkspaceFiles(folder, config.env)
  const cycle = await withHub(context, 'run', async (hub) => {
    const workspace = await requireApplied(hub, 'affluent run')
    checkSyncNames(workspace, [...only, ...replaced], 'affluent run')
    const desk = { control: hub.control, clock: context.clock, actor: cliActor(), workspace, loadConnector }
    await orderReplacement(desk, replaced)
    const pending = diffManifests(documents, await hub.control.appliedManifests()).length
    if (pending > 0) terminal.note(terminal.translator.t('run.not_applied', { count: pending }))
    const open = await hub.open(workspace)
    const report = await runCycle(open, {
      workspace,
      asOf,
      actor: cliActor(),
      signal: context.signal,
      onEvent: createCycleView(terminal, context.notices),
      ...(only.length > 0 && { syncs: only }),
    })
    return addReasons(open, report)
  })
  terminal.document('cycle', toCycleDocument(cycle))
  showSummary(terminal, cycle)
  return exitCodeOfCycle(cycle)
}

/** A cycle's report with the reasons of what was rejected, by run id. */
export interface ReasonedCycle extends CycleReport {
  readonly reasons: ReadonlyMap<string, Reasons>
}

export async function addReasons(open: OpenWorkspace, report: CycleReport): Promise<ReasonedCycle> {
  const reasons = new Map<string, Reasons>()
  for (const { runId, counters } of report.runs) {
    if (counters.rejected > 0) reasons.set(runId, await open.deliveries.reasons(runId))
  }
  return { ...report, reasons }
}

export function toCycleDocument({
  runs,
  error,
  faults,
  reasons,
}: ReasonedCycle): Readonly<Record<string, unknown>> {
  const told = runs.map((each) => ({ ...each, reasons: reasons.get(each.runId) ?? [] }))
  return { runs: told, ...(error && { error }), ...(faults && { faults }) }
}

/** One line for each run, with what a person has to do about it. */
export function showSummary(terminal: Terminal, { runs, error, faults = [], reasons }: ReasonedCycle): void {
  const { t } = terminal.translator
  for (const each of runs) {
    const state = t(`states.${each.state}`)
    const counts = describeCounters(terminal, each)
    terminal.say(t('run.summary', { sync: each.sync, state, counts }))
    showReasons(terminal, reasons.get(each.runId) ?? [])
    if (each.drift) showDrift(terminal, each.drift)
    if (each.state === 'awaiting_approval') {
      terminal.say(`    ${t('run.approve', { sync: each.sync, digest: shortDigest(each.planDigest ?? '') })}`)
    }
  }
  for (const fault of faults)
    terminal.say(`${terminal.style('yellow', '!')} ${terminal.translator.error(fault).title}`)
  if (error) terminal.say(`${terminal.style('red', '✖')} ${terminal.translator.error(error).title}`)
}

/** The platform's own count, where it tells one, is another than what it acknowledged. */
const isApart = ({ size, expected }: Drift): boolean =>
  expected < (size.atLeast ?? expected) || expected > (size.atMost ?? expected)

function showDrift(terminal: Terminal, drift: Drift): void {
  const { t } = terminal.translator
  const { size, expected, tooFewFor } = drift
  const number = terminal.number(expected)
  if (isApart(drift)) {
    const bounds = [size.atLeast, size.atMost].filter((bound) => bound !== null)
    const shown = [...new Set(bounds)].map((bound) => terminal.number(bound)).join('–')
    terminal.say(`    ${t('run.drift', { size: shown, expected: number })}`)
  }
  if (tooFewFor !== undefined) {
    const key = expected < tooFewFor ? 'run.too_few' : 'run.too_few_known'
    const few = t(key, { number, minimum: terminal.number(tooFewFor) })
    terminal.say(`    ${terminal.style('yellow', '!')} ${few}`)
  }
}

const codeOfState: Readonly<Record<EndedRun['state'], number>> = {
  running: exitCode.failed,
  succeeded: exitCode.done,
  incomplete: exitCode.rejectedRows,
  failed: exitCode.failed,
  awaiting_approval: exitCode.approvalNeeded,
  parked: exitCode.busy,
  cancelled: exitCode.interrupted,
}

/** The most serious exit code among the runs. */
const bySeverity: readonly number[] = [
  exitCode.failed,
  exitCode.notAllowed,
  exitCode.approvalNeeded,
  exitCode.busy,
  exitCode.rejectedRows,
]

export function exitCodeOfCycle({ runs, error, faults = [] }: CycleReport): number {
  const codes = runs.map((each) =>
    each.state === 'failed' && each.error ? errorCodes[each.error.code].exit : codeOfState[each.state],
  )
  if (faults.length > 0) codes.push(exitCode.rejectedRows)
  if (error) codes.push(exitCode.failed)
  return (
    bySeverity.find((code) => codes.includes(code)) ??
    codes.find((code) => code !== exitCode.done) ??
    exitCode.done
  )
}
