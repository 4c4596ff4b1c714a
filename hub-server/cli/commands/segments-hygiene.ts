import { showHygiene } from '../../api/contract/segment-history.ts'
import type { CommandAction } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import { showWarnings, toWarningDocuments } from '../show-warnings.ts'
import { withClient } from '../with-client.ts'

/** Names what is wrong with the segments, each with its repair. Changes nothing; ends with 0 whatever it finds. */
export const segmentsHygiene: CommandAction = async (context) => {
  const { terminal } = context
  const found = await withClient(context, 'segments hygiene', (hub) => hub.ask(showHygiene))
  const { segments: count, limits, warnings } = found
  const { t } = terminal.translator
  const told = toWarningDocuments(terminal, warnings)
  terminal.document('segments_hygiene', { segments: count, limits, warnings: told })
  const words = { count, number: terminal.number(count), warnings: terminal.number(told.length) }
  terminal.say(terminal.style('bold', t(told.length === 0 ? 'hygiene.clean' : 'hygiene.found', words)))
  showWarnings(terminal, warnings)
  return exitCode.done
}
