import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { ZodError } from 'zod'
import { AffluentError } from '../../../core/errors/affluent-error.ts'
import type { JsonValue } from '../../../core/port/json.ts'
import { requireApplied } from '../../hub.ts'
import { asInteractive } from '../../net/urgency.ts'
import { cliActor } from '../cli-actor.ts'
import { optionValue, type CommandAction, type CommandInput } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import { withHub } from '../with-hub.ts'

/** Asks a platform for something beside syncs: a lookalike, an exclusion, a custom field. Noted in the audit log; prints the answer. */
export const connectionsAction: CommandAction = async (context, input) => {
  const { terminal, clock } = context
  const { connection: name = '', action: actionName = '' } = input.arguments
  const given = await readInput(context.currentFolder, input)
  const answer = await withHub(context, 'connections action', async (hub) => {
    const open = await hub.open(await requireApplied(hub, 'affluent connections action'))
    if (!open.workspace.connections.has(name)) throw unknownName(name, [...open.workspace.connections.keys()])
    const connection = await open.connect(name)
    const action = connection.action(actionName)
    if (!action) throw unknownName(actionName, connection.actions)
    const result = await asInteractive(() => action.run(given)).catch((error: unknown) => {
      throw error instanceof ZodError ? toInputError(error, actionName) : error
    })
    await hub.control.appendAudit({
      at: clock.now(),
      actor: cliActor(),
      action: 'action_run',
      object: `connection/${name}`,
      details: { action: actionName },
    })
    return result
  })
  terminal.data(JSON.stringify({ format: 1, type: 'action', action: actionName, answer }, null, 2))
  return exitCode.done
}

async function readInput(folder: string, input: CommandInput): Promise<JsonValue> {
  const file = optionValue(input, 'input')
  if (file === undefined) return {}
  try {
    const value: JsonValue = JSON.parse(await readFile(resolve(folder, file), 'utf8'))
    return value
  } catch (error) {
    throw new AffluentError(
      'usage.wrong',
      { act: 'affluent connections action', value: file, expected: 'JSON' },
      { cause: error },
    )
  }
}

function unknownName(value: string, known: readonly string[]): AffluentError {
  const params = { act: 'affluent connections action', value: value.slice(0, 64), expected: known.join(', ') }
  return new AffluentError('usage.wrong', params)
}

/** The first fault of the input, by place and expectation. */
function toInputError(error: ZodError, action: string): AffluentError {
  const [issue] = error.issues
  const place = issue ? issue.path.join('.') : ''
  return new AffluentError('usage.wrong', {
    act: `affluent connections action ${action}`,
    value: place,
    expected: issue?.message ?? '',
  })
}
