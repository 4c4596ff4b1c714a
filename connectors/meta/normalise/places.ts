import { toCountryCode } from '../../../core/profile/country-code.ts'
import { usStates } from './us-states.ts'

const squeeze = (text: string): string =>
  text
    .normalize('NFC')
    .toLowerCase()
    .replace(/[\p{P}\p{S}\s]+/gu, '')

/** Lower-case a to z only, as Meta's own normaliser does: punctuation, digits, spaces and accented letters go. */
export function normaliseCity(text: string): string | undefined {
  return text.toLowerCase().replace(/[^a-z]+/g, '') || undefined
}

/**
 * The two-letter code of a state of the USA; elsewhere the name in lower case without punctuation and spaces. `country` (ISO
 * 3166-1 alpha-2), when known and not US, keeps a name such as Georgia from being taken for a state.
 */
export function normaliseState(text: string, country?: string): string | undefined {
  const name = squeeze(text)
  const isUs = country === undefined || country === 'US'
  return (isUs ? usStates.get(name) : undefined) ?? (name || undefined)
}

/** Lower case without spaces and dashes, two characters at least; of the USA the first five digits. */
export function normaliseZip(text: string, country?: string): string | undefined {
  const code = text.trim().toLowerCase()
  const zipPlusFour = /^(\d{5})[ -]?\d{4}$/.exec(code)
  if (zipPlusFour && (country === undefined || country === 'US')) return zipPlusFour[1]
  const squeezed = squeeze(code)
  return squeezed.length >= 2 && squeezed.length <= 16 ? squeezed : undefined
}

/** ISO 3166-1 alpha-2 in lower case, from a code or a name. */
export function normaliseCountry(text: string): string | undefined {
  const code = toCountryCode(text)
  return typeof code === 'string' ? code.toLowerCase() : undefined
}
