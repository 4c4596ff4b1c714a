import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { z } from 'zod'
import { AffluentError } from '../../../core/errors/affluent-error.ts'
import type { JsonObject } from '../../../core/port/json.ts'
import { askAction, listActions, runAction, type ActionDocument } from '../../api/contract/connection.ts'
import { hasOption, optionValue, type CommandAction, type CommandInput } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import type { Terminal } from '../terminal.ts'
import { withClient } from '../with-client.ts'

const act = 'affluent connections action'

/** Asks a platform for something beside syncs: a lookalike, an exclusion, a custom field. Prints the answer. */
export const connectionsAction: CommandAction = async (context, input) => {
  const { terminal } = context
  const { connection = '', action: name = '' } = input.arguments
  const given = await readInput(context.currentFolder, input)
  return withClient(context, 'connections action', async (hub) => {
    const { actions } = await hub.ask(listActions, { params: { connection } })
    const action = findAction(actions, name)
    const params = { connection, action: name }
    if (action.effect === 'reads') {
      print(terminal, name, await hub.ask(askAction, { params, body: { input: given } }))
      return exitCode.done
    }
    const confirm = await confirmed(terminal, input, action)
    if (confirm === 'no') {
      terminal.note(terminal.translator.t('connections.disconnect_not'))
      return exitCode.approvalNeeded
    }
    print(terminal, name, await hub.ask(runAction, { params, body: { input: given, ...confirm } }))
    return exitCode.done
  })
}

function findAction(actions: readonly ActionDocument[], name: string): ActionDocument {
  const found = actions.find((one) => one.name === name)
  if (found) return found
  const expected = actions.map((one) => one.name).join(', ')
  throw new AffluentError('usage.wrong', { act, value: name.slice(0, 64), expected })
}

/** What cannot be taken back is asked for by the connection's name. */
async function confirmed(
  terminal: Terminal,
  input: CommandInput,
  { effect, description }: ActionDocument,
): Promise<{ readonly confirm?: string } | 'no'> {
  if (effect === 'changes') return {}
  const { connection = '' } = input.arguments
  if (hasOption(input, 'yes')) return { confirm: connection }
  terminal.note(description)
  const answer = await terminal.ask(terminal.translator.t('connections.action_sure', { connection }), '')
  return answer === connection ? { confirm: connection } : 'no'
}

function print(terminal: Terminal, action: string, { answer }: { readonly answer: JsonObject }): void {
  terminal.data(JSON.stringify({ format: 1, type: 'action', action, answer }, null, 2))
}

const inputSchema = z.record(z.string(), z.json())

async function readInput(folder: string, input: CommandInput): Promise<JsonObject> {
  const file = optionValue(input, 'input')
  if (file === undefined) return {}
  try {
    return inputSchema.parse(JSON.parse(await readFile(resolve(folder, file), 'utf8')))
  } catch (cause) {
    throw new AffluentError('usage.wrong', { act, value: file, expected: 'JSON' }, { cause })
  }
}
