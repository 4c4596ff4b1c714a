import { randomInt } from 'node:crypto'
import { resolve } from 'node:path'
import packageJson from '../package.json' with { type: 'json' }
import { optionValue, hasOption, type CommandContext, type CommandInput } from './cli/command.ts'
import { commands } from './cli/commands.ts'
import { collectNotices } from './cli/notices.ts'
import { runProgram } from './cli/program.ts'
import { reportError } from './cli/report-error.ts'
import { createTerminal, type Terminal } from './cli/terminal.ts'
import { checkLanguage, readWords, type Words } from './cli/words.ts'
import { readWorkspaceEnv } from './cli/workspace-env.ts'
import { readConfig, type Config } from './config.ts'
import { createTranslator } from './locales/translate.ts'
import { systemClock } from './net/system-clock.ts'

/** The composition root of the command line: the world is made here and handed in everywhere else. */
endQuietlyWhenNobodyReads(process.stdout)
process.exitCode = await main(process.argv.slice(2))

async function main(typed: readonly string[]): Promise<number> {
  const words = readWords(typed)
  let terminal = openTerminal(words, { language: 'en', decorate: false, ci: true })
  try {
    const config = readConfig()
    if (typed[0] === '__complete') return await complete(typed.slice(2))
    const language = words.language ?? config.language
    terminal = openTerminal(words, { ...config, language })
    return await runProgram(
      {
        definitions: commands,
        version: packageJson.version,
        t: createTranslator(language).t,
        write: {
          out: (text) => void process.stdout.write(text),
          err: (text) => void process.stderr.write(text),
        },
        createContext: (input) => createContext(terminal, config, input),
      },
      typed,
    )
  } catch (error) {
    return reportError(terminal, error, words.verbose)
  }
}

async function complete(typed: readonly string[]): Promise<number> {
  const { completeInWorkspace } = await import('./cli/complete-in-workspace.ts')
  return completeInWorkspace(typed, process.cwd(), process.stdout)
}

function openTerminal(words: Words, config: Pick<Config, 'language' | 'decorate' | 'ci'>): Terminal {
  return createTerminal({
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    translator: createTranslator(config.language),
    json: words.json,
    input: words.input && !config.ci,
    decorate: words.colour && !words.json && config.decorate,
  })
}

async function createContext(
  terminal: Terminal,
  config: Config,
  input: CommandInput,
): Promise<CommandContext> {
  checkLanguage(optionValue(input, 'lang'))
  const { createLogger } = await import('./telemetry/logger.ts')
  const folder = resolve(optionValue(input, 'workspace') ?? '.')
  return {
    terminal,
    config: { ...config, env: await readWorkspaceEnv(folder, config.env) },
    ...collectNotices(createLogger({ level: hasOption(input, 'verbose') ? 'debug' : config.logLevel })),
    clock: systemClock,
    random: () => randomInt(2 ** 32) / 2 ** 32,
    folder,
    signal: stopSignal(terminal),
  }
}

/** The first Ctrl-C or SIGTERM asks for a graceful stop, the second one ends the process at once. */
function stopSignal(terminal: Terminal): AbortSignal {
  const controller = new AbortController()
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(130)
    terminal.note(terminal.translator.t('serve.stopping'))
    controller.abort()
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  return controller.signal
}

/** `affluent schema | head` closes the pipe early: no reason to complain. */
function endQuietlyWhenNobodyReads(stream: NodeJS.WriteStream): void {
  stream.on('error', (error) => {
    if ('code' in error && error.code === 'EPIPE') process.exit(0)
    throw error
  })
}
