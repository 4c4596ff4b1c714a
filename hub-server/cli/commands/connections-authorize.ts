import { beginAuthorization, endAuthorization } from '../../api/contract/authorization.ts'
import { hasOption, type CommandAction } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import { withClient } from '../with-client.ts'

/** Prints the link at which somebody authorises an account. The hub must be running: it is where the platform sends the browser back to. */
export const authorizeConnection: CommandAction = async (context, input) => {
  const { terminal } = context
  const { t } = terminal.translator
  const connection = input.arguments['connection'] ?? ''
  const link = await withClient(context, 'connections authorize', (client) =>
    client.ask(beginAuthorization, { params: { connection } }),
  )
  terminal.document('authorization_link', { ...link })
  terminal.say(t('connections.authorize', { connection }))
  terminal.say(`  ${terminal.style('cyan', link.url)}`)
  terminal.say(t('connections.authorize_once', { until: terminal.instant(link.expiresAt) }))
  return exitCode.done
}

/** Ends an account's access at the platform and here. */
export const disconnectConnection: CommandAction = async (context, input) => {
  const { terminal } = context
  const { t } = terminal.translator
  const connection = input.arguments['connection'] ?? ''
  if (!hasOption(input, 'yes')) {
    const answer = await terminal.ask(t('connections.disconnect_sure', { connection }), '')
    if (answer !== connection) {
      terminal.note(t('connections.disconnect_not'))
      return exitCode.approvalNeeded
    }
  }
  const { ended } = await withClient(context, 'connections disconnect', (client) =>
    client.ask(endAuthorization, { params: { connection } }),
  )
  terminal.document('disconnection', { connection, ended })
  terminal.say(t(ended ? 'connections.disconnected' : 'connections.not_connected', { connection }))
  return exitCode.done
}
