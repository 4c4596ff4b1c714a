import type { FieldMapping } from '../manifest/mapping.ts'
import type { JsonObject } from '../port/json.ts'
import { createFieldMapper } from './apply-mapping.ts'
import { toCountryCode } from './country-code.ts'
import type { ReportInvalid } from './invalid-value.ts'
import { normaliseIdentifier } from './normalise-identifier.ts'
import type { ProfileSchema } from './profile-schema.ts'
import { createFieldReader, isEmpty, listOf } from './read-field.ts'
import { Refusal } from './refusal.ts'

/** A value that names a person, in the form in which it is compared. */
export interface Identifier {
  readonly kind: string
  readonly value: string
}

export type MapIdentifiers = (fields: JsonObject, report: ReportInvalid) => readonly Identifier[]

/** Binds the identifier mappings of a record or of an event's person. A list gives one identifier for each of its values. */
export function createIdentifierMapper(
  mappings: Readonly<Record<string, FieldMapping>>,
  schema: ProfileSchema,
): MapIdentifiers {
  const mappers = Object.entries(mappings).map(([kind, mapping]) => bindKind(kind, mapping, schema))
  return (fields, report) => {
    const found: Identifier[] = []
    for (const map of mappers) map(fields, report, found)
    return found
  }
}

type MapKind = (fields: JsonObject, report: ReportInvalid, found: Identifier[]) => void

function bindKind(kind: string, mapping: FieldMapping, schema: ProfileSchema): MapKind {
  const form = schema.identifiers[kind]?.form ?? 'exact'
  const map = createFieldMapper(mapping)
  const countryOf = bindCountry(mapping.country_from, schema.default_country)
  const field = [mapping.from].flat()[0] ?? kind
  return (fields, report, found) => {
    const mapped = map(fields)
    if (mapped instanceof Refusal) return report(field, mapped)
    if (mapped === undefined || isEmpty(mapped)) return
    for (const value of listOf(mapped)) {
      if (isEmpty(value)) continue
      const normal = normaliseIdentifier(value, form, form === 'phone' ? countryOf(fields) : undefined)
      if (normal instanceof Refusal) report(field, normal)
      else if (!found.some((other) => other.kind === kind && other.value === normal))
        found.push({ kind, value: normal })
    }
  }
}

function bindCountry(
  name: string | undefined,
  fallback: string | undefined,
): (fields: JsonObject) => string | undefined {
  if (name === undefined) return () => fallback
  const read = createFieldReader(name)
  return (fields) => {
    const written = read(fields)
    // A country nobody knows is reported where a trait maps it; here the number is read as if there were none.
    const country = typeof written === 'string' ? toCountryCode(written) : fallback
    return country instanceof Refusal ? fallback : country
  }
}
