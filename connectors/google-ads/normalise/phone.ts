import { normalisePhone as toE164 } from '../../../core/profile/normalise-phone.ts'

/** Digits with nothing but the symbols people write between them. */
const onlyNumber = /^[\d\s()+./-]+$/

/**
 * A phone number as Google hashes it: E.164 with its "+". Undefined when it is not a number, or when its country cannot be told:
 * Google takes any digits without complaint and matches nobody, or somebody else. `region` (ISO 3166-1 alpha-2) is assumed for
 * numbers written without a country code.
 */
export function normalisePhone(text: string, region?: string): string | undefined {
  const written = text.normalize('NFKC').trim()
  // The form the hub stores identifiers in; no need to take it apart again for each of a million members.
  if (/^\+[1-9]\d{6,14}$/.test(written)) return written
  const isInternational = /^(?:\+|00)/.test(written)
  const number = toE164(written, isInternational ? undefined : region)
  if (typeof number === 'string') return number
  if (number.code === 'phone_extension' || !onlyNumber.test(written)) return undefined
  return withoutMetadata(written, isInternational)
}

/**
 * Numbers that the metadata does not know (test ranges, new ranges). Without "+" or "00" only eleven digits and more can hold a
 * country code, and a leading zero says that there is none.
 */
function withoutMetadata(written: string, isInternational: boolean): string | undefined {
  const digits = written.replace(/\D+/g, '').replace(/^0+/, '')
  const fewest = isInternational ? 7 : 11
  if (digits.length < fewest || digits.length > 15) return undefined
  return isInternational || !/^\D*0/.test(written) ? `+${digits}` : undefined
}
