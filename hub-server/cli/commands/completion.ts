import { AffluentError } from '../../../core/errors/affluent-error.ts'
import type { CommandDefinition } from '../command.ts'
import { completionScript, shells } from '../completion.ts'
import { exitCode } from '../exit-code.ts'

/** Prints the script that lets a shell complete commands, options and names. */
export const completionCommand: CommandDefinition = {
  name: 'completion',
  arguments: [{ name: 'shell', required: true, complete: shells }],
  examples: [
    'source <(affluent completion bash)',
    'affluent completion fish > ~/.config/fish/completions/affluent.fish',
  ],
  async run({ terminal }, input) {
    const wanted = input.arguments['shell']
    const shell = shells.find((known) => known === wanted)
    if (!shell) {
      throw new AffluentError('usage.wrong', {
        act: `affluent completion ${wanted ?? ''}`,
        expected: shells.join(', '),
      })
    }
    terminal.data(completionScript(shell))
    return exitCode.done
  },
}
