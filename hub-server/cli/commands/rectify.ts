import { AffluentError } from '../../../core/errors/affluent-error.ts'
import { requireApplied } from '../../hub.ts'
import { cliActor } from '../cli-actor.ts'
import { hasOption, type CommandAction } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import { findPerson } from '../find-person.ts'
import { withHub } from '../with-hub.ts'

const act = 'affluent rectify'

/** Corrects one value of a person against all sources, or takes the correction back. */
export const rectify: CommandAction = async (context, input) => {
  const { terminal, clock } = context
  const { person = '', trait = '', value } = input.arguments
  const lifts = hasOption(input, 'lift')
  if (value === undefined && !lifts) throw new AffluentError('usage.wrong', { act, missing: 'value' })
  const outcome = await withHub(context, 'rectify', async (hub) => {
    const open = await hub.open(await requireApplied(hub, act))
    const profileId = await findPerson(open, person, act)
    const order = { actor: cliActor(), at: clock.now() }
    const changed = lifts
      ? await open.rights.liftRectification(profileId, trait)
      : await open.rights.rectify(profileId, { trait, value: value ?? null }, order).then(() => true)
    const action = lifts ? 'rectification_lifted' : 'value_rectified'
    if (changed)
      await hub.control.appendAudit({ ...order, action, object: `profile/${profileId}`, details: { trait } })
    return { profileId, changed }
  })
  terminal.document('rectification', { ...outcome, trait, lifted: lifts })
  const key = lifts ? (outcome.changed ? 'lifted' : 'none') : 'done'
  terminal.say(terminal.translator.t(`rectify.${key}`, { profile: outcome.profileId, trait }))
  return exitCode.done
}
