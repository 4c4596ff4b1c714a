import { AffluentError } from '../../../core/errors/affluent-error.ts'
import { approveRun } from '../../worker/approve-run.ts'
import { cliActor } from '../cli-actor.ts'
import { optionValue, type CommandDefinition } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import { withHub } from '../with-hub.ts'

/** Lets a run go on that the guard stopped. The digest says which plan was looked at: a changed plan needs a new approval. */
export const approveCommand: CommandDefinition = {
  name: 'approve',
  arguments: [{ name: 'run', required: true, complete: 'run' }],
  options: [{ name: 'confirm', value: 'DIGEST' }],
  examples: ['affluent approve RUN', 'affluent approve RUN --confirm DIGEST'],
  async run(context, input) {
    const { terminal, clock } = context
    const { t } = terminal.translator
    const runId = input.arguments['run'] ?? ''
    await withHub(context, 'approve', async ({ control }) => {
      const run = await control.run(runId)
      if (run?.state !== 'awaiting_approval') {
        throw new AffluentError('usage.wrong', {
          act: `affluent approve ${runId.slice(0, 64)}`,
          expected: t('states.awaiting_approval'),
        })
      }
      const question = t('approve.question', {
        removes: terminal.number(run.counters.removes),
        planned: terminal.number(run.counters.planned),
        digest: run.planDigest ?? '',
      })
      const digest = optionValue(input, 'confirm') ?? (await terminal.ask(question, ''))
      if (digest === '')
        throw new AffluentError('usage.confirmation_needed', { act: 'affluent approve', option: '--confirm' })
      await approveRun({ control, clock, actor: cliActor() }, runId, digest)
    })
    terminal.document('approved', { run: runId })
    terminal.say(`${terminal.style('green', '✔')} ${t('approve.done')}`)
    return exitCode.done
  },
}
