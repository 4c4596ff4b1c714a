import { AffluentError } from '../../../core/errors/affluent-error.ts'
import { changeLogLevel, readLogLevel } from '../../api/contract/hub.ts'
import { isLogLevel, logLevels } from '../../config.ts'
import type { CommandAction } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import { withClient } from '../with-client.ts'

/** Shows how much the hub that runs writes into its log, or changes it while it runs. */
export const logsLevel: CommandAction = async (context, input) => {
  const { terminal } = context
  const wanted = input.arguments['level']
  if (wanted !== undefined && !isLogLevel(wanted))
    throw new AffluentError('usage.wrong', {
      act: 'affluent logs level',
      value: wanted,
      expected: logLevels.join(', '),
    })
  const { level } = await withClient(context, 'logs level', (client) =>
    wanted === undefined ? client.ask(readLogLevel) : client.ask(changeLogLevel, { body: { level: wanted } }),
  )
  terminal.document('log_level', { level })
  terminal.say(terminal.translator.t(wanted === undefined ? 'log_level.is' : 'log_level.set', { level }))
  return exitCode.done
}
