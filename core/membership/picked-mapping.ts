import { eventConnection } from '../manifest/event-streams.ts'
import {
  mappingManifestSchema,
  type MappingManifest,
  type ProfileSchemaManifest,
  type SegmentManifest,
} from '../manifest/manifest.ts'
import { isPicked } from '../manifest/picked-segment.ts'
import { pickedProperty, pickEvents, type PickAction } from './picked-rule.ts'

/** Stream of the built-in connection that picks are kept in. */
export const pickStream = 'picks'

/** Fields of a record of that stream. */
export const pickFields = { person: 'person', segment: 'segment', action: 'action', at: 'at' } as const

/** What hand-picked segments stand on: two events of the profile schema, and the mapping that makes them of what is kept. */
export interface PickGround {
  readonly profileSchema: ProfileSchemaManifest
  readonly mappings: readonly MappingManifest[]
}

/** Adds what hand-picked segments stand on; without any, everything stays as it is. */
export function withPicks(ground: PickGround, segments: Iterable<SegmentManifest>): PickGround {
  if (![...segments].some((segment) => isPicked(segment))) return ground
  const { profileSchema } = ground
  return {
    profileSchema: withPickEvents(profileSchema),
    mappings: [...ground.mappings, pickMapping(Object.keys(profileSchema.identifiers))],
  }
}

/** The profile schema with the two events. */
function withPickEvents(schema: ProfileSchemaManifest): ProfileSchemaManifest {
  const properties = { [pickedProperty]: 'text' as const }
  const description = 'Kept by the hub: who was put into a hand-picked segment, or taken out.'
  const events = Object.values(pickEvents).map((event) => [event, { description, properties }] as const)
  return { ...schema, events: { ...schema.events, ...Object.fromEntries(events) } }
}

/** A record names the person by one identifier, whatever its kind. */
function pickMapping(kinds: readonly string[]): MappingManifest {
  const person = Object.fromEntries(kinds.map((kind) => [kind, { from: `${pickFields.person}.${kind}` }]))
  const toEvent = (action: PickAction): object => ({
    event: pickEvents[action],
    where: [{ from: pickFields.action, op: 'equals', value: action }],
    person,
    time: { from: pickFields.at },
    properties: { [pickedProperty]: { from: pickFields.segment } },
  })
  const mapping = mappingManifestSchema.parse({
    kind: 'mapping',
    version: 1,
    name: 'hand-picks',
    connection: eventConnection,
    stream: pickStream,
    events: [toEvent('picked'), toEvent('dropped')],
  })
  // No manifest can have this name.
  return { ...mapping, name: '@picks' }
}
