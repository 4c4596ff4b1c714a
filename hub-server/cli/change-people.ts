import { AffluentError } from '../../core/errors/affluent-error.ts'
import type { IdentityChange } from '../../core/port/identity-store.ts'
import { requireApplied, type OpenWorkspace } from '../hub.ts'
import { cliActor } from './cli-actor.ts'
import { hasOption, type CommandContext, type CommandInput } from './command.ts'
import { exitCode } from './exit-code.ts'
import { listIds, showIdentityChange } from './identity-change-view.ts'
import { nameRecord } from './name-record.ts'
import { withHub } from './with-hub.ts'

/** A merge or an unmerge, as its command asks for it. */
export interface PeopleChange {
  readonly command: 'merge' | 'unmerge'
  /** For the audit log: "profiles_merged". */
  readonly action: string
  /** Carries it out; `settle` brings segments up to date. */
  readonly work: (open: OpenWorkspace, settle: () => Promise<void>) => Promise<IdentityChange>
}

/** Shows what a change of who is who would do and, when it is confirmed, does exactly that; noted in the audit log. */
export async function changePeople(
  context: CommandContext,
  input: CommandInput,
  { command, action, work }: PeopleChange,
): Promise<number> {
  const { terminal, clock } = context
  const { t } = terminal.translator
  return withHub(context, `profiles ${command}`, async (hub) => {
    const open = await hub.open(await requireApplied(hub, `affluent profiles ${command}`))
    const rules = new Map([...open.workspace.segments].map(([name, segment]) => [name, segment.rule]))
    const settle = async (): Promise<void> => void (await open.segments.evaluateTouched(rules, clock.now()))
    const preview = await hub.duckdb.dryRun(() => work(open, settle))
    showIdentityChange(terminal, preview, open.workspace)
    terminal.say()
    if (hasOption(input, 'preview')) {
      terminal.document(`profiles_${command}`, { preview: true, ...preview })
      terminal.say(t('profiles.change.preview'))
      return exitCode.done
    }
    if (!hasOption(input, 'yes')) {
      const answer = await terminal.ask(t('profiles.change.question'), '')
      if (answer.toLowerCase() !== t('apply.accepted'))
        throw new AffluentError('usage.confirmation_needed', { act: `affluent profiles ${command}` })
    }
    const change = await work(open, settle)
    const { before, after } = change
    await hub.control.appendAudit({
      at: clock.now(),
      actor: cliActor(),
      action,
      object: `profile/${after[0]?.profile.profileId ?? ''}`,
      details: { before: listIds(before), after: listIds(after) },
    })
    const undo = nameUndo(command, change)
    terminal.document(`profiles_${command}`, { preview: false, ...change, undo })
    terminal.say(`${terminal.style('green', '✔')} ${t(`profiles.change.done_${command}`, { undo })}`)
    return exitCode.done
  })
}

/** The command that takes a change back, ready to be typed. */
function nameUndo(command: PeopleChange['command'], { before, after }: IdentityChange): string {
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
