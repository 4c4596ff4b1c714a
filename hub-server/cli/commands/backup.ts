import { resolve } from 'node:path'
import { makeBackup } from '../../api/contract/hub.ts'
import { dataPaths } from '../../data-paths.ts'
import { hasOption, type CommandAction } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import { withClient } from '../with-client.ts'

/** Copies all data of the workspace into a folder. A hub that runs does so itself, and goes on meanwhile. */
export const backUp: CommandAction = async (context, input) => {
  const { terminal, currentFolder, folder: workspace } = context
  const { t } = terminal.translator
  const folder = resolve(currentFolder, input.arguments['backup'] ?? '')
  const withKey = hasOption(input, 'with-key')
  const made = await withClient(context, 'backup', (client) =>
    client.ask(makeBackup, { body: { folder, withKey } }),
  )
  terminal.document('backup', { ...made })
  const size = terminal.number(made.bytes / 1024 ** 2, 1)
  terminal.say(`${terminal.style('green', '✔')} ${t('backup.done', { size, folder })}`)
  terminal.say(
    `  ${t(withKey ? 'backup.with_key' : 'backup.without_key', { file: dataPaths(workspace).secretKey })}`,
  )
  return exitCode.done
}
