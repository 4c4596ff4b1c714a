import { AffluentError } from '../../../core/errors/affluent-error.ts'
import type { CommandAction } from '../command.ts'
import { completionScript, shells } from '../completion.ts'
import { exitCode } from '../exit-code.ts'

/** Prints the script that lets a shell complete commands, options and names. */
export const completion: CommandAction = async ({ terminal }, input) => {
  const value = input.arguments['shell'] ?? ''
  const shell = shells.find((known) => known === value)
  if (!shell) {
    throw new AffluentError('usage.wrong', {
      act: 'affluent completion',
      value: value.slice(0, 60),
      expected: shells.join(', '),
    })
  }
  const script = completionScript(shell)
  if (terminal.json) terminal.document('completion', { shell, script })
  else terminal.data(script)
  return exitCode.done
}
