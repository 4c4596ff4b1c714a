import { createInterface } from 'node:readline'
import { Writable, type Readable } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import { AffluentError } from '../../core/errors/affluent-error.ts'
import type { Translator } from '../locales/translate.ts'

type Output = Writable & { readonly isTTY?: boolean }

export interface TerminalOptions {
  readonly stdin: Readable & { readonly isTTY?: boolean }
  readonly stdout: Output
  readonly stderr: Output
  readonly translator: Translator
  /** One JSON document on standard output, human text on standard error. */
  readonly json: boolean
  /** False forbids questions. */
  readonly input: boolean
  /** False in CI, with NO_COLOR, --no-color or JSON. What is not a terminal is never decorated. */
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

/** Control characters but for line breaks, tabs and our own styles: whatever reaches a terminal, it changes nothing there but colours. */
// oxlint-disable-next-line no-control-regex
const strange = /\u001B(?!\[(?:1|2|3[1236]|22|39)m)|[\u0000-\u0008\u000B-\u001A\u001C-\u001F\u007F-\u009F]/g

/** What a command speaks through: translated words for people, data for programs, questions only where somebody can answer. */
export interface Terminal {
  readonly translator: Translator
  readonly json: boolean
  readonly stderr: Output
  /** True when somebody can be asked. */
  readonly interactive: boolean
  /** True when moving bars make sense: standard error is a terminal. */
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
  /** The answer, or `fallback` where it is empty or nobody can be asked. Throws `run.aborted` at Ctrl-C. */
  ask(question: string, fallback: string): Promise<string>
  /** The answer without showing it; '' where nobody can be asked. Throws `run.aborted` at Ctrl-C. */
  askSecret(question: string): Promise<string>
  /** All of standard input as text, at most so many bytes of it. */
  readInput(mostBytes: number): Promise<string>
  /** A number as the reader's language writes it. */
  number(value: number, fractionDigits?: number): string
  /** An instant (epoch milliseconds), in UTC, as the reader's language writes it. */
  instant(at: number): string
}

export function createTerminal(options: TerminalOptions): Terminal {
  const { stdin, stdout, stderr, json } = options
  const { language } = options.translator
  const interactive = options.input && !json && stdin.isTTY === true && stderr.isTTY === true
  const write = (output: Output, line: string): void => {
    const isPlain = !options.decorate || output.isTTY !== true
    const safe = line.replaceAll(strange, '')
    output.write(`${isPlain ? stripVTControlCharacters(safe) : safe}\n`)
  }
  return {
    translator: options.translator,
    json,
    stderr,
    interactive,
    decorate: options.decorate && stderr.isTTY === true,
    style(style, text) {
      const [on, off] = styles[style]
      return `\u001B[${on}m${text}\u001B[${off}m`
    },
    say: (line = '') => write(json ? stderr : stdout, line),
    note: (line) => write(stderr, line),
    document(type, content) {
      if (json) stdout.write(`${JSON.stringify({ format: 1, type, ...content }, null, 2)}\n`)
    },
    data: (text) => void stdout.write(text.endsWith('\n') ? text : `${text}\n`),
    number: (value, fractionDigits = 0) =>
      new Intl.NumberFormat(language, { maximumFractionDigits: fractionDigits }).format(value),
    instant: (at) =>
      `${new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' }).format(at)} UTC`,
    ask: (question, fallback) => (interactive ? ask(options, question, fallback) : Promise.resolve(fallback)),
    askSecret: (question) => (interactive ? askSecret(options, question) : Promise.resolve('')),
    readInput: (mostBytes) => readInput(stdin, mostBytes),
  }
}

/** What is typed goes into nothing; the line break after it is ours. */
async function askSecret(options: TerminalOptions, question: string): Promise<string> {
  const { stdin, stderr } = options
  stderr.write(`${question} `)
  const nowhere = new Writable({ write: (_part, _encoding, done) => done() })
  try {
    return await ask({ stdin, stderr: nowhere }, '', '', true)
  } finally {
    stderr.write('\n')
  }
}

async function readInput(stdin: Readable, mostBytes: number): Promise<string> {
  const parts: Buffer[] = []
  let size = 0
  const pieces: AsyncIterable<Buffer | string> = stdin
  for await (const piece of pieces) {
    const part = Buffer.from(piece)
    size += part.byteLength
    parts.push(part)
    if (size >= mostBytes) break
  }
  return Buffer.concat(parts).subarray(0, mostBytes).toString('utf8')
}

/** In a terminal, readline takes Ctrl-C for itself; Ctrl-D closes the input and counts as an empty answer. */
function ask(
  { stdin, stderr }: Pick<TerminalOptions, 'stdin' | 'stderr'>,
  question: string,
  fallback: string,
  isHidden = false,
): Promise<string> {
  // As a terminal, readline switches the echo of the system off and writes what is typed itself: into nothing, where it is hidden.
  const reader = createInterface({ input: stdin, output: stderr, ...(isHidden && { terminal: true }) })
  let isAnswered = false
  return new Promise((resolve, reject) => {
    reader.once('SIGINT', () => {
      reject(new AffluentError('run.aborted'))
      reader.close()
    })
    reader.once('close', () => {
      if (!isAnswered) stderr.write('\n')
      resolve(fallback)
    })
    reader.question(`${question}${fallback === '' ? '' : ` [${fallback}]`} `, (answer) => {
      isAnswered = true
      resolve(answer.trim() === '' ? fallback : answer.trim())
      reader.close()
    })
  })
}
