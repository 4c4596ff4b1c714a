import { resolve } from 'node:path'
import { restoreBackup } from '../../operation/backup/restore-backup.ts'
import { cliActor } from '../cli-actor.ts'
import type { CommandAction } from '../command.ts'
import { exitCode } from '../exit-code.ts'

/** Puts a backup into a workspace that has no data yet. No hub can run there, so it is done in this process. */
export const restore: CommandAction = async ({ terminal, config, clock, folder, currentFolder }, input) => {
  const { t } = terminal.translator
  const from = resolve(currentFolder, input.arguments['backup'] ?? '')
  const list = await restoreBackup({ from, folder, secrets: config.secrets, actor: cliActor(), clock })
  const at = Date.parse(list.made_at)
  terminal.document('restored', { made_at: list.made_at, version: list.version })
  terminal.say(`${terminal.style('green', '✔')} ${t('restore.done', { at: terminal.instant(at) })}`)
  terminal.say(`  ${t('restore.next')}`)
  return exitCode.done
}
