import type { PhoneNumber } from 'libphonenumber-js/max'
import metadata from 'libphonenumber-js/metadata.max.json'
import { z } from 'zod'

/** Places of a format in libphonenumber-js's METADATA.md: pattern, format, leading digits, what the first group becomes with
 * the national prefix, and the international format where it differs. */
const formatMetadata = z
  .array(z.unknown())
  .transform((raw) => ({
    pattern: raw[0],
    national: raw[1],
    leading: raw[2] || [],
    prefixRule: raw[3] || '',
    international: raw[5] || raw[1],
  }))
  .pipe(
    z.object({
      pattern: z.string(),
      national: z.string(),
      leading: z.array(z.string()),
      prefixRule: z.string(),
      international: z.string(),
    }),
  )
type PhoneFormat = z.output<typeof formatMetadata>
const planMetadata = z.array(z.unknown()).transform((raw) => raw[4])

const plans = new Map<string, unknown>(Object.entries({ ...metadata.countries, ...metadata.nonGeographic }))
const countriesByCode = new Map<string, readonly string[]>(Object.entries(metadata.country_calling_codes))

function formatsOf(plan: string | undefined): PhoneFormat[] {
  const parsed = planMetadata.pipe(z.array(formatMetadata)).safeParse(plans.get(plan ?? ''))
  return parsed.success ? parsed.data : []
}

/** A country without formats of its own has those of the first one that shares its calling code. */
function groupDigits(
  { country, countryCallingCode, nationalNumber }: PhoneNumber,
  templateOf: (format: PhoneFormat) => string,
): string {
  const own = formatsOf(country ?? countryCallingCode)
  const formats = own.length > 0 ? own : formatsOf(countriesByCode.get(countryCallingCode)?.[0])
  const format = formats.find(
    ({ pattern, leading }) =>
      (leading.length === 0 || new RegExp(`^(?:${leading.at(-1)})`).test(nationalNumber)) &&
      new RegExp(`^(?:${pattern})$`).test(nationalNumber),
  )
  if (!format) return nationalNumber
  return nationalNumber.replace(new RegExp(`^(?:${format.pattern})$`), templateOf(format))
}

const abroad = ({ international }: PhoneFormat): string => international
const atHome = ({ national, prefixRule }: PhoneFormat): string =>
  prefixRule === '' ? national : national.replace(/(\$\d)/, prefixRule)

const extensionMetadata = z
  .array(z.unknown())
  .transform((raw) => raw[13])
  .pipe(z.string().min(1))

/** How the first country of the calling code writes an extension: " x42" in Britain, " Anexo 42" in Peru. */
function extensionOf({ ext, countryCallingCode }: PhoneNumber): string {
  if (ext === undefined) return ''
  const prefix = extensionMetadata.safeParse(plans.get(countriesByCode.get(countryCallingCode)?.[0] ?? ''))
  return `${prefix.success ? prefix.data : ' ext. '}${ext}`
}

/**
 * The number as people of other countries read it, with the punctuation of its own country as Google's library sets it: "+1 415-555-2671".
 * (libphonenumber-js writes spaces only.)
 */
export const formatAbroad = (phone: PhoneNumber): string =>
  `+${phone.countryCallingCode} ${groupDigits(phone, abroad)}${extensionOf(phone)}`

/** The number as people of its own country write it. */
export const formatAtHome = (phone: PhoneNumber): string =>
  `${groupDigits(phone, atHome)}${extensionOf(phone)}`

/** The number as a link that can be dialled, with the groups kept (RFC 3966): "tel:+1-415-555-2671;ext=42". */
export function phoneLink(phone: PhoneNumber): string {
  const groups = groupDigits(phone, abroad).replaceAll(/[-x\s().[\]/~]+/g, '-')
  return `tel:+${phone.countryCallingCode}-${groups}${phone.ext === undefined ? '' : `;ext=${phone.ext}`}`
}
