import { z } from 'zod'
import type { DeliverSyncManifest } from '../../../core/manifest/manifest.ts'
import { maskDelivery, maskNode, maskProfileView } from '../../../core/masking/mask-people.ts'
import type { DeliveryState } from '../../../core/port/delivery-store.ts'
import type { ProfileView } from '../../../core/port/profile-store.ts'
import type { ExplainedNode, MembershipSpan, NodeDetail } from '../../../core/port/segment-insight.ts'
import { describeRoute } from './describe-route.ts'
import { profileViewContract, spanContract } from './profile.ts'
import { askedRuleFields, ruleContract } from './rule.ts'
import { runContract, type RunDocument } from './run.ts'
import { asIs, instant, personText, wire } from './wire.ts'

const nodeContract: z.ZodType<ExplainedNode> = wire<ExplainedNode>({
  path: z.string(),
  rule: ruleContract,
  truth: z.boolean().nullable(),
  value: z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.string())]),
  detail: asIs<NodeDetail>('More than the value: a rank, a distance, a membership').exactOptional(),
  children: z.array(z.lazy(() => nodeContract)),
})

const verdicts = [
  'delivered',
  'leaving',
  'not_member',
  'suppressed',
  'consent_unmapped',
  'consent_missing',
  'no_match_key',
  'awaiting_approval',
  'rejected',
  'failed',
  'unknown',
  'not_sent_yet',
] as const

interface AskedConsent {
  readonly purpose: string
  readonly channel: string
  readonly status: 'granted' | 'denied' | 'unknown'
}
interface MatchFields {
  readonly wanted: readonly string[]
  readonly present: readonly string[]
}

/** Why one person is, or is not, in the audience of one sync. */
export interface SyncExplanationDocument {
  readonly kind: 'sync'
  readonly sync: DeliverSyncManifest
  readonly profile: ProfileView
  readonly isIn: boolean
  readonly verdict: (typeof verdicts)[number]
  readonly asOf: number
  /** Null: not a member of the segment. */
  readonly memberSince: number | null
  readonly suppressed: boolean
  readonly rule: ExplainedNode
  /** Null: the sync names no consent, so nobody is sent. */
  readonly consents: readonly AskedConsent[] | 'not_required' | null
  readonly matchFields: MatchFields
  readonly delivery: DeliveryState | null
  readonly waitingRun: RunDocument | null
}
const syncExplanationContract = wire<SyncExplanationDocument>({
  kind: z.literal('sync'),
  sync: asIs<DeliverSyncManifest>('The sync, as in its manifest'),
  profile: profileViewContract,
  isIn: z.boolean(),
  verdict: z.enum(verdicts),
  asOf: instant,
  memberSince: instant.nullable(),
  suppressed: z.boolean(),
  rule: nodeContract,
  consents: z
    .union([
      z.literal('not_required'),
      z.array(
        wire<AskedConsent>({
          purpose: z.string(),
          channel: z.string(),
          status: z.enum(['granted', 'denied', 'unknown']),
        }),
      ),
    ])
    .nullable(),
  matchFields: wire<MatchFields>({ wanted: z.array(z.string()), present: z.array(z.string()) }),
  delivery: wire<DeliveryState>({
    status: z.enum(['applied', 'accepted', 'skipped', 'rejected', 'failed', 'unknown', 'removed']),
    key: z.string().nullable(),
    reasonCode: z.string().nullable(),
    reasonMessage: z.string().nullable(),
    runId: z.string(),
    acknowledgedAt: instant,
  }).nullable(),
  waitingRun: runContract.nullable(),
})

/** Why one person is, or is not, in a segment, saved or not. */
export interface SegmentExplanationDocument {
  readonly kind: 'segment'
  readonly segment: string
  readonly profileId: string
  readonly isMember: boolean
  readonly asOf: number
  readonly rule: ExplainedNode
  readonly history: readonly MembershipSpan[]
}
const segmentExplanationContract = wire<SegmentExplanationDocument>({
  kind: z.literal('segment'),
  segment: z.string(),
  profileId: z.string(),
  isMember: z.boolean(),
  asOf: instant,
  rule: nodeContract,
  history: z.array(spanContract),
})

const maskSync = (told: SyncExplanationDocument): SyncExplanationDocument => ({
  ...told,
  profile: maskProfileView(told.profile),
  delivery: told.delivery && maskDelivery(told.delivery),
})

interface ExplainQuestion {
  readonly person: string
  /** Name of a sync or a segment; with `text`, what the draft is called. */
  readonly segment?: string
  readonly text?: string
  readonly asOf?: number
}

export const explainPerson = describeRoute({
  name: 'explanations.explain',
  method: 'POST',
  path: '/v1/explanations',
  permission: 'people:read_masked',
  effect: 'reads',
  summary:
    'Why a person is, or is not, in a sync’s audience, or in a segment, saved or not. Without `people:read`: of a profile id and a saved one, values masked.',
  body: wire<ExplainQuestion>({
    ...askedRuleFields,
    person: personText,
    asOf: instant.exactOptional(),
  }),
  answer: z.union([syncExplanationContract, segmentExplanationContract]),
  masked: (told) => ({ ...(told.kind === 'sync' ? maskSync(told) : told), rule: maskNode(told.rule) }),
  errors: [
    'run.profile_unknown',
    'run.sync_unknown',
    'segment.text_invalid',
    'manifest.invalid',
    'run.not_applied',
  ],
  example: {
    body: { person: 'ada@example.com', segment: 'french' },
    answer: {
      kind: 'segment',
      segment: 'french',
      profile_id: 'p_12',
      is_member: true,
      as_of: '2026-11-22T08:00:00.000Z',
      rule: {
        path: '',
        rule: { trait: 'country', op: 'equals', value: 'FR' },
        truth: true,
        value: 'FR',
        children: [],
      },
      history: [],
    },
  },
})

export const explanationContracts = [explainPerson]
