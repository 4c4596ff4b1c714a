import { randomInt } from 'node:crypto'
import { resolve } from 'node:path'
import packageJson from '../package.json' with { type: 'json' }
import type { CommandContext, CommandInput } from './cli/command.ts'
import { optionValue, hasOption } from './cli/command.ts'
import { commands } from './cli/commands.ts'
import { completeInWorkspace } from './cli/complete-in-workspace.ts'
import { runProgram } from './cli/program.ts'
import { reportError } from './cli/report-error.ts'
import { createTerminal, type Terminal } from './cli/terminal.ts'
import { readConfig, type Config } from './config.ts'
import { createTranslator, languages, type Language } from './locales/translate.ts'
import { systemClock } from './net/system-clock.ts'
import { createLogger } from './telemetry/logger.ts'

/** The composition root of the command line: the world is made here and handed in everywhere else. */
process.exitCode = await main(process.argv.slice(2))

async function main(words: readonly string[]): Promise<number> {
  let terminal = openTerminal({ language: 'en', decorate: false, ci: true }, undefined)
  try {
    const config = readConfig()
    if (words[0] === '__complete') return completeInWorkspace(words.slice(2), process.cwd(), process.stdout)
    const language = chooseLanguage(words, config.language)
    terminal = openTerminal({ ...config, language }, undefined)
    return await runProgram(
      {
        definitions: commands,
        version: packageJson.version,
        t: createTranslator(language).t,
        write: {
          out: (text) => void process.stdout.write(text),
          err: (text) => void process.stderr.write(text),
        },
        createContext: (input) => {
          terminal = openTerminal({ ...config, language }, input)
          return createContext(terminal, config, input)
        },
      },
      words,
    )
  } catch (error) {
    return reportError(terminal, error, words.includes('--verbose'))
  }
}

/** `--lang` is needed before the command line is parsed: the help itself is translated. */
function chooseLanguage(words: readonly string[], fallback: Language): Language {
  const given = words.flatMap((word, index) => {
    if (word.startsWith('--lang=')) return [word.slice('--lang='.length)]
    return word === '--lang' ? [words[index + 1] ?? ''] : []
  })
  return languages.find((language) => language === given[0]) ?? fallback
}

function openTerminal(
  { language, decorate, ci }: Pick<Config, 'language' | 'decorate' | 'ci'>,
  input: CommandInput | undefined,
): Terminal {
  const json = input !== undefined && hasOption(input, 'json')
  const isPlain = json || (input !== undefined && hasOption(input, 'no-color'))
  return createTerminal({
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    translator: createTranslator(language),
    json,
    input: !ci && !(input !== undefined && hasOption(input, 'no-input')),
    decorate: decorate && !isPlain && process.stderr.isTTY,
  })
}

function createContext(terminal: Terminal, config: Config, input: CommandInput): CommandContext {
  return {
    terminal,
    config,
    logger: createLogger({ level: hasOption(input, 'verbose') ? 'debug' : config.logLevel }),
    clock: systemClock,
    random: () => randomInt(2 ** 32) / 2 ** 32,
    folder: resolve(optionValue(input, 'workspace') ?? '.'),
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
