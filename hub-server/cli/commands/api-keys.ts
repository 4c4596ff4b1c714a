import { AffluentError } from '../../../core/errors/affluent-error.ts'
import { keyDays } from '../../access/api-key-book.ts'
import { apiKeyScopes, isApiKeyScope } from '../../access/permissions.ts'
import { listApiKeys, makeApiKey, revokeApiKey } from '../../api/contract/access.ts'
import { optionValue, optionValues, type CommandAction } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import { showTable } from '../table.ts'
import { readWholeNumber } from '../whole-number.ts'
import { withClient } from '../with-client.ts'

/** Makes an API key and prints it, this once. */
export const apiKeysAdd: CommandAction = (context, input) =>
  withClient(context, 'keys', async (hub) => {
    const { terminal } = context
    const typed = optionValues(input, 'scope')
    const scopes = typed.filter(isApiKeyScope)
    if (scopes.length === 0 || scopes.length !== typed.length)
      throw new AffluentError('usage.wrong', {
        act: 'affluent apikeys add',
        option: '--scope',
        expected: apiKeyScopes.join(', '),
      })
    const days = readWholeNumber(optionValue(input, 'days'), { name: 'days', from: 1, to: keyDays.most })
    const name = input.arguments['program'] ?? ''
    const body = { name, scopes, ...(days !== undefined && { days }) }
    const { key, made } = await hub.ask(makeApiKey, { body })
    terminal.document('api_key', { ...made, key })
    const { t } = terminal.translator
    const until = terminal.instant(made.expiresAt)
    const text = t('api_keys.created', { name: made.name, id: made.id, until })
    terminal.say(`${terminal.style('green', '✔')} ${text}`)
    terminal.say(`  ${key}`)
    terminal.say(t('api_keys.once'))
    return exitCode.done
  })

/** Lists the API keys: names and scopes, since the keys themselves are not kept. */
export const apiKeysList: CommandAction = (context) =>
  withClient(context, 'keys', async (hub) => {
    const { terminal } = context
    const { t } = terminal.translator
    const { keys } = await hub.ask(listApiKeys)
    terminal.document('api_keys', { keys })
    if (keys.length === 0) {
      terminal.say(t('api_keys.none'))
      return exitCode.done
    }
    const instant = (at: number | null): string => (at === null ? '–' : terminal.instant(at))
    showTable(
      terminal,
      ['id', 'name', 'scopes', 'expires', 'used', 'revoked'].map((column) => t(`api_keys.columns.${column}`)),
      keys.map(({ id, name, scopes, expiresAt, usedAt, revokedAt }) => [
        id,
        name,
        scopes.join(', '),
        instant(expiresAt),
        instant(usedAt),
        instant(revokedAt),
      ]),
    )
    return exitCode.done
  })

/** Ends an API key. */
export const apiKeysRevoke: CommandAction = (context, input) =>
  withClient(context, 'keys', async (hub) => {
    const { terminal } = context
    const { id } = await hub.ask(revokeApiKey, { params: { id: input.arguments['api_key'] ?? '' } })
    terminal.document('api_key_revoked', { id })
    const text = terminal.translator.t('api_keys.revoked', { id })
    terminal.say(`${terminal.style('green', '✔')} ${text}`)
    return exitCode.done
  })
