import type { ConnectionCheck } from '../../../core/connector/connector.ts'
import { AffluentError } from '../../../core/errors/affluent-error.ts'
import { asInteractive } from '../../net/urgency.ts'
import { readWorkspaceFiles } from '../../workspace-files.ts'
import type { CommandAction } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import type { Terminal } from '../terminal.ts'
import { withHub } from '../with-hub.ts'

interface TestedConnection {
  readonly connection: string
  readonly checks: readonly ConnectionCheck[]
  readonly error?: AffluentError
}

/** Calls each platform once and tells, permission by permission, what works and what to do about the rest. */
export const connectionsTest: CommandAction = async (context, input) => {
  const { terminal, folder, config } = context
  const { workspace } = await readWorkspaceFiles(folder, config.env)
  const wanted = input.arguments['connection']
  const names = [...workspace.connections.keys()].filter((name) => wanted === undefined || name === wanted)
  if (names.length === 0) {
    const expected = [...workspace.connections.keys()].join(', ')
    throw new AffluentError('usage.wrong', {
      act: 'affluent connections test',
      value: wanted ?? '',
      expected,
    })
  }
  const tested = await withHub(context, 'connections test', async (hub) => {
    const { connect } = await hub.open(workspace)
    return Promise.all(
      names.map((name) =>
        testConnection(name, () => asInteractive(async () => (await connect(name)).test())),
      ),
    )
  })
  terminal.document('connections', {
    connections: tested.map(({ connection, checks, error }) => ({
      connection,
      checks,
      error: error?.code ?? null,
    })),
  })
  for (const connection of tested) showConnection(terminal, connection)
  const isFine = tested.every(({ checks, error }) => !error && checks.every((check) => check.ok))
  return isFine ? exitCode.done : exitCode.notAllowed
}

async function testConnection(
  connection: string,
  test: () => Promise<readonly ConnectionCheck[]>,
): Promise<TestedConnection> {
  try {
    return { connection, checks: await test() }
  } catch (error) {
    if (error instanceof AffluentError) return { connection, checks: [], error }
    throw error
  }
}

function showConnection(terminal: Terminal, { connection, checks, error }: TestedConnection): void {
  const { translator } = terminal
  const { phrase } = translator
  terminal.say(terminal.style('bold', connection))
  if (error) {
    const { title, repair } = translator.error(error)
    terminal.say(`  ${terminal.style('red', '✖')} ${title}`)
    terminal.say(`    ${repair}`)
  }
  for (const { name, ok, remedy } of checks) {
    terminal.say(`  ${ok ? terminal.style('green', '✔') : terminal.style('red', '✖')} ${phrase(name)}`)
    if (!ok && remedy !== undefined) terminal.say(`    ${phrase(remedy)}`)
  }
}
