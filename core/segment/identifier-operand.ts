import { normaliseIdentifier } from '../profile/normalise-identifier.ts'
import type { ProfileSchema } from '../profile/profile-schema.ts'
import { Refusal } from '../profile/refusal.ts'
import { ownValue } from './measure.ts'
import type { IdentifierCondition, Operand } from './rule.ts'

/**
 * Brings the operand of an identifier condition to the form in which identifiers are stored: whole values are normalised as a source's
 * value would be ("Anna@Example.com" finds anna@example.com), parts of an e-mail address are lower-cased. A value that cannot be
 * normalised stays as it is: no stored identifier equals it.
 */
export function normaliseOperand(condition: IdentifierCondition, schema: ProfileSchema): Operand | undefined {
  const { op, value } = condition
  const form = ownValue(schema.identifiers, condition.identifier)?.form
  if (value === undefined || !form) return value
  const toWhole = (item: string | number | boolean): string | number | boolean => {
    if (typeof item !== 'string') return item
    const normal = normaliseIdentifier(item, form, schema.default_country)
    return normal instanceof Refusal ? item : normal
  }
  const toPart = (item: string | number | boolean): string | number | boolean =>
    typeof item === 'string' && form === 'email' ? item.toLowerCase() : item
  const isWhole = ['equals', 'not_equals', 'in', 'not_in'].includes(op)
  const convert = isWhole ? toWhole : toPart
  return Array.isArray(value) ? value.map(convert) : convert(value)
}
