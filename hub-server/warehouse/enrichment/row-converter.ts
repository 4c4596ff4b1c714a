import {
  BIGINT,
  BOOLEAN,
  DATE,
  DOUBLE,
  DuckDBDateValue,
  DuckDBTimestampValue,
  LIST,
  listValue,
  TIMESTAMP,
  VARCHAR,
  type DuckDBType,
  type DuckDBValue,
} from '@duckdb/node-api'
import type { EnrichmentManifest } from '../../../core/manifest/manifest.ts'
import type { JsonObject } from '../../../core/port/json.ts'
import { createFieldMapper } from '../../../core/profile/apply-mapping.ts'
import { normaliseIdentifier } from '../../../core/profile/normalise-identifier.ts'
import type { ProfileSchema, TraitType } from '../../../core/profile/profile-schema.ts'
import { createFieldReader, isEmpty } from '../../../core/profile/read-field.ts'
import { Refusal } from '../../../core/profile/refusal.ts'
import { toText, toTraitValue, type TraitValue } from '../../../core/profile/trait-value.ts'
import { parseDay } from '../../../core/segment/calendar.ts'

const duckdbTypes: Readonly<Record<TraitType, DuckDBType>> = {
  text: VARCHAR,
  number: DOUBLE,
  boolean: BOOLEAN,
  date: DATE,
  datetime: TIMESTAMP,
  list: LIST(VARCHAR),
}

/** The columns of a table while it is read: the key as it was written (an identifier normalised), the place, and the traits. */
export interface RowConverter {
  readonly types: readonly DuckDBType[]
  /** Undefined for a row without a usable key. `unusable` is told of each value that is not of its trait's type. */
  convert(place: number, fields: JsonObject, unusable: () => void): readonly DuckDBValue[] | undefined
}

export function createRowConverter(manifest: EnrichmentManifest, schema: ProfileSchema): RowConverter {
  const readKey = createKeyReader(manifest, schema)
  const traits = Object.entries(manifest.traits).map(([trait, mapping]) => ({
    type: schema.traits[trait]?.type ?? 'text',
    map: createFieldMapper(mapping),
  }))
  return {
    types: [VARCHAR, BIGINT, ...traits.map(({ type }) => duckdbTypes[type])],
    convert(place, fields, unusable) {
      const key = readKey(fields)
      if (key === undefined) return undefined
      const values = traits.map(({ type, map }) => {
        const mapped = map(fields)
        const value = mapped instanceof Refusal ? mapped : toTraitValue(mapped, type)
        if (!(value instanceof Refusal)) return toCell(value ?? null, type)
        unusable()
        return null
      })
      return [key, BigInt(place), ...values]
    },
  }
}

function createKeyReader(
  { key }: EnrichmentManifest,
  schema: ProfileSchema,
): (fields: JsonObject) => string | undefined {
  const read = createFieldReader(key.from)
  const form = key.identifier === undefined ? undefined : schema.identifiers[key.identifier]?.form
  return (fields) => {
    const value = read(fields)
    if (value === undefined || isEmpty(value)) return undefined
    const text = toText(value)
    if (text instanceof Refusal || form === undefined) return text instanceof Refusal ? undefined : text
    const normal = normaliseIdentifier(text, form, schema.default_country)
    return normal instanceof Refusal ? undefined : normal
  }
}

function toCell(value: TraitValue, type: TraitType): DuckDBValue {
  if (value === null) return null
  if (type === 'date' && typeof value === 'string') return new DuckDBDateValue(Number(parseDay(value)))
  if (type === 'datetime' && typeof value === 'number') return new DuckDBTimestampValue(BigInt(value) * 1000n)
  return typeof value === 'object' ? listValue([...value]) : value
}
