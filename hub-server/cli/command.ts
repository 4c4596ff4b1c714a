import type { Clock, Random } from '../../core/port/clock.ts'
import type { Logger } from '../../core/port/logger.ts'
import type { Telemetry } from '../../core/port/telemetry.ts'
import type { Config } from '../config.ts'
import type { Notices } from './notices.ts'
import type { Terminal } from './terminal.ts'

/** What every command gets: the world, handed in. */
export interface CommandContext {
  readonly terminal: Terminal
  readonly config: Config
  readonly logger: Logger
  /** Warnings of connectors that belong on the screen. */
  readonly notices: Notices
  /** Told of what is done; absent: nobody is. */
  readonly telemetry?: Telemetry
  readonly clock: Clock
  readonly random: Random
  /** Where the user stands: names of files are relative to it. */
  readonly currentFolder: string
  /** The workspace: `--workspace`, else the current folder. */
  readonly folder: string
  /** Aborts at the first Ctrl-C or SIGTERM: finish or park what is under way. */
  readonly signal: AbortSignal
}

/** What an argument or an option's value may be completed with. */
export type Completion = 'sync' | 'segment' | 'target' | 'run' | 'file' | 'folder' | readonly string[]

export interface CommandArgument {
  readonly name: string
  readonly required: boolean
  /** Takes all words that follow; read by `argumentValues`. Only the last argument of a command. */
  readonly many?: boolean
  readonly complete?: Completion
}

export interface CommandOption {
  /** Long name without dashes: "as-of". */
  readonly name: string
  /** Name of the value; absent for a switch. */
  readonly value?: string
  /** May be given several times. */
  readonly repeatable?: boolean
  readonly complete?: Completion
}

/** Values as typed: options by name, switches true. */
export interface CommandInput {
  readonly arguments: Readonly<Record<string, string | undefined>>
  readonly options: Readonly<Record<string, string | readonly string[] | true | undefined>>
}

/** A command as data; its words are in `locales/<language>/cli.json` under `commands.<name>`. */
export interface CommandDefinition {
  /** One or two words: "run", "audit verify". */
  readonly name: string
  readonly arguments?: readonly CommandArgument[]
  readonly options?: readonly CommandOption[]
  readonly examples: readonly string[]
  /** Loads what the command needs only when it is asked for, so that help and completion answer at once. */
  load(): Promise<CommandAction>
}

/** Carries a command out. Returns the exit code. */
export type CommandAction = (context: CommandContext, input: CommandInput) => Promise<number>

/** All words of an argument that takes many; commas separate too. */
export function argumentValues(input: CommandInput, name: string): readonly string[] {
  return (input.arguments[name] ?? '').split(',').filter((part) => part !== '')
}

/** The single value of an option. */
export function optionValue(input: CommandInput, name: string): string | undefined {
  const value = input.options[name]
  return typeof value === 'string' ? value : undefined
}

/** All values of a repeatable option; commas separate too. */
export function optionValues(input: CommandInput, name: string): readonly string[] {
  const value = input.options[name]
  if (value === undefined || value === true) return []
  return (typeof value === 'string' ? [value] : value)
    .flatMap((part) => part.split(','))
    .filter((part) => part !== '')
}

export function hasOption(input: CommandInput, name: string): boolean {
  return input.options[name] !== undefined
}
