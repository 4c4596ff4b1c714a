import { relearnQuality } from '../../api/contract/quality.ts'
import type { CommandAction } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import { withClient } from '../with-client.ts'

/** Has the next run learn anew what is usual in a source, and judge all of its records by it. */
export const qualityRelearn: CommandAction = async (context, input) => {
  const { terminal } = context
  const source = input.arguments['source']
  const body = source === undefined ? {} : { source }
  const { sources } = await withClient(context, 'quality relearn', (hub) => hub.ask(relearnQuality, { body }))
  terminal.document('quality_relearn', { sources })
  const names = sources.map(({ connection, stream }) => `${connection}/${stream}`).join(', ')
  const { t } = terminal.translator
  terminal.say(sources.length === 0 ? t('quality.no_checks') : t('quality.relearn', { sources: names }))
  return exitCode.done
}
