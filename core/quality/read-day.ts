import { parseDate } from '../profile/parse-date.ts'
import { Refusal, type Checked } from '../profile/refusal.ts'

/**
 * A calendar day written in one of several ways ("DD/MM/YYYY", "MM/DD/YYYY"); without any, ISO 8601. Refuses a text that two of them
 * read as different days (`ambiguous_date`), and one that none of them reads (`not_a_date`).
 */
export function readDay(text: string, patterns: readonly string[]): Checked<string> {
  const written = text.trim()
  const ways = patterns.length === 0 ? [undefined] : patterns
  const days = new Set(
    ways.map((pattern) => parseDate(written, pattern)).filter((day) => !(day instanceof Refusal)),
  )
  const [day] = days
  if (day === undefined) return new Refusal('not_a_date')
  return days.size > 1 ? new Refusal('ambiguous_date') : day
}
