import { AffluentError } from '../../../core/errors/affluent-error.ts'
import { approveRun } from '../../api/contract/cycle.ts'
import { listRuns, type RunDocument } from '../../api/contract/run.ts'
import { optionValue, type CommandAction } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import type { HubClient } from '../hub-client.ts'
import { shortDigest } from '../short-digest.ts'
import type { Terminal } from '../terminal.ts'
import { withClient } from '../with-client.ts'

/** Lets a run go on that the guard stopped. The digest says which plan was looked at: a changed plan needs a new approval. */
export const approve: CommandAction = async (context, input) => {
  const { terminal } = context
  const { t } = terminal.translator
  const approved = await withClient(context, 'approve', async (hub) => {
    const run = await findWaitingRun(hub, input.arguments['run'] ?? '')
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
    const body = { digest: isWhatWasShown ? planDigest : typed }
    return hub.ask(approveRun, { params: { id: run.id }, body })
  })
  terminal.document('approved', { run: approved.id, sync: approved.sync })
  terminal.say(`${terminal.style('green', '✔')} ${t('approve.done')}`)
  return exitCode.done
}

/** By the id of the run, or by the name of its sync. */
async function findWaitingRun(hub: HubClient, name: string): Promise<RunDocument> {
  const { runs: waiting } = await hub.ask(listRuns, { query: { state: 'awaiting_approval', limit: 500 } })
  const run = waiting.find(({ id }) => id === name) ?? waiting.find(({ sync }) => sync === name)
  if (run) return run
  throw new AffluentError('usage.wrong', {
    act: 'affluent approve',
    not_waiting: name.slice(0, 64),
    ...(waiting.length > 0 && { expected: waiting.map(({ sync }) => sync).join(', ') }),
  })
}

/** Why the guard stopped it, and how much it would change. */
function showStop(terminal: Terminal, { sync, error, counters }: RunDocument): void {
  const { translator } = terminal
  const number = (count: number): string => terminal.number(count)
  if (error) terminal.note(`${sync}${translator.t('approve.colon')} ${translator.error(error).title}`)
  const { adds, updates, removes } = counters
  terminal.note(
    translator.t('approve.plan', { adds: number(adds), updates: number(updates), removes: number(removes) }),
  )
}
