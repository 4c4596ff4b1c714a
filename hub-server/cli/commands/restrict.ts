import { requireApplied } from '../../hub.ts'
import { cliActor } from '../cli-actor.ts'
import { hasOption, type CommandAction } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import { findPerson } from '../find-person.ts'
import { withHub } from '../with-hub.ts'

const act = 'affluent restrict'

/** Keeps a person and uses them for nothing, or ends that. */
export const restrict: CommandAction = async (context, input) => {
  const { terminal, clock } = context
  const lifts = hasOption(input, 'lift')
  const outcome = await withHub(context, 'restrict', async (hub) => {
    const open = await hub.open(await requireApplied(hub, act))
    const profileId = await findPerson(open, input.arguments['person'] ?? '', act)
    const order = { actor: cliActor(), at: clock.now() }
    const records = lifts
      ? await open.rights.liftRestriction(profileId)
      : await open.rights.restrict(profileId, order)
    const action = lifts ? 'restriction_lifted' : 'person_restricted'
    if (records > 0)
      await hub.control.appendAudit({
        ...order,
        action,
        object: `profile/${profileId}`,
        details: { records },
      })
    return { profileId, records }
  })
  terminal.document('restriction', { ...outcome, lifted: lifts })
  const key = lifts ? 'lifted' : 'done'
  const text = outcome.records > 0 ? key : lifts ? 'none' : 'already'
  terminal.say(terminal.translator.t(`restrict.${text}`, { profile: outcome.profileId }))
  return exitCode.done
}
