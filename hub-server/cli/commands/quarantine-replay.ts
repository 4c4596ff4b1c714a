import { replayQuarantine } from '../../api/contract/quarantine.ts'
import { hasOption, type CommandAction } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import { withClient } from '../with-client.ts'

/** Has the next run try again what is in quarantine; with --accept, records that a check holds back pass as they are. */
export const quarantineReplay: CommandAction = async (context, input) => {
  const { terminal } = context
  const { t } = terminal.translator
  const source = input.arguments['source']
  const accept = hasOption(input, 'accept')
  const body = { accept, ...(source !== undefined && { source }) }
  const replayed = await withClient(context, 'quarantine replay', (hub) =>
    hub.ask(replayQuarantine, { body }),
  )
  const { records, syncs } = replayed
  terminal.document('quarantine_replay', { ...replayed, accepted: accept })
  if (records === 0 && syncs.length === 0) terminal.say(t('quarantine.empty'))
  if (records > 0) {
    const words = { count: records, number: terminal.number(records) }
    terminal.say(t(accept ? 'quarantine.accepted' : 'quarantine.judged_again', words))
  }
  if (syncs.length > 0) terminal.say(t('quarantine.read_again', { syncs: syncs.join(', ') }))
  if (records > 0 || syncs.length > 0) terminal.say(t('quarantine.run'))
  return exitCode.done
}
