import type { MappingManifest } from '../../../core/manifest/manifest.ts'
import type { FieldMapping } from '../../../core/manifest/mapping.ts'
import type { StreamRef } from '../../../core/port/profile-store.ts'
import type { ProfileSchema, TraitType } from '../../../core/profile/profile-schema.ts'
import { identifierColumn, traitColumn } from '../tables.ts'

/** A trait or identifier kind that a stream's mapping fills. */
export interface StreamTarget {
  readonly name: string
  readonly kind: 'trait' | 'identifier'
  readonly type: TraitType
  /** Column of `told_record`. */
  readonly column: string
  readonly mapping: FieldMapping
}

/** What one stream tells of people. */
export interface MappedStream extends StreamRef {
  readonly targets: readonly StreamTarget[]
}

/** The streams that tell people, with what their mappings fill. */
export function listStreams(
  mappings: Iterable<MappingManifest>,
  schema: ProfileSchema,
): readonly MappedStream[] {
  return [...mappings].flatMap(({ connection, stream, identifiers, traits }) => {
    const targets = [
      ...Object.entries(identifiers).flatMap(([name, mapping]): StreamTarget[] =>
        Object.hasOwn(schema.identifiers, name)
          ? [{ name, kind: 'identifier', type: 'text', column: identifierColumn(name), mapping }]
          : [],
      ),
      ...Object.entries(traits).flatMap(([name, mapping]): StreamTarget[] => {
        const type = schema.traits[name]?.type
        return type ? [{ name, kind: 'trait', type, column: traitColumn(name), mapping }] : []
      }),
    ]
    return targets.length === 0 ? [] : [{ connection, stream, targets }]
  })
}
