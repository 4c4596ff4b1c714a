import { AsyncLocalStorage } from 'node:async_hooks'
import type { LogFields } from '../../core/port/logger.ts'

/** Fields of a span that each log line written inside of it repeats, so that lines of one run, batch or request can be found. */
const repeated: ReadonlySet<string> = new Set(['run', 'batch', 'sync', 'connection', 'request', 'trace'])

const storage = new AsyncLocalStorage<LogFields>()

/** Runs work whose log lines carry these fields beside those of the work around it. */
export function withLogFields<Result>(fields: LogFields, work: () => Result): Result {
  const kept = Object.entries(fields).filter(([name, value]) => repeated.has(name) && value !== undefined)
  return storage.run({ ...storage.getStore(), ...Object.fromEntries(kept) }, work)
}

/** What the work around adds to a log line. */
export function readLogFields(): LogFields | undefined {
  return storage.getStore()
}
