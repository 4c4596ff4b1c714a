import { readPhone, longestPhone, tidyPhone } from './read-phone.ts'
import { recognisePhone } from './recognise-phone.ts'
import { Refusal, type Checked } from './refusal.ts'

/**
 * Brings a phone number to E.164 ("+33612345678") with Google's metadata (libphonenumber-js/max).
 *
 * `country` (ISO 3166-1 alpha-2) is assumed for numbers written without a country code. What else is understood tells `readPhone`.
 * Refuses what is not a valid number (`invalid_phone`), and numbers with an extension (`phone_extension`): everybody behind a
 * switchboard shares its number, so it names no person.
 */
export function normalisePhone(text: string, country?: string): Checked<string> {
  if (text.length > longestPhone) return new Refusal('invalid_phone')
  // What is recognised is tidy already.
  return recognisePhone(text, country) ?? normaliseUnusual(tidyPhone(text), country)
}

function normaliseUnusual(written: string, country: string | undefined): Checked<string> {
  const known = recognisePhone(written, country)
  if (known !== undefined) return known
  const read = readPhone(written, country)
  if (typeof read === 'string' || !read.valid) return new Refusal('invalid_phone')
  const { phone } = read
  return phone.ext === undefined ? phone.number : new Refusal('phone_extension')
}
