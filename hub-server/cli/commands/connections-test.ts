import { testConnections, type TestedConnection } from '../../api/contract/connection.ts'
import type { CommandAction } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import type { Terminal } from '../terminal.ts'
import { withClient } from '../with-client.ts'

/** Calls each platform once and tells, permission by permission, what works and what to do about the rest. */
export const connectionsTest: CommandAction = async (context, input) => {
  const { terminal } = context
  const wanted = input.arguments['connection']
  const body = wanted === undefined ? {} : { connections: [wanted] }
  const { connections } = await withClient(context, 'connections test', (hub) =>
    hub.ask(testConnections, { body }),
  )
  terminal.document('connections', {
    connections: connections.map(({ error, ...tested }) => ({ ...tested, error: error?.code ?? null })),
  })
  for (const connection of connections) showConnection(terminal, connection)
  const isFine = connections.every(({ checks, error }) => !error && checks.every((check) => check.ok))
  return isFine ? exitCode.done : exitCode.notAllowed
}

function showConnection(terminal: Terminal, { connection, checks, error }: TestedConnection): void {
  const { phrase } = terminal.translator
  terminal.say(terminal.style('bold', connection))
  if (error) {
    terminal.say(`  ${terminal.style('red', '✖')} ${error.title}`)
    terminal.say(`    ${error.repair}`)
  }
  for (const { name, ok, remedy } of checks) {
    terminal.say(`  ${ok ? terminal.style('green', '✔') : terminal.style('red', '✖')} ${phrase(name)}`)
    if (!ok && remedy !== undefined) terminal.say(`    ${phrase(remedy)}`)
  }
}
