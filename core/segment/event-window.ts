import { AffluentError } from '../errors/affluent-error.ts'
import { instantBefore, parseDuration } from './duration.ts'
import { OperandFault, readInstant } from './operand.ts'
import type { EventWindow } from './rule.ts'

/** Which times count, in microseconds: later than `after` (none: no lower bound), and until `until`, which is included. */
export interface TimeWindow {
  readonly after: bigint | null
  readonly until: bigint
}

/** A window that cannot be read; `window` is its text. */
export class WindowFault {
  readonly window: string

  constructor(window: string) {
    this.window = window
  }
}

/**
 * Reads a window at the moment of evaluation. "Last 90 days" leaves its first instant out and has its last one in, so windows that
 * follow each other share no event; `from` and `to` are both in, and a day as `to` counts until its end. Whatever is asked, events
 * after the moment of evaluation never count.
 */
export function readWindow(window: EventWindow | undefined, asOf: bigint): TimeWindow | WindowFault {
  if (!window) return { after: null, until: asOf }
  if (!('last' in window)) return readSpan(window, asOf)
  const duration = parseDuration(window.last)
  return duration ? { after: instantBefore(asOf, duration), until: asOf } : new WindowFault(window.last)
}

function readSpan(
  { from, to }: Exclude<EventWindow, { last: string }>,
  asOf: bigint,
): TimeWindow | WindowFault {
  const start = from === undefined ? null : readInstant(from, asOf)
  const end = to === undefined ? null : readInstant(to, asOf)
  if (start instanceof OperandFault) return new WindowFault(String(from))
  if (end instanceof OperandFault) return new WindowFault(String(to))
  return { after: start && start.from - 1n, until: end && end.to < asOf ? end.to : asOf }
}

/** Reads a window of a checked rule. Throws `segment.impossible_window` when it cannot be read. */
export function bindWindow(window: EventWindow | undefined, asOf: bigint): TimeWindow {
  const bound = readWindow(window, asOf)
  if (bound instanceof WindowFault)
    throw new AffluentError('segment.impossible_window', { act: 'reading a window', window: bound.window })
  return bound
}
