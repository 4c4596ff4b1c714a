import { liftRestriction, restrictPerson } from '../../api/contract/person.ts'
import { hasOption, type CommandAction } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import { withClient } from '../with-client.ts'

/** Keeps a person and uses them for nothing, or ends that. */
export const restrict: CommandAction = async (context, input) => {
  const { terminal } = context
  const lifts = hasOption(input, 'lift')
  const body = { person: input.arguments['person'] ?? '' }
  const outcome = await withClient(context, 'restrict', (hub) =>
    hub.ask(lifts ? liftRestriction : restrictPerson, { body }),
  )
  terminal.document('restriction', { ...outcome, lifted: lifts })
  const key = lifts ? 'lifted' : 'done'
  const text = outcome.records > 0 ? key : lifts ? 'none' : 'already'
  terminal.say(terminal.translator.t(`restrict.${text}`, { profile: outcome.profileId }))
  return exitCode.done
}
