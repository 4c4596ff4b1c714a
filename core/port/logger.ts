/** Values a log line may carry: identifiers of runs, syncs, connections, counts and codes. Never a secret, never a person. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>

/** Structured log, one event a line. `event` is a subject and a past verb: `run_started`, `batch_sent`. */
export interface Logger {
  debug(event: string, fields?: LogFields): void
  info(event: string, fields?: LogFields): void
  warn(event: string, fields?: LogFields): void
  error(event: string, fields?: LogFields): void
}
