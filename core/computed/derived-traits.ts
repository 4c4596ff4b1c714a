import type { ProfileSchema } from '../profile/profile-schema.ts'
import type { Expression } from './expression.ts'

/** The traits that are computed, with how. */
export function computedTraits(schema: ProfileSchema): ReadonlyMap<string, Expression> {
  return new Map(
    Object.entries(schema.traits).flatMap(([name, { computed }]): [string, Expression][] =>
      computed === undefined ? [] : [[name, computed]],
    ),
  )
}

/** The traits that an enrichment fills, with its name. */
export function enrichedTraits(schema: ProfileSchema): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(schema.traits).flatMap(([name, { enriched_by: enrichment }]): [string, string][] =>
      enrichment === undefined ? [] : [[name, enrichment]],
    ),
  )
}

/** True for a trait that no source record can tell: it is computed, joined from an enrichment, or filled in for another one. */
export function isDerived(trait: ProfileSchema['traits'][string]): boolean {
  return trait.computed !== undefined || trait.enriched_by !== undefined || trait.imputed !== undefined
}

/**
 * The schema with only those traits that source records tell: what records are normalised and profiles are built by. Derived traits
 * are filled beside them, so that they never stand over a source value, and are never mistaken for one.
 */
export function withoutDerivedTraits<Schema extends ProfileSchema>(schema: Schema): Schema {
  const traits = Object.entries(schema.traits).filter(([, trait]) => !isDerived(trait))
  return { ...schema, traits: Object.fromEntries(traits) }
}
