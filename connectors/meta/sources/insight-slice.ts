import { z } from 'zod'
import type { Cursor } from '../../../core/connector/source.ts'
import { PlatformError } from '../../../core/errors/affluent-error.ts'
import { addDays, countDays } from './report-day.ts'

const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/)
const sliceShape = z.strictObject({
  from: day,
  until: day,
  to: day,
  mode: z.enum(['at_once', 'run']),
  run: z.string().nullable(),
  after: z.string().nullable(),
})
/** Under way: a slice. Ended: read through which day. */
const cursorShape = z.union([sliceShape, z.strictObject({ through: day })])

/**
 * Some days of a report under way: `from`..`until` is asked for now, `to` ends the whole read. `mode`: answered at once or by a
 * report run; `run`: that run once it is done; `after`: Meta's cursor within the answer.
 */
export type InsightSlice = z.output<typeof sliceShape>

/** Reads a cursor of this stream. Throws `platform.invalid_request` for any other. */
export function parseInsightCursor(cursor: Cursor | null): z.output<typeof cursorShape> | undefined {
  if (cursor === null) return undefined
  const parsed = cursorShape.safeParse(cursor)
  if (parsed.success) return parsed.data
  throw new PlatformError('platform.invalid_request', {
    act: 'resuming an insights report',
    said: 'the cursor is not one of this stream',
  })
}

/** The first slice of a read: all days, at once when they are few. */
export function firstSlice(from: string, to: string, daysAtOnce: number): InsightSlice {
  const mode = countDays(from, to) > daysAtOnce ? 'run' : 'at_once'
  return { from, until: to, to, mode, run: null, after: null }
}

/** What to ask for after a page: the next page, the next days, or nothing. */
export function nextSlice(slice: InsightSlice, after: string | null): InsightSlice | undefined {
  if (after !== null) return { ...slice, after }
  if (slice.until >= slice.to) return undefined
  const from = addDays(slice.until, 1)
  const last = addDays(slice.until, countDays(slice.from, slice.until))
  return { ...slice, from, until: last < slice.to ? last : slice.to, run: null, after: null }
}

/** Asks for less: first by a report run, then for half of the days. Undefined for a single day that is too much for a run. */
export function smallerSlice(slice: InsightSlice): InsightSlice | undefined {
  const again = { ...slice, mode: 'run', run: null, after: null } as const
  if (slice.mode === 'at_once') return again
  const days = countDays(slice.from, slice.until)
  return days > 1 ? { ...again, until: addDays(slice.from, Math.ceil(days / 2) - 1) } : undefined
}
