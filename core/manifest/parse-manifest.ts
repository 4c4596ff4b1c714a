import { z } from 'zod'
import { deriveSegments } from '../membership/derive-segments.ts'
import { withPicks } from '../membership/picked-mapping.ts'
import {
  connectionManifest,
  deliverSyncManifest,
  enrichmentManifest,
  identityManifest,
  mappingManifestSchema,
  priorityListManifest,
  profileSchemaManifest,
  pullSyncManifest,
  qualityManifest,
  retentionManifest,
  segmentManifest,
  splitManifest,
  type Manifest,
  type ManifestKind,
  type Workspace,
} from './manifest.ts'

/** The schema of each kind, in the order in which objects are applied: what is referred to comes first. */
export const manifestSchemas = {
  connection: connectionManifest,
  profile_schema: profileSchemaManifest,
  mapping: mappingManifestSchema,
  identity: identityManifest,
  retention: retentionManifest,
  quality: qualityManifest,
  enrichment: enrichmentManifest,
  segment: segmentManifest,
  priority_list: priorityListManifest,
  split: splitManifest,
  sync: z.union([pullSyncManifest, deliverSyncManifest]),
} as const satisfies Readonly<Record<ManifestKind, z.ZodType>>

export const manifestKinds = [
  'connection',
  'profile_schema',
  'mapping',
  'identity',
  'retention',
  'quality',
  'enrichment',
  'segment',
  'priority_list',
  'split',
  'sync',
] as const

export function isManifestKind(kind: unknown): kind is ManifestKind {
  return manifestKinds.some((known) => known === kind)
}

const anyManifest = z.union([
  connectionManifest,
  profileSchemaManifest,
  mappingManifestSchema,
  identityManifest,
  retentionManifest,
  qualityManifest,
  enrichmentManifest,
  segmentManifest,
  priorityListManifest,
  splitManifest,
  pullSyncManifest,
  deliverSyncManifest,
])

const named = z.object({ kind: z.enum(manifestKinds) })

/** Reads a document that was valid when it was applied. Throws zod's error when it is no manifest of this version. */
export function parseManifest(document: unknown): Manifest {
  const kind = named.safeParse(document).data?.kind
  // Its own schema first: the others would each find out, at length, that it is not theirs.
  const read = kind && manifestSchemas[kind].safeParse(document)
  return read?.data ?? anyManifest.parse(document)
}

/**
 * Joins manifests that were checked as a whole before into a workspace. Undefined when there is no profile schema, so nothing
 * was ever applied.
 */
export function toWorkspace(manifests: readonly Manifest[]): Workspace | undefined {
  const profileSchema = manifests.find((manifest) => manifest.kind === 'profile_schema')
  if (!profileSchema) return undefined
  const declared = manifests.filter((manifest) => manifest.kind === 'segment')
  const mappings = manifests.filter((manifest) => manifest.kind === 'mapping')
  const ground = withPicks({ profileSchema, mappings }, declared)
  return {
    profileSchema: ground.profileSchema,
    connections: byName(manifests.filter((manifest) => manifest.kind === 'connection')),
    mappings: byName(ground.mappings),
    identity: manifests.find((manifest) => manifest.kind === 'identity'),
    retention: manifests.find((manifest) => manifest.kind === 'retention'),
    quality: byName(manifests.filter((manifest) => manifest.kind === 'quality')),
    enrichments: byName(manifests.filter((manifest) => manifest.kind === 'enrichment')),
    segments: byName([...declared, ...deriveSegments(manifests)]),
    priorityLists: byName(manifests.filter((manifest) => manifest.kind === 'priority_list')),
    splits: byName(manifests.filter((manifest) => manifest.kind === 'split')),
    syncs: byName(manifests.filter((manifest) => manifest.kind === 'sync')),
  }
}

function byName<One extends { readonly name: string }>(objects: readonly One[]): ReadonlyMap<string, One> {
  return new Map(objects.map((object) => [object.name, object]))
}
