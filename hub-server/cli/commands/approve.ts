import { AffluentError } from '../../../core/errors/affluent-error.ts'
import type { ControlStore } from '../../../core/port/control-store.ts'
import type { Run } from '../../../core/sync/run.ts'
import { approveRun } from '../../worker/approve-run.ts'
import { cliActor } from '../cli-actor.ts'
import { optionValue, type CommandAction } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import { shortDigest } from '../short-digest.ts'
import type { Terminal } from '../terminal.ts'
import { withHub } from '../with-hub.ts'

/** Lets a run go on that the guard stopped. The digest says which plan was looked at: a changed plan needs a new approval. */
export const approve: CommandAction = async (context, input) => {
  const { terminal, clock } = context
  const { t } = terminal.translator
  const approved = await withHub(context, 'approve', async ({ control }) => {
    const run = await findWaitingRun(control, input.arguments['run'] ?? '')
    const planDigest = run.planDigest ?? ''
    showStop(terminal, run)
    const shown = shortDigest(planDigest)
    const typed =
      optionValue(input, 'confirm') ?? (await terminal.ask(t('approve.question', { digest: shown }), ''))
    if (typed === '')
      throw new AffluentError('usage.confirmation_needed', {
        act: 'affluent approve',
        flag: `--confirm ${shown}`,
      })
    const isWhatWasShown = typed.length >= shown.length && planDigest.startsWith(typed)
    await approveRun({ control, clock, actor: cliActor() }, run.id, isWhatWasShown ? planDigest : typed)
    return run
  })
  terminal.document('approved', { run: approved.id, sync: approved.sync })
  terminal.say(`${terminal.style('green', '✔')} ${t('approve.done')}`)
  return exitCode.done
}

/** By the id of the run, or by the name of its sync. */
async function findWaitingRun(control: ControlStore, name: string): Promise<Run> {
  const run =
    (await control.run(name)) ?? (await control.runs({ sync: name, state: 'awaiting_approval', limit: 1 }))[0]
  if (run?.state === 'awaiting_approval') return run
  const waiting = await control.runs({ state: 'awaiting_approval' })
  throw new AffluentError('usage.wrong', {
    act: 'affluent approve',
    not_waiting: name.slice(0, 64),
    ...(waiting.length > 0 && { expected: waiting.map(({ sync }) => sync).join(', ') }),
  })
}

/** Why the guard stopped it, and how much it would change. */
function showStop(terminal: Terminal, { sync, error, counters }: Run): void {
  const { translator } = terminal
  const number = (count: number): string => terminal.number(count)
  if (error) terminal.note(`${sync}${translator.t('approve.colon')} ${translator.error(error).title}`)
  const { adds, updates, removes } = counters
  terminal.note(
    translator.t('approve.plan', { adds: number(adds), updates: number(updates), removes: number(removes) }),
  )
}
