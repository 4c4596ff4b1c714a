import { z } from 'zod'
import type { Cursor } from '../../../core/connector/source.ts'

const dayMs = 86_400_000
/** Days that a first read goes back when the configuration names no start. */
const firstReadDays = 90

/**
 * Where a read of the daily report stands. `from`: first day asked for; `offset`: rows of it that were read; `through`: newest day
 * that Google gave, in the property's own time zone, so that no time zone has to be known here.
 */
const readingCursor = z.object({
  version: z.literal(1),
  from: z.iso.date(),
  offset: z.int().min(0),
  through: z.iso.date().nullable(),
  ended: z.boolean(),
})
export type ReportCursor = z.output<typeof readingCursor>

/** The cursor that the hub handed back; undefined when it is none of ours. */
export function parseReportCursor(cursor: Cursor): ReportCursor | undefined {
  return readingCursor.safeParse(cursor).data
}

/** A full read: from the configured day, else 90 days back. */
export function startReport(now: number, startDate: string | undefined): ReportCursor {
  return {
    version: 1,
    from: startDate ?? addDays(toDay(now), -firstReadDays),
    offset: 0,
    through: null,
    ended: false,
  }
}

/** Goes on from an ended read: the last days before its newest one are read again, because Google still changes them. */
export function continueReport(ended: ReportCursor, lookBackDays: number): ReportCursor {
  const from = ended.through === null ? ended.from : addDays(ended.through, -lookBackDays)
  // Never before the first day that was ever asked for.
  return { ...ended, from: from < ended.from ? ended.from : from, offset: 0, ended: false }
}

const toDay = (instant: number): string => new Date(instant).toISOString().slice(0, 10)

function addDays(day: string, days: number): string {
  return toDay(Date.parse(`${day}T00:00:00Z`) + days * dayMs)
}
