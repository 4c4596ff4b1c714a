import { pino, type DestinationStream } from 'pino'
import type { LogFields, Logger } from '../../core/port/logger.ts'
import type { LogLevel } from '../config.ts'
import { readLogFields } from './log-context.ts'

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
  'cycle',
  'duration_ms',
  'entered',
  'exited',
  'fault',
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
  'stage',
  'state',
  'status',
  'stream',
  'sync',
  'trace',
  'untold',
  'values',
  'version',
  'wait_ms',
] as const

const allowed: ReadonlySet<string> = new Set(loggedFields)

/** True of a field that logs and spans may carry. */
export const isLoggedField = (name: string): boolean => allowed.has(name)

/** What ends a line or moves a cursor somewhere and JSON does not ask to be escaped. In JSON it can stand in texts only. */
const unescaped = /[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g
const toEscape = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`

export interface LoggerOptions {
  readonly level: LogLevel
  /** Where lines go. Default: standard error, so that standard output stays data. */
  readonly destination?: DestinationStream
}

/** A logger whose level changes while the hub runs. */
export interface AdjustableLogger extends Logger {
  readonly level: () => LogLevel
  readonly setLevel: (level: LogLevel) => void
}

/** The level of a logger that others may have wrapped: there is one log in a process that serves. */
export type LogControl = Pick<AdjustableLogger, 'level' | 'setLevel'>

const controls = new WeakMap<Logger, LogControl>()

/** Says that a logger writes through another one, so that its level can be changed through it. */
export function inheritLogControl(wrapper: Logger, wrapped: Logger): void {
  controls.set(wrapper, readLogControl(wrapped))
}

/** How to change what a logger writes. A logger that has no level, writes nothing. */
export function readLogControl(logger: Logger): LogControl {
  return controls.get(logger) ?? { level: () => 'silent', setLevel: () => undefined }
}

/**
 * Structured log over pino: one JSON object a line with `level`, `time` (ISO), `event` and the allowed fields. What is not on the
 * list is dropped and its name counted in `dropped`, so that a forgotten field is noticed without being shown. Ids of the run, batch and request that
 * the line is written in stand in it by themselves. Line breaks and
 * control characters of every kind are escaped, so no value can forge a line.
 */
export function createLogger(options: LoggerOptions): AdjustableLogger {
  const sink = options.destination ?? pino.destination({ fd: 2, sync: true })
  let { level } = options
  const logger = pino(
    {
      level,
      base: null,
      messageKey: 'event',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    {
      write(line: string) {
        sink.write(line.replaceAll(unescaped, toEscape))
      },
    },
  )
  const adjustable: AdjustableLogger = {
    debug: (event, fields) => logger.debug(toLine(fields), event),
    info: (event, fields) => logger.info(toLine(fields), event),
    warn: (event, fields) => logger.warn(toLine(fields), event),
    error: (event, fields) => logger.error(toLine(fields), event),
    level: () => level,
    setLevel(wanted) {
      level = wanted
      logger.level = wanted
    },
  }
  controls.set(adjustable, adjustable)
  return adjustable
}

/** The ids of the work around, and the fields of the line. */
const toLine = (fields: LogFields | undefined): LogFields => ({ ...readLogFields(), ...keepAllowed(fields) })

function keepAllowed(fields: LogFields = {}): LogFields {
  const given = Object.entries(fields)
  const kept = given.filter(([name]) => allowed.has(name))
  if (kept.length === given.length) return fields
  return Object.fromEntries([...kept, ['dropped', given.length - kept.length]])
}
