import type { CommanderError } from 'commander'
import { AffluentError, type ErrorParams } from '../../core/errors/affluent-error.ts'

/** What the parser's message quotes, by its code: the words for people are ours, in both languages. */
const params: Readonly<Record<string, string>> = {
  'commander.unknownCommand': 'command',
  'commander.unknownOption': 'option',
  'commander.missingArgument': 'missing',
  'commander.optionMissingArgument': 'missing',
  'commander.excessArguments': 'surplus',
}

/** Longest word of a command line that is repeated. */
const longestWord = 60

/** Turns a refusal of the parser (English words) into `usage.wrong`. */
export function toUsageError(error: CommanderError): AffluentError {
  const quoted = /'([^']*)'/.exec(error.message)?.[1]
  const suggestion = /\(Did you mean (?:one of )?([^?]*)\?\)/.exec(error.message)?.[1]
  const name = params[error.code]
  const told: ErrorParams = {
    ...(name !== undefined && quoted !== undefined && { [name]: quoted.slice(0, longestWord) }),
    ...(suggestion !== undefined && { suggestion }),
  }
  return new AffluentError('usage.wrong', told, { cause: error })
}
