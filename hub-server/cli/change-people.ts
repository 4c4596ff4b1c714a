import { AffluentError } from '../../core/errors/affluent-error.ts'
import type { RouteContract } from '../api/contract/describe-route.ts'
import type { ChangeDocument } from '../api/contract/identity.ts'
import { hasOption, type CommandContext, type CommandInput } from './command.ts'
import { exitCode } from './exit-code.ts'
import { showIdentityChange } from './identity-change-view.ts'
import { nameRecord } from './name-record.ts'
import { withClient } from './with-client.ts'

/** A merge or an unmerge, as its command asks for it. */
export interface PeopleChange<Body> {
  readonly command: 'merge' | 'unmerge'
  readonly preview: RouteContract<object, object, Body, ChangeDocument>
  readonly carryOut: RouteContract<object, object, Body, ChangeDocument>
  readonly body: Body
}

/** Shows what a change of who is who would do and, when it is confirmed, does exactly that. */
export async function changePeople<Body>(
  context: CommandContext,
  input: CommandInput,
  { command, preview, carryOut, body }: PeopleChange<Body>,
): Promise<number> {
  const { terminal } = context
  const { t } = terminal.translator
  return withClient(context, `profiles ${command}`, async (hub) => {
    const shown = await hub.ask(preview, { body })
    showIdentityChange(terminal, shown)
    terminal.say()
    if (hasOption(input, 'preview')) {
      terminal.document(`profiles_${command}`, { preview: true, ...shown })
      terminal.say(t('profiles.change.preview'))
      return exitCode.done
    }
    if (!hasOption(input, 'yes')) {
      const answer = await terminal.ask(t('profiles.change.question'), '')
      if (answer.toLowerCase() !== t('apply.accepted'))
        throw new AffluentError('usage.confirmation_needed', { act: `affluent profiles ${command}` })
    }
    const change = await hub.ask(carryOut, { body })
    const undo = nameUndo(command, change)
    terminal.document(`profiles_${command}`, { preview: false, ...change, undo })
    terminal.say(`${terminal.style('green', '✔')} ${t(`profiles.change.done_${command}`, { undo })}`)
    return exitCode.done
  })
}

/** The command that takes a change back, ready to be typed. */
function nameUndo(command: 'merge' | 'unmerge', { before, after }: ChangeDocument): string {
  const ids = after.map(({ profile }) => profile.profileId)
  if (command === 'unmerge') return ['affluent profiles merge', ...ids.slice(0, 2)].join(' ')
  const joined = before.at(-1)?.profile.sourceRecords ?? []
  return [
    'affluent profiles unmerge',
    ids[0],
    ...joined.map((one) => `--record ${quote(nameRecord(one))}`),
  ].join(' ')
}

/** Names that hold nothing special to a shell stay readable. */
const quote = (word: string): string =>
  /^[\w./@:#+-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
