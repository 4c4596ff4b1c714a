import { AffluentError } from '../errors/affluent-error.ts'
import { fixedMicros, instantBefore, parseDuration } from './duration.ts'
import { OperandFault, readInstant, type ZonedMoment } from './operand.ts'
import type { EventWindow } from './rule.ts'
import { readPeriod } from './time/period.ts'
import { dayIn, startOfDay } from './time/time-zone.ts'

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
export function readWindow(window: EventWindow | undefined, moment: ZonedMoment): TimeWindow | WindowFault {
  const { asOf, zone } = moment
  if (!window) return { after: null, until: asOf }
  if ('during' in window) return readCalendar(window.during, moment)
  if (isAnchored(window)) return { after: null, until: asOf }
  if (!('last' in window)) return readSpan(window, moment)
  const duration = parseDuration(window.last)
  return duration ? { after: instantBefore(asOf, duration, zone), until: asOf } : new WindowFault(window.last)
}

function readCalendar(text: string, { asOf, zone }: ZonedMoment): TimeWindow | WindowFault {
  const days = readPeriod(text, dayIn(zone, asOf))
  if (!days) return new WindowFault(text)
  const end = startOfDay(zone, days.to + 1n) - 1n
  return { after: startOfDay(zone, days.from) - 1n, until: end < asOf ? end : asOf }
}

type SpanWindow = { readonly from?: string | undefined; readonly to?: string | undefined }

function readSpan({ from, to }: SpanWindow, moment: ZonedMoment): TimeWindow | WindowFault {
  const start = from === undefined ? null : readInstant(from, moment)
  const end = to === undefined ? null : readInstant(to, moment)
  if (start instanceof OperandFault) return new WindowFault(String(from))
  if (end instanceof OperandFault) return new WindowFault(String(to))
  return { after: start && start.from - 1n, until: end && end.to < moment.asOf ? end.to : moment.asOf }
}

type AnchoredWindow = Extract<EventWindow, { readonly after_event?: unknown }>

/** True for a window that lies between two of a person's events. */
export function isAnchored(window: EventWindow): window is AnchoredWindow {
  return 'after_event' in window || 'before_event' in window
}

/** Reads a window of a checked rule. Throws `segment.impossible_window` when it cannot be read. */
export function bindWindow(window: EventWindow | undefined, moment: ZonedMoment): TimeWindow {
  const bound = readWindow(window, moment)
  if (bound instanceof WindowFault)
    throw new AffluentError('segment.impossible_window', { act: 'reading a window', window: bound.window })
  return bound
}

/** Microseconds of a length that no calendar changes ("2 hours", "3 days" of 24 hours); undefined for anything else. */
export function readLength(text: string): bigint | undefined {
  const duration = parseDuration(text)
  return duration && fixedMicros(duration)
}

/** Reads the length of a checked rule. Throws `segment.impossible_window` when it cannot be read. */
export function bindLength(text: string): bigint {
  const length = readLength(text)
  if (length === undefined)
    throw new AffluentError('segment.impossible_window', {
      act: 'reading a window',
      window: text.slice(0, 64),
    })
  return length
}
