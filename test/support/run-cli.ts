import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

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
  const clean = { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', AFFLUENT_LANG: 'en' }
  const child = spawn(process.execPath, [main, ...words], {
    ...(cwd !== undefined && { cwd }),
    env: { ...clean, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
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

/** Runs a command line to its end. */
export function runCli(words: readonly string[], options?: CliOptions): Promise<CliResult> {
  return startCli(words, options).ended()
}
