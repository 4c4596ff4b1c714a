import type { FieldMapping, MappingFunction } from '../manifest/mapping.ts'
import type { JsonObject, JsonValue } from '../port/json.ts'
import { toCountryCode } from './country-code.ts'
import { parseDate, parseDatetime } from './parse-date.ts'
import { parseNumber } from './parse-number.ts'
import { createFieldReader, isEmpty } from './read-field.ts'
import { Refusal, type Checked } from './refusal.ts'

/** One function of a mapping, bound to its argument. It sees single values: a list is mapped value by value. */
type ValueFunction = (value: JsonValue) => Checked<JsonValue>

const words: ReadonlyMap<string, boolean> = new Map([
  ...['true', 't', 'yes', 'y', '1', 'on', 'oui', 'vrai', 'ja', 'wahr'].map((word) => [word, true] as const),
  ...['false', 'f', 'no', 'n', '0', 'off', 'non', 'faux', 'nein', 'falsch'].map(
    (word) => [word, false] as const,
  ),
])

const toTitleCase = (text: string): string =>
  text.toLowerCase().replace(/(?<![\p{L}\p{M}\p{N}])\p{L}/gu, (letter) => letter.toUpperCase())

/** Makes a function of texts: numbers are taken as they would be written, other values are refused (`not_a_text`). */
const onText =
  (change: (text: string) => Checked<JsonValue>): ValueFunction =>
  (value) => {
    if (typeof value === 'string') return change(value)
    return typeof value === 'number' || typeof value === 'boolean'
      ? change(String(value))
      : new Refusal('not_a_text')
  }

const toBoolean = onText((text) => words.get(text.trim().toLowerCase()) ?? new Refusal('not_a_boolean'))

const toNumber =
  (writing: Parameters<typeof parseNumber>[1]): ValueFunction =>
  (value) =>
    typeof value === 'number' ? value : onText((text) => parseNumber(text, writing))(value)

/** The functions without an argument. */
const plainFunctions: Readonly<Record<Extract<MappingFunction, string>, ValueFunction>> = {
  trim: onText((text) => text.trim()),
  collapse_spaces: onText((text) => text.trim().replace(/\s+/gu, ' ')),
  lower_case: onText((text) => text.toLowerCase()),
  upper_case: onText((text) => text.toUpperCase()),
  title_case: onText(toTitleCase),
  number: toNumber('plain'),
  boolean: toBoolean,
  country_code: onText(toCountryCode),
  datetime: onText((text) => parseDatetime(text.trim())),
  date: onText((text) => parseDate(text.trim())),
}

function bindFunction(definition: MappingFunction): ValueFunction {
  if (typeof definition === 'string') return plainFunctions[definition]
  if ('date' in definition) return onText((text) => parseDate(text.trim(), definition.date))
  if ('number' in definition) return toNumber(definition.number)
  if ('datetime' in definition) {
    const { pattern, time_zone: timeZone } = definition.datetime
    return onText((text) => parseDatetime(text.trim(), { pattern, timeZone }))
  }
  if ('split' in definition) {
    return onText((text) =>
      text
        .split(definition.split)
        .map((part) => part.trim())
        .filter((part) => part !== ''),
    )
  }
  if ('lookup' in definition) return createLookup(definition.lookup)
  return (value) => value
}

function createLookup(table: Readonly<Record<string, string | number | boolean>>): ValueFunction {
  const values = new Map(Object.entries(table))
  return onText((text) => values.get(text.trim()) ?? new Refusal('not_in_lookup'))
}

/** What a mapping made of a record: a value, null (the source says there is none), undefined (the source does not tell). */
export type MapField = (fields: JsonObject) => Checked<JsonValue | undefined>

/** Binds a field mapping: takes the first field that is not empty and applies the functions in order. */
export function createFieldMapper(mapping: FieldMapping): MapField {
  const readers = [mapping.from].flat().map(createFieldReader)
  const steps = mapping.apply.map((definition) => ({
    apply: bindFunction(definition),
    fallback: fallbackOf(definition),
  }))
  return (fields) => {
    let value: Checked<JsonValue | undefined> = readFirst(readers, fields)
    for (const { apply, fallback } of steps) {
      if (value instanceof Refusal) return value
      if (isEmpty(value)) value = fallback ?? value
      else value = applyToEach(apply, value ?? null)
    }
    return value
  }
}

function fallbackOf(definition: MappingFunction): JsonValue | undefined {
  return typeof definition === 'object' && 'default' in definition ? definition.default : undefined
}

function readFirst(
  readers: readonly ReturnType<typeof createFieldReader>[],
  fields: JsonObject,
): JsonValue | undefined {
  let known = false
  for (const read of readers) {
    const value = read(fields)
    if (!isEmpty(value)) return value
    known ||= value !== undefined
  }
  return known ? null : undefined
}

function applyToEach(apply: ValueFunction, value: JsonValue): Checked<JsonValue> {
  if (!Array.isArray(value)) return apply(value)
  const mapped: JsonValue[] = []
  for (const item of value) {
    const result = isEmpty(item) ? null : apply(item)
    if (result instanceof Refusal) return result
    mapped.push(result)
  }
  return mapped.flat()
}
