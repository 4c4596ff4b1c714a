import { z } from 'zod'
import type { ManifestChange } from '../../../core/port/control-store.ts'
import type { DeliveryPlan, PlanRow } from '../../../core/port/delivery-store.ts'
import type { EnrichmentCoverage } from '../../../core/port/enrichment-store.ts'
import type { GuardFinding } from '../../../core/sync/guard.ts'
import { checkFindingContract, type CheckFinding } from './check-finding.ts'
import { describeRoute } from './describe-route.ts'
import { plainErrorContract, type PlainError } from './error.ts'
import {
  changeContract,
  filesContract,
  splitMoveContract,
  type ManifestText,
  type SplitMoveDocument,
} from './manifest.ts'
import { reasonContract, type ReasonDocument } from './reason.ts'
import { asIs, instant, nameText, wire } from './wire.ts'

/** What is asked of a plan: of the folder's manifests unless others are given, all syncs unless some are named. */
export interface PlanOrder {
  readonly files?: readonly ManifestText[]
  readonly only?: readonly string[]
  readonly asOf?: number
  /** Examples of rows of each kind. */
  readonly samples?: number
  readonly askPlatforms?: boolean
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

/** What `apply` and `run` would do. */
export interface PlanDocument {
  readonly changes: readonly ManifestChange[]
  readonly splitMoves: readonly SplitMoveDocument[]
  readonly syncs: readonly SyncPlanDocument[]
  readonly enrichments: readonly EnrichmentCoverage[]
  readonly findings: readonly CheckFinding[]
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
  summary:
    'What applying manifests, those of the folder or the given ones, and running would do, by a rehearsal that is undone.',
  body: wire<PlanOrder>({
    files: filesContract.exactOptional(),
    only: z.array(nameText).max(1000).exactOptional(),
    asOf: instant.exactOptional(),
    samples: z.int().min(0).max(1000).exactOptional(),
    askPlatforms: z.boolean().exactOptional(),
  }),
  answer: wire<PlanDocument>({
    changes: z.array(changeContract),
    splitMoves: z.array(splitMoveContract),
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
    findings: z.array(checkFindingContract),
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

export const planContracts = [makePlan]
