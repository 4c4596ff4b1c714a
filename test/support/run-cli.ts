import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { spawnChild } from './spawn-child.ts'

const main = fileURLToPath(new URL('../../hub-server/main.ts', import.meta.url))

export interface CliResult {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

export interface CliOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
}

const cleanEnvironment = (): Record<string, string> => ({
  PATH: process.env['PATH'] ?? '',
  HOME: process.env['HOME'] ?? '',
  AFFLUENT_LANG: 'en',
  // Sandboxes are on this machine.
  AFFLUENT_PRIVATE_NETWORKS: '127.0.0.1',
})

/** A command line as a child process, in English unless the environment says otherwise, without a terminal. */
export function startCli(
  words: readonly string[],
  { cwd, env }: CliOptions = {},
): {
  readonly child: ChildProcess
  /** Resolves when standard output has matched; rejects when the process ends before. */
  seen(pattern: RegExp): Promise<RegExpExecArray>
  ended(): Promise<CliResult>
} {
  const child = spawnChild(process.execPath, [main, ...words], {
    ...(cwd !== undefined && { cwd }),
    env: { ...cleanEnvironment(), ...env },
  })
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
  const closed = once(child, 'close')
  return {
    child,
    seen: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = pattern.exec(out)
          if (found) resolve(found)
        }
        look()
        child.stdout.on('data', look)
        child.once('close', () => reject(new Error(`ended without ${pattern}: ${out}${err}`)))
      }),
    async ended() {
      await closed
      return { code: child.exitCode, out, err }
    },
  }
}

/** Runs a command line to its end in a process of its own, as a user does. */
export function spawnCli(words: readonly string[], options?: CliOptions): Promise<CliResult> {
  return startCli(words, options).ended()
}

/** Runs a command line to its end in this process: the same program without the second that a new process needs to load it. */
export async function runCli(
  words: readonly string[],
  { cwd = '.', env }: CliOptions = {},
): Promise<CliResult> {
  const { runCommandLine } = await import('../../hub-server/cli/run-command-line.ts')
  const [stdin, out, err] = [Readable.from([]), collectText(), collectText()]
  const line = {
    stdin,
    stdout: out.stream,
    stderr: err.stream,
    env: { ...cleanEnvironment(), ...env },
    currentFolder: cwd,
    stopSignal: () => new AbortController().signal,
  }
  const code = await runCommandLine(line, words)
  return { code, out: out.text(), err: err.text() }
}

function collectText(): { readonly stream: Writable; text(): string } {
  let text = ''
  const stream = new Writable({
    decodeStrings: false,
    write(chunk: string, _encoding, done) {
      text += chunk
      done()
    },
  })
  return { stream, text: () => text }
}
