import { createInterface } from 'node:readline/promises'
import type { Readable, Writable } from 'node:stream'
import type { Translator } from '../locales/translate.ts'

export interface TerminalOptions {
  readonly stdin: Readable & { readonly isTTY?: boolean }
  readonly stdout: Writable & { readonly isTTY?: boolean }
  readonly stderr: Writable & { readonly isTTY?: boolean }
  readonly translator: Translator
  /** One JSON document on standard output, human text on standard error. */
  readonly json: boolean
  /** False forbids questions. */
  readonly input: boolean
  /** False in CI, with NO_COLOR, or when the output is not a terminal. */
  readonly decorate: boolean
}

const styles = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
} as const
export type Style = keyof typeof styles

/** What a command speaks through: translated words for people, data for programs, questions only where somebody can answer. */
export interface Terminal {
  readonly translator: Translator
  readonly json: boolean
  readonly stderr: TerminalOptions['stderr']
  /** True when somebody can be asked. */
  readonly interactive: boolean
  /** True when bars and colours make sense. */
  readonly decorate: boolean
  style(style: Style, text: string): string
  /** A line for a person: standard output, or standard error when the output is data. */
  say(line?: string): void
  /** A line about progress or a problem: always standard error. */
  note(line: string): void
  /** The command's one JSON document; printed only with `--json`. */
  document(type: string, content: Readonly<Record<string, unknown>>): void
  /** Text that is data whatever the mode: a schema, a completion script. */
  data(text: string): void
  ask(question: string, fallback: string): Promise<string>
  /** A number as the reader's language writes it. */
  number(value: number, fractionDigits?: number): string
  /** An instant (epoch milliseconds), in UTC, as the reader's language writes it. */
  instant(at: number): string
}

export function createTerminal(options: TerminalOptions): Terminal {
  const { stdin, stdout, stderr, json } = options
  const interactive = options.input && !json && stdin.isTTY === true && stderr.isTTY === true
  return {
    translator: options.translator,
    json,
    stderr,
    interactive,
    decorate: options.decorate,
    style(style, text) {
      if (!options.decorate) return text
      const [on, off] = styles[style]
      return `\u001B[${on}m${text}\u001B[${off}m`
    },
    say: (line = '') => void (json ? stderr : stdout).write(`${line}\n`),
    note: (line) => void stderr.write(`${line}\n`),
    document(type, content) {
      if (json) stdout.write(`${JSON.stringify({ format: 1, type, ...content }, null, 2)}\n`)
    },
    data: (text) => void stdout.write(text.endsWith('\n') ? text : `${text}\n`),
    number: (value, fractionDigits = 0) =>
      new Intl.NumberFormat(options.translator.language, { maximumFractionDigits: fractionDigits }).format(
        value,
      ),
    instant: (at) =>
      new Intl.DateTimeFormat(options.translator.language, {
        dateStyle: 'medium',
        timeStyle: 'short',
        timeZone: 'UTC',
      }).format(at),
    async ask(question, fallback) {
      if (!interactive) return fallback
      const reader = createInterface({ input: stdin, output: stderr })
      try {
        const answer = await reader.question(`${question} [${fallback}] `)
        return answer.trim() === '' ? fallback : answer.trim()
      } finally {
        reader.close()
      }
    },
  }
}
