import { Command, CommanderError, Option } from 'commander'
import { AffluentError } from '../../core/errors/affluent-error.ts'
import type { Translate } from '../locales/translate.ts'
import type { CommandContext, CommandDefinition, CommandInput, CommandOption } from './command.ts'
import { globalOptions } from './completion.ts'
import { exitCode } from './exit-code.ts'

export interface ProgramOptions {
  readonly definitions: readonly CommandDefinition[]
  readonly version: string
  readonly t: Translate
  /** Makes the context once the global options are known. */
  readonly createContext: (input: CommandInput) => CommandContext
  readonly write: { out(text: string): void; err(text: string): void }
}

/**
 * Parses a command line and runs its command; returns the exit code. Errors of usage are told with a suggestion and code 64; errors of
 * commands are thrown.
 */
export async function runProgram(options: ProgramOptions, words: readonly string[]): Promise<number> {
  let code: number = exitCode.done
  const program = newCommand('affluent', options)
    .description(options.t('program.description'))
    .version(options.version, '--version', options.t('options.version'))
  for (const option of globalOptions)
    if (option.name !== 'help') program.addOption(toOption(option, options.t))
  const groups = new Map<string, Command>()
  for (const definition of options.definitions) {
    addCommand(program, groups, definition, options).action(async (...values: unknown[]) => {
      const input = toInput(definition, values, program.opts())
      code = await definition.run(options.createContext(input), input)
    })
  }
  try {
    await program.parseAsync([...words], { from: 'user' })
    return code
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    return error.exitCode === 0 ? exitCode.done : exitCode.wrongUsage
  }
}

function newCommand(name: string, { t, write }: ProgramOptions): Command {
  return new Command(name)
    .exitOverride()
    .showSuggestionAfterError(true)
    .configureOutput({ writeOut: write.out, writeErr: write.err })
    .configureHelp({ styleTitle: (title) => t(`help.${title.replace(':', '').toLowerCase()}`) })
    .helpOption('-h, --help', t('options.help'))
    .helpCommand(false)
}

function addCommand(
  program: Command,
  groups: Map<string, Command>,
  definition: CommandDefinition,
  options: ProgramOptions,
): Command {
  const { t } = options
  const [first = '', second] = definition.name.split(' ')
  const command = newCommand(second ?? first, options).description(
    t(`commands.${definition.name.replace(' ', '_')}`),
  )
  parentOf(program, groups, second === undefined ? undefined : first, options).addCommand(command)
  for (const argument of definition.arguments ?? []) {
    const shown = argument.required ? `<${argument.name}>` : `[${argument.name}]`
    command.argument(shown, t(`arguments.${argument.name}`))
  }
  for (const option of definition.options ?? []) command.addOption(toOption(option, t))
  const examples = definition.examples.map((example) => `  ${example}`).join('\n')
  return command.addHelpText('after', `\n${t('help.examples')}\n${examples}\n`)
}

function parentOf(
  program: Command,
  groups: Map<string, Command>,
  name: string | undefined,
  options: ProgramOptions,
): Command {
  if (name === undefined) return program
  const known = groups.get(name)
  if (known) return known
  const group = newCommand(name, options).description(options.t(`groups.${name}`))
  groups.set(name, group)
  program.addCommand(group)
  return group
}

function toOption(option: CommandOption, t: Translate): Option {
  const flags = `--${option.name}${option.value === undefined ? '' : ` <${option.value}>`}`
  const made = new Option(flags, t(`options.${option.name}`))
  return option.repeatable ? made.argParser(collect) : made
}

const collect = (value: string, before: unknown): string[] => [
  ...(Array.isArray(before) ? before.map(String) : []),
  value,
]

/** Commander hands the positional values, then the options, then the command. */
function toInput(
  definition: CommandDefinition,
  values: readonly unknown[],
  globals: Readonly<Record<string, unknown>>,
): CommandInput {
  const named = (definition.arguments ?? []).map(
    (argument, index) => [argument.name, asText(values[index])] as const,
  )
  const own = values[definition.arguments?.length ?? 0]
  const merged = { ...globals, ...(typeof own === 'object' && own !== null ? own : {}) }
  const options = [...(definition.options ?? []), ...globalOptions].map(
    (option) => [option.name, toOptionValue(option, merged)] as const,
  )
  return { arguments: Object.fromEntries(named), options: Object.fromEntries(options) }
}

const asText = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

function toOptionValue(
  option: CommandOption,
  values: Readonly<Record<string, unknown>>,
): string | string[] | true | undefined {
  // Commander stores "--as-of" as "asOf", and "--no-input" as input: false.
  const isNegation = option.name.startsWith('no-')
  const key = option.name
    .replace(/^no-/, '')
    .replace(/-([a-z])/g, (_match, letter: string) => letter.toUpperCase())
  const value = values[key]
  if (isNegation) return value === false ? true : undefined
  if (Array.isArray(value)) return value.map(String)
  if (typeof value === 'string') return value
  return value === true ? true : undefined
}

/** The exit code that an error asks for. */
export function exitCodeOf(error: unknown): number {
  return error instanceof AffluentError ? error.rule.exit : exitCode.failed
}
