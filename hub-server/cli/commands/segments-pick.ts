import { pickPerson } from '../../api/contract/pick.ts'
import type { CommandAction } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import { withClient } from '../with-client.ts'

/** Puts a person into a hand-picked segment, or takes them out. */
export const segmentsPick =
  (verb: 'pick' | 'drop'): CommandAction =>
  async (context, input) => {
    const { terminal } = context
    const person = input.arguments['person'] ?? ''
    const answer = await withClient(context, `segments ${verb}`, (hub) =>
      hub.ask(pickPerson, {
        params: { segment: input.arguments['segment'] ?? '' },
        body: { person, action: verb === 'pick' ? 'picked' : 'dropped' },
      }),
    )
    terminal.document('pick', { ...answer })
    const words = terminal.translator.t(`segments.${answer.action}`, { person, segment: answer.segment })
    terminal.say(`${terminal.style('green', '✔')} ${words}`)
    return exitCode.done
  }
