import metadata from 'libphonenumber-js/metadata.max.json'
import { z } from 'zod'

const textOrNone = z.unknown().transform((value) => (typeof value === 'string' ? value : ''))
const listOrNone = z.unknown().transform((value): unknown[] => (Array.isArray(value) ? value : []))

/** The places of a country's entry that are read here, as libphonenumber-js's METADATA.md lists them. */
const planMetadata = z
  .array(z.unknown())
  .transform((raw) => ({
    callingCode: raw[0],
    idd: raw[1],
    general: raw[2],
    lengths: raw[3],
    prefix: raw[5],
    parsing: raw[7],
    leading: raw[10],
    types: raw[11],
  }))
  .pipe(
    z.object({
      callingCode: z.string(),
      idd: textOrNone,
      general: z.string(),
      lengths: z.array(z.number()),
      prefix: textOrNone,
      parsing: textOrNone,
      leading: textOrNone,
      types: listOrNone,
    }),
  )
const typeMetadata = z.tuple([z.string(), z.array(z.number()).optional()])

/** A country's numbering plan with its expressions compiled once. */
interface NumberingPlan {
  readonly callingCode: string
  readonly idd: RegExp
  readonly general: RegExp
  /** What the library strips from the start of a national number; undefined when nothing. */
  readonly prefix: RegExp | undefined
  /** True where what is stripped is put back in another form, or holds a carrier code. */
  readonly transformsPrefix: boolean
  readonly leading: RegExp | undefined
  readonly types: readonly { readonly shape: RegExp; readonly lengths: ReadonlySet<number> }[]
}

const countries = new Map(Object.entries(metadata.countries))
const countriesByCode = new Map(Object.entries(metadata.country_calling_codes))
const plans = new Map<string, NumberingPlan | undefined>()

function planOf(country: string): NumberingPlan | undefined {
  if (!plans.has(country)) plans.set(country, compilePlan(countries.get(country)))
  return plans.get(country)
}

function compilePlan(entry: unknown): NumberingPlan | undefined {
  const parsed = planMetadata.safeParse(entry)
  if (!parsed.success) return undefined
  const { callingCode, idd, general, lengths, prefix, parsing, leading, types } = parsed.data
  const stripped = parsing || prefix
  return {
    callingCode,
    idd: new RegExp(`^(?:${idd})`),
    general: new RegExp(`^(?:${general})$`),
    prefix: stripped === '' ? undefined : new RegExp(`^(?:${stripped})`),
    transformsPrefix: stripped.includes('('),
    leading: leading === '' ? undefined : new RegExp(`^(?:${leading})`),
    types: types.flatMap((type) => {
      const known = typeMetadata.safeParse(type)
      if (!known.success || known.data[0] === '') return []
      const [shape, own = lengths] = known.data
      return [{ shape: new RegExp(`^(?:${shape})$`), lengths: new Set(own) }]
    }),
  }
}

const plainNumber = /^\+?\d[\d ().-]*\d$/

/**
 * E.164 of a number that is written plainly and valid beyond doubt; undefined for all others, which libphonenumber then reads. It asks
 * the library's own metadata, but with expressions compiled once: the library compiles up to thirty for each number, which made
 * phones the most expensive part of a pull (11 µs a number instead of 1). Wherever several readings are possible it abstains; a
 * property test holds the two equal.
 */
export function recognisePhone(text: string, country: string | undefined): string | undefined {
  if (!plainNumber.test(text)) return undefined
  const digits = text.replace(/\D/g, '')
  return text.startsWith('+') ? recogniseInternational(digits) : recogniseNational(digits, country)
}

function recogniseInternational(digits: string): string | undefined {
  for (let length = 1; length <= 3; length += 1) {
    const main = countriesByCode.get(digits.slice(0, length))?.[0]
    if (main === undefined) continue
    const national = digits.slice(length)
    const plan = planOf(main)
    if (!plan || plan.prefix?.test(national)) return undefined
    return isValid(plan.callingCode, national) ? `+${digits}` : undefined
  }
  return undefined
}

function recogniseNational(digits: string, country: string | undefined): string | undefined {
  const plan = country === undefined ? undefined : planOf(country)
  if (!plan || plan.idd.test(digits) || digits.startsWith(plan.callingCode)) return undefined
  const national = stripPrefix(digits, plan)
  if (national === undefined || !plan.general.test(national)) return undefined
  return isValid(plan.callingCode, national) ? `+${plan.callingCode}${national}` : undefined
}

function stripPrefix(digits: string, plan: NumberingPlan): string | undefined {
  const prefix = plan.prefix?.exec(digits)?.[0]
  if (prefix === undefined) return digits
  return plan.transformsPrefix ? undefined : digits.slice(prefix.length)
}

/** Finds the country among those that share the calling code as the library does: by leading digits, else by type of number. */
function isValid(callingCode: string, national: string): boolean {
  const candidates = countriesByCode.get(callingCode) ?? []
  for (const country of candidates) {
    const plan = planOf(country)
    if (!plan) return false
    if (candidates.length === 1) return isOfSomeType(plan, national)
    if (plan.leading) {
      if (plan.leading.test(national)) return isOfSomeType(plan, national)
    } else if (isOfSomeType(plan, national)) {
      return true
    }
  }
  return false
}

const isOfSomeType = (plan: NumberingPlan, national: string): boolean =>
  plan.general.test(national) &&
  plan.types.some(({ shape, lengths }) => lengths.has(national.length) && shape.test(national))
