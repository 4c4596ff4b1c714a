import { toCountryCode } from '../../../core/profile/country-code.ts'

/** A region code as Google takes it: ISO 3166-1 alpha-2 in upper case, sent as it is. Undefined for anything else. */
export function normaliseRegionCode(text: string): string | undefined {
  const written = text.trim().toUpperCase()
  const code = /^[A-Z]{2}$/.test(written) ? toCountryCode(written) : undefined
  return typeof code === 'string' ? code : undefined
}

/** A postal code as Google takes it: trimmed, sent as it is. The United States write five digits, or five and four. */
export function normalisePostalCode(text: string, region: string): string | undefined {
  const code = text.trim()
  if (code === '' || code.length > 20) return undefined
  return region !== 'US' || /^\d{5}(?:-?\d{4})?$/.test(code) ? code : undefined
}
