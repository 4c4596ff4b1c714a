import { Command, CommanderError, Option, type Argument } from 'commander'
import type { Translate } from '../locales/translate.ts'
import type {
  CommandArgument,
  CommandContext,
  CommandDefinition,
  CommandInput,
  CommandOption,
} from './command.ts'
import { globalOptions } from './completion.ts'
import { exitCode } from './exit-code.ts'
import { toUsageError } from './usage-error.ts'

export interface ProgramOptions {
  readonly definitions: readonly CommandDefinition[]
  readonly version: string
  readonly t: Translate
  /** Makes the context once the global options are known. */
  readonly createContext: (input: CommandInput) => Promise<CommandContext>
  readonly write: { out(text: string): void; err(text: string): void }
}

/** Shown under the help of the whole program: the way from nothing to a first delivery. */
const firstSteps = [
  'affluent demo',
  'affluent init shop',
  'affluent plan --workspace shop',
  'affluent apply --workspace shop',
  'affluent run --workspace shop',
]

/**
 * Parses a command line and runs its command; returns the exit code. Throws `usage.wrong`, with a suggestion where a word looks like a
 * typo, and the errors of the command.
 */
export async function runProgram(options: ProgramOptions, words: readonly string[]): Promise<number> {
  let code: number = exitCode.done
  const program = newCommand('affluent', options)
    .description(options.t('program.description'))
    .version(options.version, '--version', options.t('options.version'))
    .addHelpText('after', examplesText(firstSteps, options.t))
  for (const option of globalOptions)
    if (option.name !== 'help') program.addOption(toOption(option, options.t))
  const groups = new Map<string, Command>()
  for (const definition of options.definitions) {
    addCommand(program, groups, definition, options).action(async (...values: unknown[]) => {
      const input = toInput(definition, values, program.opts())
      const action = await definition.load()
      code = await action(await options.createContext(input), input)
    })
  }
  try {
    await program.parseAsync([...words], { from: 'user' })
    return code
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) return exitCode.done
    // A group without its command: the help that was printed says it all.
    if (error.code === 'commander.help') return exitCode.wrongUsage
    throw toUsageError(error)
  }
}

const examplesText = (examples: readonly string[], t: Translate): string =>
  `\n${t('help.examples')}\n${examples.map((example) => `  ${example}`).join('\n')}\n`

function newCommand(name: string, { t, write }: ProgramOptions): Command {
  return new Command(name)
    .exitOverride()
    .showSuggestionAfterError(true)
    .configureOutput({
      writeOut: (text) => write.out(text),
      writeErr: (text) => write.err(text),
      outputError: () => undefined,
    })
    .configureHelp({
      showGlobalOptions: true,
      styleTitle: (title) => t(`help.${title.replace(':', '').replace(' ', '_').toLowerCase()}`),
      styleUsage: (usage) =>
        usage
          .replace('[options]', `[${t('help.some_options')}]`)
          .replace('[command]', `[${t('help.a_command')}]`),
      subcommandTerm: (command) => [command.name(), ...command.registeredArguments.map(toTerm)].join(' '),
    })
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
    command.argument(bracket(argument), t(`arguments.${argument.name}`))
  }
  for (const option of definition.options ?? []) command.addOption(toOption(option, t))
  return command.addHelpText('after', examplesText(definition.examples, t))
}

const toTerm = (argument: Argument): string =>
  bracket({ name: argument.name(), required: argument.required, many: argument.variadic })

function bracket({ name, required, many }: CommandArgument): string {
  const term = many === true ? `${name}...` : name
  return required ? `<${term}>` : `[${term}]`
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

function asText(value: unknown): string | undefined {
  if (Array.isArray(value)) return value.map(String).join(',')
  return typeof value === 'string' ? value : undefined
}

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
