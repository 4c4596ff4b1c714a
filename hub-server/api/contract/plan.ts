import { z } from 'zod'
import type { ManifestKind } from '../../../core/manifest/manifest.ts'
import { manifestKinds } from '../../../core/manifest/parse-manifest.ts'
import type { AppliedManifest, ManifestChange } from '../../../core/port/control-store.ts'
import type { DeliveryPlan, PlanRow } from '../../../core/port/delivery-store.ts'
import type { EnrichmentCoverage } from '../../../core/port/enrichment-store.ts'
import type { JsonObject } from '../../../core/port/json.ts'
import type { GuardFinding } from '../../../core/sync/guard.ts'
import { describeRoute } from './describe-route.ts'
import { plainErrorContract, type PlainError } from './error.ts'
import { reasonContract, type ReasonDocument } from './reason.ts'
import { asIs, instant, nameText, wire } from './wire.ts'

const kindText = z
  .custom<ManifestKind>((value) => manifestKinds.some((kind) => kind === value))
  .meta({ type: 'string', description: 'A kind of manifest: "segment", "sync" …' })
const documentContract = asIs<JsonObject>('A manifest, as in its file')

const manifestContract = wire<AppliedManifest>({
  kind: kindText,
  name: z.string(),
  revision: z.int(),
  digest: z.string(),
  document: documentContract,
})
const exampleManifest = {
  kind: 'segment',
  name: 'french',
  revision: 1,
  digest: 'd1',
  document: {
    kind: 'segment',
    version: 1,
    name: 'french',
    rule: { trait: 'country', op: 'equals', value: 'FR' },
  },
}

export const listManifests = describeRoute({
  name: 'manifests.list',
  method: 'GET',
  path: '/v1/manifests',
  permission: 'manifests:read',
  summary: 'The manifests in force, without resolved secrets.',
  answer: wire<{ readonly manifests: readonly AppliedManifest[] }>({
    manifests: z.array(manifestContract),
  }),
  example: { answer: { manifests: [exampleManifest] } },
})

export const showManifest = describeRoute({
  name: 'manifests.show',
  method: 'GET',
  path: '/v1/manifests/{kind}/{name}',
  permission: 'manifests:read',
  summary: 'One manifest in force; its ETag is its digest.',
  params: wire<{ readonly kind: string; readonly name: string }>({ kind: nameText, name: nameText }),
  answer: manifestContract,
  errors: ['api.object_unknown'],
  example: { params: { kind: 'segment', name: 'french' }, answer: exampleManifest },
})

/** What is asked of a plan: all syncs unless some are named. */
export interface PlanOrder {
  readonly only?: readonly string[]
  readonly asOf?: number
  /** Examples of rows of each kind. */
  readonly samples?: number
  readonly askPlatforms?: boolean
}

/** People of a split who would change arms; `percent` of all people of its segment. */
export interface SplitMoveDocument {
  readonly split: string
  readonly from: string
  readonly to: string
  readonly percent: number
}

/** What the platform says of the additions, or why it cannot be asked. */
export type VerdictDocument =
  | { readonly asked: number; readonly refused: readonly ReasonDocument[] }
  | { readonly error: PlainError }

/** What a sync would send. */
export interface SyncPlanDocument {
  readonly sync: string
  readonly plan: DeliveryPlan
  readonly samples: readonly PlanRow[]
  readonly batches: number
  readonly finding?: GuardFinding
  readonly blocked?: PlainError
  readonly tooFewFor?: number
  readonly verdict?: VerdictDocument
}

/** Findings of a check in what is pulled so far. */
export interface FindingDocument {
  readonly connection: string
  readonly stream: string
  readonly target: string
  readonly check: string
  readonly action: string
  readonly code: string
  readonly records: number
  readonly suggestions: readonly string[]
}

/** What `apply` and `run` would do. */
export interface PlanDocument {
  readonly changes: readonly ManifestChange[]
  readonly splitMoves: readonly SplitMoveDocument[]
  readonly syncs: readonly SyncPlanDocument[]
  readonly enrichments: readonly EnrichmentCoverage[]
  readonly findings: readonly FindingDocument[]
  readonly sourceRecords: number
}

export const makePlan = describeRoute({
  name: 'plans.make',
  method: 'POST',
  path: '/v1/plans',
  permission: 'people:read',
  mode: 'operation',
  effect: 'reads',
  cost: 'heavy',
  summary: 'What applying the manifests of the folder and running would do, by a rehearsal that is undone.',
  body: wire<PlanOrder>({
    only: z.array(nameText).max(1000).exactOptional(),
    asOf: instant.exactOptional(),
    samples: z.int().min(0).max(1000).exactOptional(),
    askPlatforms: z.boolean().exactOptional(),
  }),
  answer: wire<PlanDocument>({
    changes: z.array(
      wire<ManifestChange>({
        operation: z.enum(['create', 'update', 'delete']),
        kind: kindText,
        name: z.string(),
        digest: z.string(),
        document: documentContract.nullable(),
      }),
    ),
    splitMoves: z.array(
      wire<SplitMoveDocument>({
        split: z.string(),
        from: z.string(),
        to: z.string(),
        percent: z.number(),
      }),
    ),
    syncs: z.array(
      wire<SyncPlanDocument>({
        sync: z.string(),
        plan: asIs<DeliveryPlan>('Members, additions, changes and removals, and what is withheld'),
        samples: z.array(asIs<PlanRow>('A row as it would be handed to the platform')),
        batches: z.int(),
        finding: asIs<GuardFinding>('Why the guard would stop it').exactOptional(),
        blocked: plainErrorContract.exactOptional(),
        tooFewFor: z.int().exactOptional(),
        verdict: z
          .union([
            wire<Extract<VerdictDocument, { readonly asked: number }>>({
              asked: z.int(),
              refused: z.array(reasonContract),
            }),
            wire<Extract<VerdictDocument, { readonly error: PlainError }>>({ error: plainErrorContract }),
          ])
          .exactOptional(),
      }),
    ),
    enrichments: z.array(asIs<EnrichmentCoverage>('An external table, and how many people it tells of')),
    findings: z.array(
      wire<FindingDocument>({
        connection: z.string(),
        stream: z.string(),
        target: z.string(),
        check: z.string(),
        action: z.string(),
        code: z.string(),
        records: z.int(),
        suggestions: z.array(z.string()),
      }),
    ),
    sourceRecords: z.int(),
  }),
  errors: ['run.sync_unknown', 'manifest.invalid', 'manifest.none_found'],
  example: {
    body: { samples: 3 },
    answer: {
      changes: [],
      split_moves: [],
      syncs: [],
      enrichments: [],
      findings: [],
      source_records: 0,
    },
  },
})

export const planContracts = [listManifests, showManifest, makePlan]
