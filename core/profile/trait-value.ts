import type { JsonValue } from '../port/json.ts'
import { parseDate, parseDatetime } from './parse-date.ts'
import { parseNumber } from './parse-number.ts'
import type { TraitType } from './profile-schema.ts'
import { isEmpty, listOf } from './read-field.ts'
import { Refusal, type Checked } from './refusal.ts'

/** A typed value: a `date` is "2026-01-31", a `datetime` epoch milliseconds, a `list` a list of texts. Null: known to be empty. */
export type TraitValue = string | number | boolean | readonly string[] | null

/** The years that the warehouse's timestamps and the platforms' dates have in common: 0001 to 9999. */
const earliest = Date.parse('0001-01-01T00:00:00Z')
const latest = Date.parse('9999-12-31T23:59:59.999Z')

/** C0 control characters other than tab and line ends: XML 1.0 §2.2, in which several platforms speak, cannot hold them. */
// oxlint-disable-next-line no-control-regex -- these characters are what it is about
const control = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/

/** A text that every store and platform can hold: no control character, no half of a surrogate pair. Refuses: `unreadable_text`. */
export function toText(value: JsonValue): Checked<string> {
  if (typeof value === 'object') return new Refusal('not_a_text')
  const text = String(value)
  return control.test(text) || !text.isWellFormed() ? new Refusal('unreadable_text') : text
}

const toType: Readonly<Record<TraitType, (value: JsonValue) => Checked<TraitValue>>> = {
  text: toText,
  number: (value) => {
    if (typeof value === 'number') return Number.isFinite(value) ? value : new Refusal('not_a_number')
    return typeof value === 'string' ? parseNumber(value, 'plain') : new Refusal('not_a_number')
  },
  boolean: (value) => {
    if (typeof value === 'boolean') return value
    if (value === 'true') return true
    return value === 'false' ? false : new Refusal('not_a_boolean')
  },
  date: (value) => (typeof value === 'string' ? parseDate(value.trim()) : new Refusal('not_a_date')),
  datetime: toInstant,
  list: toList,
}

function toInstant(value: JsonValue): Checked<number> {
  const instant = typeof value === 'string' ? parseDatetime(value.trim()) : value
  if (instant instanceof Refusal) return instant
  if (typeof instant !== 'number' || !(instant >= earliest && instant <= latest))
    return new Refusal('not_a_datetime')
  return Math.trunc(instant)
}

function toList(value: JsonValue): Checked<readonly string[]> {
  const list: string[] = []
  for (const item of listOf(value)) {
    if (isEmpty(item)) continue
    const text = toText(item)
    if (text instanceof Refusal) return text
    list.push(text)
  }
  return list
}

/** Gives a mapped value its type. Empty values become null, `undefined` stays: the source does not tell. */
export function toTraitValue(value: JsonValue | undefined, type: TraitType): Checked<TraitValue | undefined> {
  if (value === undefined) return undefined
  return isEmpty(value) ? null : toType[type](value)
}
