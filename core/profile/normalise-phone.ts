import { isSupportedCountry, parsePhoneNumberFromString, type CountryCode } from 'libphonenumber-js/max'
import { toHalfWidth } from './half-width.ts'
import { recognisePhone } from './recognise-phone.ts'
import { Refusal, type Checked } from './refusal.ts'

/** The longest text that can hold one number with its decoration; libphonenumber itself stops at 250. */
const maxLength = 100

/**
 * Brings a phone number to E.164 ("+33612345678") with Google's metadata (libphonenumber-js/max).
 *
 * `country` (ISO 3166-1 alpha-2) is assumed for numbers written without a country code. "00" and a doubled plus stand for "+".
 * Refuses what is not a valid number (`invalid_phone`), and numbers with an extension (`phone_extension`): everybody behind a
 * switchboard shares its number, so it names no person.
 */
export function normalisePhone(text: string, country?: string): Checked<string> {
  if (text.length > maxLength) return new Refusal('invalid_phone')
  const written = toHalfWidth(text)
    .trim()
    .replace(/^\+{2,}/, '+')
  return recognisePhone(written, country) ?? parseUnusual(written, country)
}

function parseUnusual(written: string, country: string | undefined): Checked<string> {
  const region = country !== undefined && isSupportedCountry(country) ? country : undefined
  const asWritten = parse(written, region)
  if (typeof asWritten === 'string' || asWritten.code !== 'invalid_phone' || !written.startsWith('00')) {
    return asWritten
  }
  return parse(`+${written.slice(2)}`, region)
}

function parse(text: string, country: CountryCode | undefined): Checked<string> {
  const phone = parsePhoneNumberFromString(text, {
    // Without extraction the whole text must be a number: "call 0612345678 after six" names nobody for sure.
    extract: false,
    ...(country !== undefined && { defaultCountry: country }),
  })
  if (!phone?.isValid()) return new Refusal('invalid_phone')
  return phone.ext === undefined ? phone.number : new Refusal('phone_extension')
}
