import { writeSync } from 'node:fs'
import { toAffluentError } from '../core/errors/affluent-error.ts'

/** What a class or a code of Node is called; anything else could be a text of somebody's. */
const plainName = /^\w{1,60}$/

/**
 * Ends the process at a fault that nobody caught, with one line of the log that says what kind it was and where in our code it came up. Node would print the
 * thrown text, which may quote what a person or a platform wrote, and its diagnostic reports would hold the environment with its secrets.
 */
export function endOnFault(process: NodeJS.Process): void {
  process.report.excludeEnv = true
  process.on('uncaughtException', (thrown) => {
    writeSync(process.stderr.fd, `${JSON.stringify(toLine(thrown))}\n`)
    process.exit(toAffluentError(thrown, 'running').rule.exit)
  })
}

function toLine(thrown: unknown): Readonly<Record<string, unknown>> {
  const { code, params } = toAffluentError(thrown, 'running')
  const { name = '' } = thrown instanceof Error ? thrown : {}
  const system = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : ''
  return {
    level: 'error',
    time: new Date().toISOString(),
    event: 'process_failed',
    code,
    ...(plainName.test(name) && { kind: name }),
    ...(plainName.test(system) && { system }),
    ...(params['place'] !== undefined && { place: params['place'] }),
  }
}
