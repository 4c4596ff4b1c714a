import type { DestinationField } from '../../core/connector/destination.ts'
import type { Reason } from '../../core/connector/outcome.ts'
import type { JsonValue } from '../../core/port/json.ts'

/** Name of the setting that an audience is value-based by, and of the field that holds the value. */
export const valueSetting = 'is_value_based'
export const valueField = 'LOOKALIKE_VALUE'

/** The field as manifests may map it. */
export const lookalikeValueField: DestinationField = {
  type: 'number',
  description: 'What the person is worth to you, 0 or more, for value-based audiences; not hashed.',
  neededBy: valueSetting,
}

/** What a person is worth: a finite number of 0 or more. Undefined when there is none; what is no such number is noted. */
export function readLookalikeValue(written: JsonValue | undefined, unusable: string[]): number | undefined {
  if (written === undefined || written === null || written === '') return undefined
  const value = typeof written === 'number' || typeof written === 'string' ? Number(written) : Number.NaN
  if (Number.isFinite(value) && value >= 0) return value
  unusable.push(valueField)
  return undefined
}

/** Why a person cannot be a row of a value-based audience. Holds no value. */
export function whyWorthless(person: {
  readonly value?: number
  readonly unusable: readonly string[]
}): Reason | undefined {
  if (person.value !== undefined) return undefined
  return person.unusable.includes(valueField)
    ? { code: 'invalid_lookalike_value', message: `${valueField} is no number of 0 or more.` }
    : { code: 'missing_lookalike_value', message: `${valueField} is empty, and the audience is value-based.` }
}
