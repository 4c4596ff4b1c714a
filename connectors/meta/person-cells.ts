import type { DestinationRecord } from '../../core/connector/destination.ts'
import type { Reason } from '../../core/connector/outcome.ts'
import type { JsonValue } from '../../core/port/json.ts'
import { toCountryCode } from '../../core/profile/country-code.ts'
import { readDataUse, type LimitedDataUse } from './data-use.ts'
import { hashOfNothing, isSha256, sha256Hex } from './hashing.ts'
import { readLookalikeValue, valueField } from './lookalike-value.ts'
import { parseBirthDate } from './normalise/birth-date.ts'
import { keyRules, type KeyRule, type MetaKey } from './normalise/rules.ts'

/** One person as Meta matches them: the usable keys, hashed where Meta wants it, and the fields whose value was of no use. */
export interface PersonCells {
  readonly cells: ReadonlyMap<MetaKey, string>
  readonly unusable: readonly string[]
  /** What the person is worth, where a field says so. */
  readonly value?: number
  /** How Meta may use the row, where it says so itself. */
  readonly dataUse?: LimitedDataUse | 'off'
}

type Fields = Readonly<Record<string, JsonValue>>

/** Normalises and hashes the fields of one record. A bad value costs only its own cell. */
export function toPersonCells(record: DestinationRecord): PersonCells {
  const unusable: string[] = []
  const fields = splitBirthDate(record.fields, unusable)
  const country = countryOf(fields['COUNTRY'])
  const cells = new Map<MetaKey, string>()
  for (const rule of keyRules) {
    const written = toText(fields[rule.key])
    if (written === '') continue
    const cell = written === undefined ? undefined : toCell(rule, written, country)
    if (cell === undefined) unusable.push(rule.key)
    else cells.set(rule.key, cell)
  }
  const value = readLookalikeValue(fields[valueField], unusable)
  const dataUse = readDataUse(fields, unusable)
  return {
    cells,
    unusable,
    ...(value !== undefined && { value }),
    ...(dataUse !== undefined && { dataUse }),
  }
}

/** Why a person cannot be matched; undefined when at least one identifier is usable. Holds no value of the person. */
export function whyUnmatchable(person: PersonCells): Reason | undefined {
  const identifying = keyRules.filter((rule) => rule.field.matches !== undefined).map((rule) => rule.key)
  if (identifying.some((key) => person.cells.has(key))) return undefined
  const bad = identifying.filter((key) => person.unusable.includes(key))
  const [first] = bad
  if (first === undefined) {
    return { code: 'missing_identifier', message: `None of ${identifying.join(', ')} is filled.` }
  }
  return bad.length > 1
    ? { code: 'no_usable_identifier', message: `Not usable: ${bad.join(', ')}.` }
    : { code: `invalid_${first.toLowerCase()}`, message: `Not usable: ${first}.` }
}

function toCell(rule: KeyRule, written: string, country: string | undefined): string | undefined {
  if (rule.hashed && isSha256(written)) return passThrough(written)
  const normalised = rule.normalise(written, country)
  return normalised !== undefined && rule.hashed ? sha256Hex(normalised) : normalised
}

/** A value that is hashed already is not hashed twice. */
function passThrough(written: string): string | undefined {
  const hash = written.toLowerCase()
  return hash === hashOfNothing ? undefined : hash
}

/** '' for what is absent, undefined for lists, objects and truth values, which cannot be a key. */
function toText(value: JsonValue | undefined): string | undefined {
  if (value === undefined || value === null) return ''
  if (typeof value === 'string') return value.trim()
  return typeof value === 'number' ? String(value) : undefined
}

function countryOf(value: JsonValue | undefined): string | undefined {
  if (typeof value !== 'string') return undefined
  const code = toCountryCode(value)
  return typeof code === 'string' ? code : undefined
}

function splitBirthDate(fields: Fields, unusable: string[]): Fields {
  const written = toText(fields['DOB'])
  if (written === '') return fields
  const date = written === undefined ? undefined : parseBirthDate(written)
  if (date) return { ...fields, DOBY: date.year, DOBM: date.month, DOBD: date.day }
  unusable.push('DOB')
  return fields
}
