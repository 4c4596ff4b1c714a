/**
 * Manifests: JSON files in which a marketing-ops person declares connections, the profile schema, mappings, identity, segments and syncs.
 * The types come from these schemas; `affluent schema` writes them out as draft-07 JSON Schemas for editors.
 */
import { z } from 'zod'
import { pickedRule } from '../membership/picked-rule.ts'
import { profileSchemaShape } from '../profile/profile-schema.ts'
import { writtenRule } from '../segment/text/written-rule.ts'
import { enrichmentShape } from './enrichment.ts'
import { identityShape } from './identity.ts'
import { mappingManifest } from './mapping.ts'
import { objectName } from './name.ts'
import { pickedSegmentShape } from './picked-segment.ts'
import { priorityListShape } from './priority-list.ts'
import { qualityShape } from './quality.ts'
import { retentionShape } from './retention.ts'
import { splitShape } from './split.ts'
import { deliverSync, pullSync } from './sync.ts'

const header = <Kind extends string>(kind: Kind) => ({
  $schema: z
    .string()
    .optional()
    .meta({ description: 'Address or path of the JSON Schema, for completion in an editor.' }),
  kind: z.literal(kind).meta({ description: 'What this object declares.' }),
  version: z.literal(1).meta({ description: 'Version of the manifest format.' }),
  name: objectName,
  title: z.string().optional().meta({ description: 'Name for people, in any language.' }),
  description: z.string().optional().meta({ description: 'What it is for.' }),
})

export const connectionManifest = z.strictObject({
  ...header('connection'),
  connector: z.string().meta({ description: 'The connector: "files", "hubspot", "meta" …' }),
  config: z
    .record(z.string(), z.json())
    .default({})
    .meta({ description: "The connector's settings. Secrets only as ${env:NAME} or ${file:PATH}." }),
})

export const profileSchemaManifest = z.strictObject({ ...header('profile_schema'), ...profileSchemaShape })

export const mappingManifestSchema = z.strictObject({ ...header('mapping'), ...mappingManifest.shape })

export const identityManifest = z.strictObject({ ...header('identity'), ...identityShape })

export const retentionManifest = z.strictObject({ ...header('retention'), ...retentionShape })

export const qualityManifest = z.strictObject({ ...header('quality'), ...qualityShape })

export const enrichmentManifest = z.strictObject({ ...header('enrichment'), ...enrichmentShape })

/** Members by a rule, or picked one by one; then the rule follows from what was picked. */
export const segmentManifest = z.union([
  z.strictObject({ ...header('segment'), rule: writtenRule }),
  z
    .strictObject({ ...header('segment'), ...pickedSegmentShape })
    .transform((segment) => ({ ...segment, rule: pickedRule(segment.name) })),
])

export const priorityListManifest = z.strictObject({ ...header('priority_list'), ...priorityListShape })

export const splitManifest = z.strictObject({ ...header('split'), ...splitShape })

export const pullSyncManifest = z.strictObject({ ...header('sync'), ...pullSync.shape })
export const deliverSyncManifest = z.strictObject({ ...header('sync'), ...deliverSync.shape })

export type ConnectionManifest = z.output<typeof connectionManifest>
export type ProfileSchemaManifest = z.output<typeof profileSchemaManifest>
export type MappingManifest = z.output<typeof mappingManifestSchema>
export type IdentityManifest = z.output<typeof identityManifest>
export type RetentionManifest = z.output<typeof retentionManifest>
export type QualityManifest = z.output<typeof qualityManifest>
export type EnrichmentManifest = z.output<typeof enrichmentManifest>
export type SegmentManifest = z.output<typeof segmentManifest>
export type PriorityListManifest = z.output<typeof priorityListManifest>
export type SplitManifest = z.output<typeof splitManifest>
export type PullSyncManifest = z.output<typeof pullSyncManifest>
export type DeliverSyncManifest = z.output<typeof deliverSyncManifest>
export type SyncManifest = PullSyncManifest | DeliverSyncManifest
export type Manifest =
  | ConnectionManifest
  | ProfileSchemaManifest
  | MappingManifest
  | IdentityManifest
  | RetentionManifest
  | QualityManifest
  | EnrichmentManifest
  | SegmentManifest
  | PriorityListManifest
  | SplitManifest
  | SyncManifest
export type ManifestKind = Manifest['kind']

/** All manifests of a workspace, checked as a whole: names are unique per kind, every reference leads somewhere. */
export interface Workspace {
  readonly profileSchema: ProfileSchemaManifest
  readonly connections: ReadonlyMap<string, ConnectionManifest>
  readonly mappings: ReadonlyMap<string, MappingManifest>
  /** Undefined: identifiers join without limits, and nobody is matched without one. */
  readonly identity: IdentityManifest | undefined
  /** Undefined: everything is kept, and erasures that platforms ask for wait for a person. */
  readonly retention: RetentionManifest | undefined
  /** Checks of streams; a stream without one is taken as it is. */
  readonly quality: ReadonlyMap<string, QualityManifest>
  /** External tables whose columns become traits. */
  readonly enrichments: ReadonlyMap<string, EnrichmentManifest>
  /** With those derived from priority lists and splits. */
  readonly segments: ReadonlyMap<string, SegmentManifest>
  readonly priorityLists: ReadonlyMap<string, PriorityListManifest>
  readonly splits: ReadonlyMap<string, SplitManifest>
  readonly syncs: ReadonlyMap<string, SyncManifest>
}

/** True for a standing order segment → audience. */
export function isDeliverSync(sync: SyncManifest): sync is DeliverSyncManifest {
  return 'segment' in sync
}
