import type { ProfileSchema } from '../../../core/profile/profile-schema.ts'
import { identifierColumn, traitColumn } from '../tables.ts'

/** What a check looks at, as the staged records hold it. A trait and an identifier of one name: the trait is meant. */
export interface CheckTarget {
  readonly name: string
  readonly column: string
  /** Set for an identifier: further values of the kind are in `staged_identifier`. */
  readonly kind: string | undefined
  readonly isText: boolean
}

/** Undefined where the profile schema has no such trait or identifier kind. */
export function findTarget(schema: ProfileSchema, name: string): CheckTarget | undefined {
  const trait = schema.traits[name]
  if (trait) return { name, column: traitColumn(name), kind: undefined, isText: trait.type === 'text' }
  if (!Object.hasOwn(schema.identifiers, name)) return undefined
  return { name, column: identifierColumn(name), kind: name, isText: true }
}

/** SQL of the target's values in the records that are judged: `record_id`, `value`, and the record's `country` where asked for. */
export function valuesSql({ column, kind }: CheckTarget, countryTrait?: string): string {
  const country = countryTrait === undefined ? 'NULL' : traitColumn(countryTrait)
  const own = `SELECT record_id, ${column} AS value, ${country} AS country
    FROM staged_record SEMI JOIN quality_scope USING (record_id) WHERE ${column} IS NOT NULL`
  if (kind === undefined) return own
  return `${own} UNION ALL SELECT record_id, value, NULL FROM staged_identifier SEMI JOIN quality_scope USING (record_id)
    WHERE kind = '${kind}'`
}
