import { Refusal, type Checked } from '../profile/refusal.ts'

/** An amount with its currency (ISO 4217). */
export interface Money {
  readonly amount: number
  readonly currency: string
}

const codes: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'))

/** Crowns of three countries, none of them the more usual. */
const crowns = ['kr', 'kr.']
const crowned = ['SEK', 'NOK', 'DKK', 'ISK']

/** Signs that stand for one currency; those shared by several need the default to be one of them. */
const signs: Readonly<Record<string, readonly string[]>> = {
  '€': ['EUR'],
  '£': ['GBP', 'EGP', 'GIP'],
  $: ['USD', 'CAD', 'AUD', 'NZD', 'SGD', 'HKD', 'MXN'],
  US$: ['USD'],
  CA$: ['CAD'],
  C$: ['CAD'],
  A$: ['AUD'],
  '¥': ['JPY', 'CNY'],
  '₹': ['INR'],
  '₽': ['RUB'],
  '₺': ['TRY'],
  '₩': ['KRW'],
  R$: ['BRL'],
  zł: ['PLN'],
  Kč: ['CZK'],
  Ft: ['HUF'],
  Fr: ['CHF'],
  'Fr.': ['CHF'],
}

/** Sign, number, sign. */
const written =
  /^([^\d().,+-]*\p{L}\.|[^\d().,+-]*)\s*((?:\d[\d.,'\u2019\s]*)?[.,]?\d+)\s*([^\d().,+-]*\.?)$/u
/** In brackets; or before and behind a minus; or before one at the end. */
const negative = /^\((.+)\)$|^([^\d-]*)-(.+)$|^(.+)-$/u

/**
 * Reads an amount of money as people write it: "1 234,50 €", "$1,234.50", "EUR 12", "(3.20)". `currency` is assumed where none is
 * written. Refuses what has no currency (`no_currency`), another sign or code than a currency (`unknown_currency`), and amounts that
 * mean two things (`ambiguous_amount`: "1.234 €" is a thousand in Berlin and one in Dublin); `not_money` for all else.
 */
export function parseMoney(text: string, currency?: string): Checked<Money> {
  if (text.length > 64) return new Refusal('not_money')
  const { positive, isNegative } = takeSign(text.trim().replaceAll('\u2212', '-'))
  const parts = written.exec(positive.trim())
  if (!parts) return new Refusal('not_money')
  const [, before = '', number = '', after = ''] = parts
  const found = toCurrency(`${before}${after}`.trim(), currency)
  if (found instanceof Refusal) return found
  const amount = parseAmount(number.replace(/[\s'\u2019]/gu, ''))
  if (amount instanceof Refusal) return amount
  return { amount: isNegative ? -amount : amount, currency: found }
}

/** A minus before or behind the number, or brackets round it, as accountants write. */
function takeSign(text: string): { readonly positive: string; readonly isNegative: boolean } {
  const [, inside, front, rest, start] = negative.exec(text) ?? []
  const unsigned = inside ?? start ?? (rest === undefined ? undefined : `${front ?? ''}${rest}`)
  return { positive: unsigned ?? text, isNegative: unsigned !== undefined }
}

function toCurrency(sign: string, fallback: string | undefined): Checked<string> {
  if (sign === '') return fallback ?? new Refusal('no_currency')
  if (codes.has(sign.toUpperCase())) return sign.toUpperCase()
  if (crowns.includes(sign.toLowerCase()))
    return crowned.find((one) => one === fallback) ?? new Refusal('unknown_currency')
  const meant = signs[sign]
  if (!meant) return new Refusal('unknown_currency')
  if (fallback !== undefined && meant.includes(fallback)) return fallback
  return meant[0] ?? new Refusal('unknown_currency')
}

/** The last mark starts the decimals, unless it stands more than once. One mark before three digits may be either. */
function parseAmount(text: string): Checked<number> {
  const marks = text.replace(/\d/g, '')
  const last = marks.at(-1)
  if (last === undefined) return Number(text)
  if (marks.length > 1 && marks === last.repeat(marks.length)) return toGrouped(text, last)
  const whole = text.slice(0, text.lastIndexOf(last))
  const decimals = text.slice(text.lastIndexOf(last) + 1)
  if (marks.length > 1) return withDecimals(toGrouped(whole, marks.charAt(0)), decimals)
  const isEither = decimals.length === 3 && /^[1-9]\d{0,2}$/.test(whole)
  return isEither ? new Refusal('ambiguous_amount') : Number(`${whole}.${decimals}`)
}

const withDecimals = (whole: Checked<number>, decimals: string): Checked<number> =>
  whole instanceof Refusal ? whole : Number(`${whole}.${decimals}`)

/** "1.234.567": groups of three. */
function toGrouped(text: string, mark: string): Checked<number> {
  const groups = text.split(mark)
  const isRight = groups.every((group, at) => (at === 0 ? /^\d{1,3}$/ : /^\d{3}$/).test(group))
  return isRight ? Number(groups.join('')) : new Refusal('not_money')
}

/** One text for one amount: "1234.50 EUR", with at least as many decimals as the currency has. */
export function writeMoney({ amount, currency }: Money): string {
  const { maximumFractionDigits = 2 } = new Intl.NumberFormat('en', {
    style: 'currency',
    currency,
  }).resolvedOptions()
  const plain = amount.toFixed(maximumFractionDigits)
  return `${Number(plain) === amount ? plain : String(amount)} ${currency}`
}
