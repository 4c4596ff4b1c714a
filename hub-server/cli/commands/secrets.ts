import { listSecretKeys, rotateSecretKeys } from '../../api/contract/secret.ts'
import type { CommandAction } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import { showTable } from '../table.ts'
import { withClient } from '../with-client.ts'

/** Shows which keys seal the hub's secrets, and since when; never a key. */
export const listSecrets: CommandAction = async (context) => {
  const { terminal } = context
  const { t } = terminal.translator
  const { keys } = await withClient(context, 'secrets list', (client) => client.ask(listSecretKeys))
  terminal.document('secret_keys', { keys })
  showTable(
    terminal,
    [t('secrets.purpose'), t('secrets.version'), t('secrets.since')],
    keys.map(({ purpose, version, createdAt }) => [
      t(`secrets.purposes.${purpose}`),
      terminal.number(version),
      terminal.instant(createdAt),
    ]),
  )
  return exitCode.done
}

/** Seals all secrets with new keys; a hub that runs goes on meanwhile. */
export const rotateKeys: CommandAction = async (context) => {
  const { terminal } = context
  const { t } = terminal.translator
  const rotation = await withClient(context, 'secrets rotate', (client) => client.ask(rotateSecretKeys))
  terminal.document('secret_rotation', { ...rotation })
  terminal.say(`${terminal.style('green', '✔')} ${t('secrets.rotated', { count: rotation.resealed })}`)
  terminal.say(`  ${t(rotation.wrappingKeyReplaced ? 'secrets.own_key_replaced' : 'secrets.key_elsewhere')}`)
  return exitCode.done
}
