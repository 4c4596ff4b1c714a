import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { spawnChild } from './spawn-child.ts'

/** A real process of a test, read line by line. */
export interface StartedProcess {
  readonly pid: number
  /** The next line of its standard output; null when it ended without one. */
  line(): Promise<string | null>
  /** Sends the signal. */
  signal(name: NodeJS.Signals): void
  /** SIGKILL, and waits until it is gone. Resolves with the remaining lines of output. */
  kill(): Promise<string[]>
  /** Waits for it to end by itself. */
  exitCode(): Promise<number | null>
}

/** Starts a script of `test/support/processes/` on the Node that runs the tests. */
export function startProcess(script: string, ...args: string[]): StartedProcess {
  const path = fileURLToPath(new URL(`processes/${script}`, import.meta.url))
  const child = spawnChild(process.execPath, [path, ...args])
  child.stderr.pipe(process.stderr, { end: false })
  const lines: string[] = []
  const waiting: ((line: string | null) => void)[] = []
  let rest = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\n')
    rest = parts.pop() ?? ''
    for (const part of parts) {
      const next = waiting.shift()
      if (next) next(part)
      else lines.push(part)
    }
  })
  const closed = once(child, 'close')
  child.once('close', () => {
    for (const next of waiting.splice(0)) next(null)
  })
  return {
    pid: child.pid ?? 0,
    line: () => {
      const line = lines.shift()
      if (line !== undefined) return Promise.resolve(line)
      if (child.exitCode !== null || child.signalCode !== null)
        return closed.then(() => lines.shift() ?? null)
      return new Promise((resolve) => waiting.push(resolve))
    },
    signal: (name) => child.kill(name),
    async kill() {
      child.kill('SIGKILL')
      await closed
      return lines.splice(0)
    },
    async exitCode() {
      await closed
      return child.exitCode
    },
  }
}
