import { listConnectionHealth } from '../../api/contract/hub.ts'
import type { CommandAction } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import { showTable } from '../table.ts'
import { withClient } from '../with-client.ts'

const columns = [
  'connection',
  'platform',
  'state',
  'success',
  'pending',
  'access',
  'quota',
  'next',
  'owner',
] as const

/** Shows the connections in force and how each fares. */
export const connectionsList: CommandAction = async (context) => {
  const { terminal } = context
  const { t } = terminal.translator
  const { connections } = await withClient(context, 'connections list', (client) =>
    client.ask(listConnectionHealth),
  )
  terminal.document('connections', { connections })
  if (connections.length === 0) {
    terminal.say(t('connection_health.none'))
    return exitCode.done
  }
  const toQuota = (quota: { readonly left: number; readonly of: number } | undefined): string =>
    quota ? `${terminal.number(quota.left)} / ${terminal.number(quota.of)}` : ''
  const at = (instant: number | null): string => (instant === null ? '' : terminal.instant(instant))
  showTable(
    terminal,
    columns.map((column) => t(`connection_health.columns.${column}`)),
    connections.map((one) => [
      one.connection,
      one.connector,
      t(`connection_health.states.${one.state}`),
      at(one.lastSuccessAt),
      one.pending === 0 ? '' : terminal.number(one.pending),
      at(one.accessUntil),
      toQuota(one.quotas[0]),
      at(one.nextRunAt),
      one.owner ?? '',
    ]),
  )
  return connections.some(({ state }) => state === 'reconnect') ? exitCode.notAllowed : exitCode.done
}
