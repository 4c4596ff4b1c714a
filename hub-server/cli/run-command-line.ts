import { randomInt } from 'node:crypto'
import { resolve } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import packageJson from '../../package.json' with { type: 'json' }
import { readConfig, type Config, type Environment } from '../config.ts'
import { createTranslator } from '../locales/translate.ts'
import { systemClock } from '../net/system-clock.ts'
import { hasOption, optionValue, type CommandContext, type CommandInput } from './command.ts'
import { commands } from './commands.ts'
import { collectNotices } from './notices.ts'
import { runProgram } from './program.ts'
import { reportError } from './report-error.ts'
import { createTerminal, type Terminal } from './terminal.ts'
import { checkLanguage, readWords, type Words } from './words.ts'
import { readWorkspaceEnv } from './workspace-env.ts'

type Channel = { readonly isTTY?: boolean }

/** The world around one command line, handed in by the process or by a test. */
export interface CommandLine {
  readonly stdin: Readable & Channel
  readonly stdout: Writable & Channel
  readonly stderr: Writable & Channel
  readonly env: Environment
  /** Where the user stands: file names and `--workspace` are relative to it. */
  readonly currentFolder: string
  /** Makes the signal that asks a command to stop; `onStop` says so to the user. */
  readonly stopSignal: (onStop: () => void) => AbortSignal
}

/** Runs one command line from its words to its exit code. What goes wrong is said on standard error; nothing is thrown. */
export async function runCommandLine(line: CommandLine, typed: readonly string[]): Promise<number> {
  const words = readWords(typed)
  let terminal = openTerminal(line, words, { language: 'en', decorate: false, ci: true })
  try {
    const config = readConfig(line.env)
    if (typed[0] === '__complete') return await complete(line, typed.slice(2))
    const language = words.language ?? config.language
    terminal = openTerminal(line, words, { ...config, language })
    return await runProgram(
      {
        definitions: commands,
        version: packageJson.version,
        t: createTranslator(language).t,
        write: {
          out: (text) => void line.stdout.write(text),
          err: (text) => void line.stderr.write(text),
        },
        createContext: (input) => createContext(line, { terminal, config, input }),
      },
      typed,
    )
  } catch (error) {
    return reportError(terminal, error, words.verbose)
  }
}

async function complete(line: CommandLine, typed: readonly string[]): Promise<number> {
  const { completeInWorkspace } = await import('./complete-in-workspace.ts')
  return completeInWorkspace(typed, line.currentFolder, line.stdout)
}

function openTerminal(
  { stdin, stdout, stderr }: CommandLine,
  words: Words,
  config: Pick<Config, 'language' | 'decorate' | 'ci'>,
): Terminal {
  return createTerminal({
    stdin,
    stdout,
    stderr,
    translator: createTranslator(config.language),
    json: words.json,
    input: words.input && !config.ci,
    decorate: words.colour && !words.json && config.decorate,
  })
}

interface Asked {
  readonly terminal: Terminal
  readonly config: Config
  readonly input: CommandInput
}

async function createContext(
  { currentFolder, stderr, stopSignal }: CommandLine,
  { terminal, config, input }: Asked,
): Promise<CommandContext> {
  checkLanguage(optionValue(input, 'lang'))
  const { createLogger } = await import('../telemetry/logger.ts')
  const level = hasOption(input, 'verbose') ? 'debug' : config.logLevel
  const folder = resolve(currentFolder, optionValue(input, 'workspace') ?? '.')
  return {
    terminal,
    config: { ...config, env: await readWorkspaceEnv(folder, config.env) },
    ...collectNotices(createLogger({ level, destination: { write: (text) => void stderr.write(text) } })),
    clock: systemClock,
    random: () => randomInt(2 ** 32) / 2 ** 32,
    currentFolder,
    folder,
    signal: stopSignal(() => terminal.note(terminal.translator.t('serve.stopping'))),
  }
}
