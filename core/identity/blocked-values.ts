import { AsYouType, isSupportedCountry } from 'libphonenumber-js/max'
import { RE2JS } from 're2js'
import { toHalfWidth } from '../profile/half-width.ts'
import { normaliseIdentifier } from '../profile/normalise-identifier.ts'
import type { IdentifierForm } from '../profile/profile-schema.ts'
import { Refusal } from '../profile/refusal.ts'

/** Blocked values of one identifier kind in the form in which values are compared. */
export interface BlockedValues {
  readonly values: readonly string[]
  /** Regular expressions (RE2) that a whole value matches. */
  readonly patterns: readonly string[]
}

/**
 * Brings blocked values and patterns, as people type them, to the form of the identifiers they are compared with: "Info@*" blocks
 * "info@shop.example", "06 00 00 00 00" blocks "+33600000000" when `country` is FR. "*" stands for any characters.
 */
export function compileBlocked(
  typed: readonly string[],
  form: IdentifierForm,
  country: string | undefined,
): BlockedValues {
  const values = typed
    .filter((text) => !text.includes('*'))
    .map((text) => {
      const value = normaliseIdentifier(text, form, country)
      return value instanceof Refusal ? text.trim() : value
    })
  const patterns = typed
    .filter((text) => text.includes('*'))
    .map((text) => toExpression(normalisePattern(text, form, country)))
  return { values: [...new Set(values)], patterns: [...new Set(patterns)] }
}

/** Whether a normalised value is blocked. Patterns with many stars would keep an engine that tries again busy for hours; this one reads on. */
export const isBlocked = (value: string, blocked: BlockedValues): boolean =>
  blocked.values.includes(value) || readyPatterns(blocked).some((pattern) => pattern.matches(value))

/** Reading a pattern takes far longer than matching it, and the same blocked values are asked for each person. */
const ready = new WeakMap<BlockedValues, readonly RE2JS[]>()

function readyPatterns(blocked: BlockedValues): readonly RE2JS[] {
  const patterns =
    ready.get(blocked) ?? blocked.patterns.map((pattern) => RE2JS.compile(pattern, RE2JS.DOTALL))
  ready.set(blocked, patterns)
  return patterns
}

function normalisePattern(text: string, form: IdentifierForm, country: string | undefined): string {
  if (form === 'exact') return text.trim()
  const plain = toHalfWidth(text).trim().normalize('NFC').toLowerCase()
  return form === 'email' ? normaliseMailPattern(plain) : normalisePhonePattern(plain, country)
}

/** A domain without "*" is compared in its ASCII form, as that of an address is. */
function normaliseMailPattern(pattern: string): string {
  const at = pattern.lastIndexOf('@')
  const domain = pattern.slice(at + 1)
  if (at < 0 || domain.includes('*') || !URL.canParse(`http://${domain}`)) return pattern
  return `${pattern.slice(0, at)}@${new URL(`http://${domain}`).hostname}`
}

/** The digits before the first "*" are written as an international number starts. */
function normalisePhonePattern(pattern: string, country: string | undefined): string {
  const compact = pattern.replace(/[\s().\-/]/g, '').replace(/^00/, '+')
  const star = compact.indexOf('*')
  const start = compact.slice(0, star)
  if (start === '' || start.startsWith('+') || country === undefined) return compact
  const number = startOfNumber(start, country)
  return number === undefined ? compact : `${number}${compact.slice(star)}`
}

function startOfNumber(digits: string, country: string): string | undefined {
  if (!isSupportedCountry(country)) return undefined
  const typing = new AsYouType(country)
  typing.input(digits)
  return typing.getNumberValue()
}

const toExpression = (pattern: string): string =>
  pattern
    .split('*')
    .map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, (sign) => `\\${sign}`))
    .join('.*')
