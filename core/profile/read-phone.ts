import {
  isSupportedCountry,
  ParseError,
  parsePhoneNumberWithError,
  type CountryCode,
  type PhoneNumber,
} from 'libphonenumber-js/max'
import { toHalfWidth } from './half-width.ts'

/** Why a text is no phone number at all. */
export type PhoneFault = 'not_a_number' | 'invalid_country' | 'too_short' | 'too_long'

/** The longest text that can hold one number with its decoration; libphonenumber itself stops at 250. */
export const longestPhone = 100

/** What has fewer digits is no number, rather than one that is too short (libphonenumber's least length). */
const fewestDigits = 2

/** Full-width forms, outer spaces and a doubled plus brought to what libphonenumber expects. */
export const tidyPhone = (text: string): string =>
  toHalfWidth(text)
    .trim()
    .replace(/^\+{2,}/, '+')

/**
 * Reads a tidy text as one phone number, whether it is a valid one or not. `country` (ISO 3166-1 alpha-2) is assumed for numbers without a
 * country code. "00" stands for "+", "(+49)" for "+49"; a word such as "Tel." before the number says nothing; letters are read as on a
 * keypad in numbers that are sold by their words ("1-800-FLOWERS").
 */
export function readPhone(written: string, country: string | undefined): ReadPhone | PhoneFault {
  if (written.length > longestPhone) return 'too_long'
  const region = country !== undefined && isSupportedCountry(country) ? country : undefined
  const first = read(written, region)
  if (isValid(first)) return first
  for (const reading of otherReadings(written)) {
    const phone = read(reading, region)
    if (isValid(phone)) return phone
  }
  const spelled = spellOut(written)
  const sold = spelled === undefined ? first : read(spelled, region)
  return isValid(sold) && isSoldByWord(sold.phone) ? sold : first
}

/** Whether a number is valid costs as much as reading it, so it is told with it. */
export interface ReadPhone {
  readonly phone: PhoneNumber
  readonly valid: boolean
}

const isValid = (read: ReadPhone | PhoneFault): read is ReadPhone => typeof read !== 'string' && read.valid

function read(text: string, country: CountryCode | undefined): ReadPhone | PhoneFault {
  const phone = parse(text, country)
  return typeof phone === 'string' ? phone : { phone, valid: phone.isValid() }
}

const faults: Readonly<Record<string, PhoneFault>> = {
  INVALID_COUNTRY: 'invalid_country',
  TOO_SHORT: 'too_short',
  TOO_LONG: 'too_long',
}

function parse(text: string, country: CountryCode | undefined): PhoneNumber | PhoneFault {
  try {
    return parsePhoneNumberWithError(text, {
      // Without extraction the whole text must be a number: "call 0612345678 after six" names nobody for sure.
      extract: false,
      ...(country !== undefined && { defaultCountry: country }),
    })
  } catch (error) {
    if (!(error instanceof ParseError)) throw error
    return text.replaceAll(/\D/g, '').length < fewestDigits
      ? 'not_a_number'
      : (faults[error.message] ?? 'not_a_number')
  }
}

/** What people and exports write before a number. A fax is no way to reach a person, so it stays what it is. */
const label = /^(?:tel|t[eé]l|t[eé]l[eé]phone|phone|mobile|mob|portable|cell|handy)\b\s*[.:]*\s*/iu
const bracketedCode = /^\(\s*(\+\d{1,3})\s*\)/

/** Marks of the direction of writing, which address books of telephones put around a number. */
const directionMarks = /[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

function otherReadings(written: string): readonly string[] {
  const bare = written
    .replace(directionMarks, '')
    .replaceAll('\u00a0', ' ')
    .replace(label, '')
    .replace(bracketedCode, '$1 ')
  const readings = bare === written ? [] : [bare]
  return bare.startsWith('00') ? [...readings, `+${bare.slice(2)}`] : readings
}

const keypad = new Map(
  ['ABC', 'DEF', 'GHI', 'JKL', 'MNO', 'PQRS', 'TUV', 'WXYZ'].flatMap((letters, index) =>
    Array.from(letters, (letter): [string, string] => [letter, String(index + 2)]),
  ),
)
/** At least three digits, then words of at least three letters in all (libphonenumber's rule for such numbers). */
const withWords = /^\+?(?:[ ().-]*\d){3,}[ ().-]*(?=(?:[^A-Z]*[A-Z]){3})[ ().\-\dA-Z]+$/

function spellOut(written: string): string | undefined {
  const upper = written.toUpperCase()
  if (!withWords.test(upper)) return undefined
  return upper.replaceAll(/[A-Z]/g, (letter) => keypad.get(letter) ?? letter)
}

/** Words are sold with these; anywhere else they are a remark that would make another person's number. */
const soldByWord: ReadonlySet<string> = new Set(['TOLL_FREE', 'SHARED_COST', 'PREMIUM_RATE', 'UAN'])
const isSoldByWord = (phone: PhoneNumber): boolean => soldByWord.has(phone.getType() ?? '')
