import { parseDate } from '../../../core/profile/parse-date.ts'

/** A birth date in the three parts that Meta matches: "1997", "02", "16". */
export interface BirthDate {
  readonly year: string
  readonly month: string
  readonly day: string
}

/** Reads "1997-02-16", or "2/16/1997" with the month first, as Meta's own normaliser does. Undefined for days that never were. */
export function parseBirthDate(text: string): BirthDate | undefined {
  const written = text.trim()
  const iso = /^(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)/.exec(written)
  const monthFirst = /^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?!\d)/.exec(written)
  const [year = '', month = '', day = ''] = iso
    ? iso.slice(1)
    : [monthFirst?.[3], monthFirst?.[1], monthFirst?.[2]]
  const parts = { year, month: month.padStart(2, '0'), day: day.padStart(2, '0') }
  const exists = typeof parseDate(`${parts.year}-${parts.month}-${parts.day}`) === 'string'
  return exists && normaliseBirthYear(year) !== undefined ? parts : undefined
}

/** Four digits, from 1900. */
export function normaliseBirthYear(text: string): string | undefined {
  const year = text.trim()
  return /^(?:19|20)\d\d$/.test(year) ? year : undefined
}

/** "01" to "12". */
export function normaliseBirthMonth(text: string): string | undefined {
  return twoDigits(text, 12)
}

/** "01" to "31". */
export function normaliseBirthDay(text: string): string | undefined {
  return twoDigits(text, 31)
}

function twoDigits(text: string, highest: number): string | undefined {
  const digits = text.trim()
  if (!/^\d{1,2}$/.test(digits)) return undefined
  const number = Number(digits)
  return number >= 1 && number <= highest ? String(number).padStart(2, '0') : undefined
}
