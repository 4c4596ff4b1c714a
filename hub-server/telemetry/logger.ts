import { pino, type DestinationStream } from 'pino'
import type { LogFields, Logger } from '../../core/port/logger.ts'
import type { LogLevel } from '../config.ts'

/**
 * The only fields a log line may carry. An allow-list, because a list of what must not be logged is never complete: identifiers
 * of our own objects, counts, codes and times; no person, no secret, no free text from outside except `said`, which the
 * connectors shorten and clean.
 */
export const loggedFields = [
  'act',
  'address',
  'attempt',
  'audience',
  'batch',
  'budget',
  'calls',
  'code',
  'connection',
  'connector',
  'count',
  'duration_ms',
  'entered',
  'exited',
  'field',
  'format',
  'kind',
  'limit',
  'method',
  'operation',
  'pid',
  'purpose',
  'records',
  'remaining',
  'request',
  'retry_after_ms',
  'route',
  'rows',
  'run',
  'said',
  'segment',
  'size',
  'state',
  'status',
  'stream',
  'sync',
  'untold',
  'values',
  'version',
  'wait_ms',
] as const

const allowed: ReadonlySet<string> = new Set(loggedFields)

export interface LoggerOptions {
  readonly level: LogLevel
  /** Where lines go. Default: standard error, so that standard output stays data. */
  readonly destination?: DestinationStream
}

/**
 * Structured log over pino: one JSON object a line with `level`, `time` (ISO), `event` and the allowed fields. What is not on the
 * list is dropped and its name counted in `dropped`, so that a forgotten field is noticed without being shown. JSON escapes line
 * breaks and control characters, so no value can forge a line.
 */
export function createLogger(options: LoggerOptions): Logger {
  const sink = options.destination ?? pino.destination({ fd: 2, sync: true })
  const logger = pino(
    {
      level: options.level,
      base: null,
      messageKey: 'event',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    sink,
  )
  return {
    debug: (event, fields) => logger.debug(keepAllowed(fields), event),
    info: (event, fields) => logger.info(keepAllowed(fields), event),
    warn: (event, fields) => logger.warn(keepAllowed(fields), event),
    error: (event, fields) => logger.error(keepAllowed(fields), event),
  }
}

function keepAllowed(fields: LogFields = {}): LogFields {
  const given = Object.entries(fields)
  const kept = given.filter(([name]) => allowed.has(name))
  if (kept.length === given.length) return fields
  return Object.fromEntries([...kept, ['dropped', given.length - kept.length]])
}
