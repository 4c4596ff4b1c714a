import type { MappingManifest } from '../manifest/manifest.ts'
import type { FieldMapping } from '../manifest/mapping.ts'

/** The source fields that the mappings of one stream use, each once, sorted: only these are fetched. */
export function mappedFields(
  mappings: Iterable<MappingManifest>,
  source: { readonly connection: string; readonly stream: string },
): string[] {
  const fields = new Set<string>()
  for (const mapping of mappings) {
    if (mapping.connection !== source.connection || mapping.stream !== source.stream) continue
    for (const field of fieldsOf(mapping)) fields.add(field)
  }
  return [...fields].sort()
}

function fieldsOf(mapping: MappingManifest): string[] {
  return [
    ...ofFields(mapping.identifiers),
    ...ofFields(mapping.traits),
    ...mapping.consents.flatMap((consent) => [
      consent.from,
      ...(consent.at === undefined ? [] : [consent.at]),
    ]),
    ...mapping.events.flatMap((event) => [
      ...event.where.map((condition) => condition.from),
      ...ofFields(event.person),
      ...ofField(event.time),
      ...ofFields(event.properties),
    ]),
  ]
}

const ofFields = (fields: Readonly<Record<string, FieldMapping>>): string[] =>
  Object.values(fields).flatMap(ofField)

function ofField({ from, country_from }: FieldMapping): string[] {
  const sources = typeof from === 'string' ? [from] : from
  return country_from === undefined ? sources : [...sources, country_from]
}
