import { createHash } from 'node:crypto'
import type { MappingManifest } from '../../../core/manifest/manifest.ts'
import type { StreamRef } from '../../../core/port/profile-store.ts'
import type { RecordMapping } from '../../../core/profile/normalise-record.ts'
import type { ProfileSchema } from '../../../core/profile/profile-schema.ts'

/** Raised whenever the same mapping and record would give another result, so that stored results are made anew. */
const normaliserVersion = 1

/** What is to be made of one stream's records. */
export interface StreamPlan extends StreamRef {
  readonly mapping: RecordMapping
  readonly schema: ProfileSchema
  /** True when its records stand for people themselves, false when they only tell what people did. */
  readonly tellsPeople: boolean
  /** Names mapping, profile schema and normaliser together: another digest means that all records are normalised again. */
  readonly digest: string
}

/** One plan per stream. Several mappings of one stream complete each other; where two map the same name the first one counts. */
export function planStreams(mappings: readonly MappingManifest[], schema: ProfileSchema): StreamPlan[] {
  const byStream = new Map<string, { ref: StreamRef; mapping: RecordMapping }>()
  for (const mapping of mappings) {
    const key = JSON.stringify([mapping.connection, mapping.stream])
    const earlier = byStream.get(key)?.mapping
    byStream.set(key, {
      ref: { connection: mapping.connection, stream: mapping.stream },
      mapping: earlier ? complete(earlier, mapping) : pickRecordMapping(mapping),
    })
  }
  return [...byStream.values()].map(({ ref, mapping }) => ({
    ...ref,
    mapping,
    schema,
    tellsPeople:
      Object.keys(mapping.identifiers).length + Object.keys(mapping.traits).length > 0 ||
      mapping.consents.length > 0,
    digest: digestOf(mapping, schema),
  }))
}

const pickRecordMapping = ({ identifiers, traits, consents, events }: MappingManifest): RecordMapping => ({
  identifiers,
  traits,
  consents,
  events,
})

const complete = (first: RecordMapping, second: RecordMapping): RecordMapping => ({
  identifiers: { ...second.identifiers, ...first.identifiers },
  traits: { ...second.traits, ...first.traits },
  consents: [...first.consents, ...second.consents],
  events: [...first.events, ...second.events],
})

function digestOf(mapping: RecordMapping, schema: ProfileSchema): string {
  // Descriptions are for people: a better sentence must not cost a run over all records.
  const shape = JSON.stringify([normaliserVersion, mapping, schema], (key, value: unknown) =>
    key === 'description' && typeof value === 'string' ? undefined : value,
  )
  return createHash('sha256').update(shape).digest('hex')
}
