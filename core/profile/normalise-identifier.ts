import type { JsonValue } from '../port/json.ts'
import { normaliseEmail } from './normalise-email.ts'
import { normalisePhone } from './normalise-phone.ts'
import type { IdentifierForm } from './profile-schema.ts'
import { Refusal, type Checked } from './refusal.ts'
import { toText } from './trait-value.ts'

/** Longest id of a platform that is taken for one. */
const maxExactLength = 512

/** What exports write where there is no id. One of them taken for an id would make one person of thousands. */
const placeholders: ReadonlySet<string> = new Set([
  'null',
  'undefined',
  'none',
  'nil',
  'nan',
  'n/a',
  'na',
  'unknown',
  'anonymous',
  'guest',
  '-',
  '--',
  '0',
  '#n/a',
  '[object object]',
])

function normaliseExact(text: string): Checked<string> {
  const value = text.trim()
  if (value.length > maxExactLength) return new Refusal('identifier_too_long')
  return placeholders.has(value.toLowerCase()) ? new Refusal('placeholder') : value
}

/**
 * Brings an identifier to the one form in which it is compared. `country` is assumed for phone numbers without a country code.
 * Refuses what names no person.
 */
export function normaliseIdentifier(
  value: JsonValue,
  form: IdentifierForm,
  country?: string,
): Checked<string> {
  const text = toText(value)
  if (text instanceof Refusal) return text
  if (form === 'email') return normaliseEmail(text)
  return form === 'phone' ? normalisePhone(text, country) : normaliseExact(text)
}
