import { z } from 'zod'
import { errorCodes } from '../../../core/errors/error-codes.ts'
import type { Drift, EndedRun } from '../../../core/sync/cycle-event.ts'
import { cycleEventContract } from '../../api/contract/cycle-event.ts'
import { startRuns, type CycleDocument } from '../../api/contract/cycle.ts'
import { listManifests } from '../../api/contract/manifest.ts'
import { diffManifests } from '../../manifest/diff-manifests.ts'
import { readWorkspaceFiles } from '../../workspace-files.ts'
import { readInstant } from '../as-of.ts'
import { optionValue, optionValues, type CommandAction } from '../command.ts'
import { createCycleView } from '../cycle-view.ts'
import { describeCounters } from '../describe-counters.ts'
import { exitCode } from '../exit-code.ts'
import { shortDigest } from '../short-digest.ts'
import { showReasons } from '../show-reasons.ts'
import type { Terminal } from '../terminal.ts'
import { withClient } from '../with-client.ts'

/** Runs one cycle: pulls, profiles, segments, deliveries. Progress on standard error, the summary on standard output. */
export const run: CommandAction = async (context, input) => {
  const { terminal, folder, config } = context
  const asOf = optionValue(input, 'as-of')
  const body = {
    only: optionValues(input, 'only'),
    replace: optionValues(input, 'replace'),
    ...(asOf !== undefined && { asOf: readInstant(asOf, context.clock) }),
  }
  const { documents } = await readWorkspaceFiles(folder, config.env)
  const cycle = await withClient(context, 'run', async (hub) => {
    const { manifests } = await hub.ask(listManifests)
    const pending = manifests.length === 0 ? 0 : diffManifests(documents, manifests).length
    if (pending > 0) terminal.note(terminal.translator.t('run.not_applied', { count: pending }))
    const view = createCycleView(terminal, context.notices)
    return hub.ask(startRuns, { body }, (event) => view(z.parse(cycleEventContract, event)))
  })
  terminal.document('cycle', { ...cycle })
  showSummary(terminal, cycle)
  return exitCodeOfCycle(cycle)
}

/** One line for each run, with what a person has to do about it. */
export function showSummary(terminal: Terminal, { runs, error, faults = [] }: CycleDocument): void {
  const { t } = terminal.translator
  for (const each of runs) {
    const state = t(`states.${each.state}`)
    const counts = describeCounters(terminal, each)
    terminal.say(t('run.summary', { sync: each.sync, state, counts }))
    showReasons(terminal, each.reasons)
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

export function exitCodeOfCycle({ runs, error, faults = [] }: CycleDocument): number {
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
