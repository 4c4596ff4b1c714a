import { errorCodes } from '../../../core/errors/error-codes.ts'
import type { EndedRun } from '../../../core/sync/cycle-event.ts'
import { requireApplied } from '../../hub.ts'
import { diffManifests } from '../../manifest/diff-manifests.ts'
import type { CycleReport } from '../../worker/run-cycle.ts'
import { runCycle } from '../../worker/run-cycle.ts'
import { readWorkspaceFiles } from '../../workspace-files.ts'
import { readInstant } from '../as-of.ts'
import { cliActor } from '../cli-actor.ts'
import { optionValue, optionValues, type CommandDefinition } from '../command.ts'
import { createCycleView } from '../cycle-view.ts'
import { exitCode } from '../exit-code.ts'
import type { Terminal } from '../terminal.ts'
import { withHub } from '../with-hub.ts'
import { describeCounters } from './status.ts'

/** Runs one cycle: pulls, profiles, segments, deliveries. Progress on standard error, the summary on standard output. */
export const runCommand: CommandDefinition = {
  name: 'run',
  options: [
    { name: 'only', value: 'SYNC', repeatable: true, complete: 'sync' },
    { name: 'as-of', value: 'INSTANT' },
  ],
  examples: [
    'affluent run',
    'affluent run --only pull-shop-contacts,lapsed-to-meta',
    'affluent run --as-of 2010-12-10',
  ],
  async run(context, input) {
    const { terminal, folder, config } = context
    const only = optionValues(input, 'only')
    const asOf = readInstant(optionValue(input, 'as-of'), context.clock)
    const { documents } = await readWorkspaceFiles(folder, config.env)
    const report = await withHub(context, 'run', async (hub) => {
      const workspace = await requireApplied(hub, 'affluent run')
      const pending = diffManifests(documents, await hub.control.appliedManifests()).length
      if (pending > 0) terminal.note(terminal.translator.t('run.not_applied', { count: pending }))
      return runCycle(await hub.open(workspace), {
        workspace,
        asOf,
        actor: cliActor(),
        signal: context.signal,
        onEvent: createCycleView(terminal),
        ...(only.length > 0 && { syncs: only }),
      })
    })
    terminal.document('cycle', { ...report })
    showSummary(terminal, report)
    return exitCodeOfCycle(report)
  },
}

/** One line for each run, with what a person has to do about it. */
export function showSummary(terminal: Terminal, { runs, error }: CycleReport): void {
  const { t } = terminal.translator
  for (const run of runs) {
    const state = t(`states.${run.state}`)
    terminal.say(`${t('run.summary', { sync: run.sync, state })}: ${describeCounters(terminal, run)}`)
    if (run.state === 'awaiting_approval') {
      terminal.say(`  ${t('run.approve', { run: run.runId, digest: run.planDigest ?? '' })}`)
    }
  }
  if (error) terminal.say(`${terminal.style('red', '✖')} ${terminal.translator.error(error).title}`)
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

export function exitCodeOfCycle({ runs, error }: CycleReport): number {
  const codes = runs.map((run) =>
    run.state === 'failed' && run.error ? errorCodes[run.error.code].exit : codeOfState[run.state],
  )
  if (error) codes.push(exitCode.failed)
  return (
    bySeverity.find((code) => codes.includes(code)) ??
    codes.find((code) => code !== exitCode.done) ??
    exitCode.done
  )
}
