import { AffluentError } from '../../../core/errors/affluent-error.ts'
import { liftRectification, rectifyPerson } from '../../api/contract/person.ts'
import { hasOption, type CommandAction } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import { withClient } from '../with-client.ts'

const act = 'affluent rectify'

/** Corrects one value of a person against all sources, or takes the correction back. */
export const rectify: CommandAction = async (context, input) => {
  const { terminal } = context
  const { person = '', trait = '', value } = input.arguments
  const lifts = hasOption(input, 'lift')
  if (value === undefined && !lifts) throw new AffluentError('usage.wrong', { act, missing: 'value' })
  const outcome = await withClient(context, 'rectify', (hub) =>
    lifts
      ? hub.ask(liftRectification, { body: { person, trait } })
      : hub.ask(rectifyPerson, { body: { person, trait, value: value ?? null } }),
  )
  terminal.document('rectification', { ...outcome, trait, lifted: lifts })
  const key = lifts ? (outcome.changed ? 'lifted' : 'none') : 'done'
  terminal.say(terminal.translator.t(`rectify.${key}`, { profile: outcome.profileId, trait }))
  return exitCode.done
}
