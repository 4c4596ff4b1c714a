import {
  parsePhoneNumberFromString,
  validatePhoneNumberLength,
  type PhoneNumber,
} from 'libphonenumber-js/max'
import { formatAbroad, formatAtHome, phoneLink } from './format-phone.ts'
import { readPhone, tidyPhone, type PhoneFault, type ReadPhone } from './read-phone.ts'

/** What is known about a phone number, valid or not. */
export interface DiagnosedPhone {
  readonly valid: boolean
  /** What is wrong with its length; undefined when nothing is. */
  readonly length: 'too_short' | 'too_long' | 'invalid_length' | undefined
  /** ISO 3166-1 alpha-2; "001" for numbers of no country; undefined where several share the calling code and none fits. */
  readonly country: string | undefined
  readonly callingCode: string
  readonly national: string
  readonly extension: string | undefined
  readonly e164: string
  /** Google's name, such as MOBILE or TOLL_FREE; undefined when it is of no type. */
  readonly type: string | undefined
  /** As people read it, abroad and at home, and as a link. */
  readonly shown: { readonly international: string; readonly national: string; readonly link: string }
}

/**
 * Reads a phone number as `normalisePhone` does and says what is known about it, by Google's metadata. `country` is assumed for numbers without
 * a country code. Returns why where the text is no number at all.
 */
export function diagnosePhone(text: string, country?: string): DiagnosedPhone | PhoneFault {
  const read = readPhone(tidyPhone(text), country)
  if (typeof read === 'string') return read
  const { phone, valid } = read
  return {
    valid,
    length: lengthFault(phone),
    country: countryOf(read),
    callingCode: phone.countryCallingCode,
    national: phone.nationalNumber,
    extension: phone.ext,
    e164: phone.number,
    type: phone.getType(),
    shown: {
      international: formatAbroad(phone),
      national: formatAtHome(phone),
      link: phoneLink(phone),
    },
  }
}

function lengthFault(phone: PhoneNumber): DiagnosedPhone['length'] {
  const fault = validatePhoneNumberLength(phone.number)
  if (fault === 'TOO_SHORT') return 'too_short'
  if (fault === 'TOO_LONG') return 'too_long'
  return fault === undefined ? undefined : 'invalid_length'
}

/** Where a number fits no country the library names the one that was assumed; its digits alone may still tell. */
function countryOf({ phone, valid }: ReadPhone): string | undefined {
  if (phone.isNonGeographic()) return '001'
  return valid ? phone.country : parsePhoneNumberFromString(phone.number)?.country
}
