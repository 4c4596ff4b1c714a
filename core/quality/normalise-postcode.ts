import { Refusal, type Checked } from '../profile/refusal.ts'

/** `shape`: the code in capitals without spaces and hyphens. `write`: how it is written. `zeros`: length that lost zeros are put back to. */
interface PostcodePlan {
  readonly shape: RegExp
  readonly write?: readonly [number, string]
  readonly zeros?: number
}

const digits = (count: number, write?: readonly [number, string]): PostcodePlan => ({
  shape: new RegExp(`^\\d{${count}}$`),
  ...(write && { write }),
  ...(count === 5 && { zeros: 5 }),
})

/**
 * Postcodes by country (ISO 3166-1 alpha-2), as the Universal Postal Union describes them (upu.int, "Universal POST*CODE DataBase",
 * country sheets). A country that is not here has no check: many have no postcodes at all.
 */
const plans: Readonly<Record<string, PostcodePlan>> = {
  ...Object.fromEntries(
    [
      'AT',
      'AU',
      'BE',
      'BG',
      'CH',
      'CY',
      'DK',
      'GE',
      'HU',
      'LI',
      'LU',
      'NO',
      'NZ',
      'PH',
      'SI',
      'TN',
      'ZA',
    ].map((country) => [country, digits(4)]),
  ),
  ...Object.fromEntries(
    [
      'DE',
      'EE',
      'ES',
      'FI',
      'HR',
      'ID',
      'IT',
      'MA',
      'MC',
      'MX',
      'MY',
      'RS',
      'SA',
      'TH',
      'TR',
      'UA',
      'DZ',
      'KR',
    ].map((country) => [country, digits(5)]),
  ),
  // The first two digits are the department; 00 is the army's.
  FR: { shape: /^(?:0[1-9]|[1-8]\d|9[0-8])\d{3}$|^00\d{3}$/, zeros: 5 },
  GP: { shape: /^97[01]\d{2}$/ },
  MQ: { shape: /^972\d{2}$/ },
  GF: { shape: /^973\d{2}$/ },
  RE: { shape: /^974\d{2}$/ },
  YT: { shape: /^976\d{2}$/ },
  CZ: digits(5, [3, ' ']),
  SK: digits(5, [3, ' ']),
  SE: { shape: /^[1-9]\d{4}$/, write: [3, ' '] },
  GR: { shape: /^[1-8]\d{4}$/, write: [3, ' '] },
  PL: { shape: /^\d{5}$/, write: [2, '-'], zeros: 5 },
  PT: { shape: /^[1-9]\d{6}$/, write: [4, '-'] },
  BR: { shape: /^\d{8}$/, write: [5, '-'], zeros: 8 },
  JP: { shape: /^\d{7}$/, write: [3, '-'], zeros: 7 },
  CN: digits(6),
  IN: { shape: /^[1-9]\d{5}$/ },
  SG: digits(6),
  RO: digits(6),
  RU: digits(6),
  LT: { shape: /^(?:LT)?\d{5}$/ },
  LV: { shape: /^(?:LV)?\d{4}$/ },
  IE: { shape: /^(?:[AC-FHKNPRTV-Y]\d{2}|D6W)[0-9AC-FHKNPRTV-Y]{4}$/, write: [3, ' '] },
  NL: { shape: /^[1-9]\d{3}(?!S[ADS])[A-Z]{2}$/, write: [4, ' '] },
  CA: { shape: /^[ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z]\d[ABCEGHJ-NPRSTV-Z]\d$/, write: [3, ' '] },
  GB: {
    shape:
      /^(?:GIR0AA|[A-PR-UWYZ](?:\d{1,2}|[A-HK-Y]\d{1,2}|\d[A-HJKPS-UW]|[A-HK-Y]\d[ABEHMNPRV-Y])\d[ABD-HJLNP-UW-Z]{2})$/,
  },
  US: { shape: /^\d{5}(?:\d{4})?$/, zeros: 5 },
}

/**
 * Brings a postcode to the form its country writes it in: "sw1a1aa" in GB becomes "SW1A 1AA", "1000" in FR "01000" (spreadsheets take
 * the zero away). Refuses what the country does not have: `invalid_postcode`. Without a plan for the country the text is only trimmed
 * and put in capitals.
 */
export function normalisePostcode(text: string, country: string | undefined): Checked<string> {
  const capitals = text.trim().toUpperCase()
  const plan = country === undefined ? undefined : plans[country]
  if (!plan) return capitals.length <= 16 ? capitals : new Refusal('invalid_postcode')
  // A country in front, as in "F-75001" or "CH-8001", is part of the address and not of the code.
  const bare = capitals.replace(new RegExp(`^(?:${country}|[A-Z])[- ](?=\\d)`), '').replace(/[\s.-]/g, '')
  const code = plan.zeros !== undefined && /^\d{3,}$/.test(bare) ? bare.padStart(plan.zeros, '0') : bare
  if (!plan.shape.test(code)) return new Refusal('invalid_postcode')
  return writeCode(code, country ?? '', plan)
}

function writeCode(code: string, country: string, { write }: PostcodePlan): string {
  if (country === 'US') return code.length === 9 ? `${code.slice(0, 5)}-${code.slice(5)}` : code
  if (country === 'GB') return `${code.slice(0, -3)} ${code.slice(-3)}`
  if (country === 'LT' || country === 'LV') return `${country}-${code.replace(/\D/g, '')}`
  return write ? `${code.slice(0, write[0])}${write[1]}${code.slice(write[0])}` : code
}
