import { listLookalikes } from '../../api/contract/identity.ts'
import { optionValue, type CommandAction } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import { readWholeNumber } from '../whole-number.ts'
import { withClient } from '../with-client.ts'

const defaultRows = 20
const mostRows = 10_000

/** Lists e-mail addresses that are different and look the same. */
export const profilesLookalikes: CommandAction = async (context, input) => {
  const { terminal } = context
  const { t } = terminal.translator
  const limit =
    readWholeNumber(optionValue(input, 'limit'), { name: 'limit', from: 1, to: mostRows }) ?? defaultRows
  const { lookalikes } = await withClient(context, 'profiles lookalikes', (hub) =>
    hub.ask(listLookalikes, { query: { limit } }),
  )
  terminal.document('lookalikes', { lookalikes })
  if (lookalikes.length === 0) terminal.say(t('profiles.no_lookalikes'))
  for (const { addresses } of lookalikes)
    terminal.say(addresses.map(({ address, profileId }) => `${address} (${profileId})`).join(' · '))
  if (lookalikes.length > 0) terminal.note(t('profiles.lookalikes_next'))
  return exitCode.done
}
