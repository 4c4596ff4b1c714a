import type { Outcome } from '../../../core/connector/outcome.ts'
import { fieldOf, type ObjectDescription } from '../describe.ts'
import { rejected } from './draft.ts'
import type { CellValue } from './write-rows.ts'

/** Values in the types of their fields, or the refusal of the first that cannot be. */
export type TypedFields =
  | { readonly fields: Readonly<Record<string, CellValue>>; readonly refusal?: undefined }
  | { readonly refusal: Outcome }

/**
 * Gives each value the type that its field has now: one value of another type makes Salesforce refuse a whole request, and an admin
 * may have changed the type of a field since the sync was written.
 */
export function toTypedFields(
  description: ObjectDescription,
  values: Readonly<Record<string, CellValue>>,
): TypedFields {
  const fields: Record<string, CellValue> = {}
  for (const [name, value] of Object.entries(values)) {
    const type = fieldOf(description, name)?.type ?? 'string'
    const typed = (converters[type] ?? toText)(value)
    if (typed === undefined) return { refusal: refuse(description.object, name, type) }
    fields[name] = typed
  }
  return { fields }
}

const refuse = (object: string, name: string, type: string): Outcome =>
  rejected(
    'wrong_type',
    `${object}.${name} is of type ${type} in Salesforce and cannot hold this value. Map another trait to it, or change the type of the field back.`,
  )

type Convert = (value: CellValue) => CellValue | undefined

const toText: Convert = (value) => String(value)

const toNumber: Convert = (value) => {
  const number = typeof value === 'string' && value.trim() === '' ? Number.NaN : Number(value)
  return typeof value === 'boolean' || !Number.isFinite(number) ? undefined : number
}

const toInteger: Convert = (value) => {
  const number = toNumber(value)
  return Number.isInteger(number) ? number : undefined
}

const toBoolean: Convert = (value) => {
  const word = String(value).trim().toLowerCase()
  return word === 'true' || word === 'false' ? word === 'true' : undefined
}

/** The day as it stands; of an instant its day in UTC. */
const toDate: Convert = (value) => {
  const text = String(value)
  return /^\d{4}-\d\d-\d\d(?:T|$)/.test(text) && !Number.isNaN(Date.parse(text))
    ? text.slice(0, 10)
    : undefined
}

const toDateTime: Convert = (value) => {
  const ms = /^\d{4}-\d\d-\d\d/.test(String(value)) ? Date.parse(String(value)) : Number.NaN
  return Number.isNaN(ms) ? undefined : String(value)
}

/** By Salesforce's type; all others hold texts. */
const converters: Readonly<Record<string, Convert>> = {
  double: toNumber,
  currency: toNumber,
  percent: toNumber,
  int: toInteger,
  boolean: toBoolean,
  date: toDate,
  datetime: toDateTime,
}
