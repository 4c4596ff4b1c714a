import { requireApplied } from '../../hub.ts'
import { pickPerson } from '../../pick/pick-person.ts'
import { cliActor } from '../cli-actor.ts'
import type { CommandAction } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import { withHub } from '../with-hub.ts'

/** Puts a person into a hand-picked segment, or takes them out. */
export const segmentsPick =
  (verb: 'pick' | 'drop'): CommandAction =>
  async (context, input) => {
    const { terminal } = context
    const act = `affluent segments ${verb}`
    const person = input.arguments['person'] ?? ''
    const answer = await withHub(context, `segments ${verb}`, async (hub) =>
      pickPerson(await hub.open(await requireApplied(hub, act)), {
        segment: input.arguments['segment'] ?? '',
        person,
        action: verb === 'pick' ? 'picked' : 'dropped',
        actor: cliActor(),
        act,
      }),
    )
    terminal.document('pick', { ...answer })
    const words = terminal.translator.t(`segments.${answer.action}`, { person, segment: answer.segment })
    terminal.say(`${terminal.style('green', '✔')} ${words}`)
    return exitCode.done
  }
