import { z } from 'zod'
import { hygieneLimits, type HygieneWarning } from '../../../core/membership/hygiene.ts'
import type { Combination, SegmentOverlap, SegmentPair } from '../../../core/membership/overlap.ts'
import {
  historyPeriods,
  type HistoryPeriod,
  type HistoryStep,
  type HistoryStretch,
  type LiveCount,
  type MoveCause,
  type NodeCount,
  type SampledPerson,
  type SegmentPreview,
} from '../../../core/port/segment-insight.ts'
import type { SegmentFailure, SegmentState } from '../../../core/port/segment-store.ts'
import type { Rule } from '../../../core/segment/rule.ts'
import { describeRoute } from './describe-route.ts'
import { errorCodeText, errorParamsContract } from './error.ts'
import { askedRuleFields, mostRuleCharacters, ruleContract, type AskedRule } from './rule.ts'
import { instant, nameText, wholeNumber, wire } from './wire.ts'

const segmentName = z.string().min(1).max(129)
const params = wire<{ readonly segment: string }>({ segment: segmentName })

export const segmentStateContract = wire<SegmentState>({
  standing: z.enum(['current', 'failed', 'outdated', 'never']),
  evaluatedAt: instant.exactOptional(),
  members: z.int(),
  failure: wire<SegmentFailure>({
    code: errorCodeText,
    params: errorParamsContract,
    since: instant,
  }).exactOptional(),
})

/** A segment in force, with its size at the last evaluation (null until there was one) and where it stands. */
export interface SegmentDocument {
  readonly name: string
  readonly title: string | null
  readonly description: string | null
  readonly members: number | null
}
const segmentContract = wire<SegmentDocument>({
  name: z.string(),
  title: z.string().nullable(),
  description: z.string().nullable(),
  members: z.int().nullable(),
})

export const listSegments = describeRoute({
  name: 'segments.list',
  method: 'GET',
  path: '/v1/segments',
  permission: 'segments:read',
  summary: 'The segments in force, by name, with their size at the last evaluation.',
  answer: wire<{ readonly segments: readonly SegmentDocument[] }>({ segments: z.array(segmentContract) }),
  example: {
    answer: { segments: [{ name: 'big-spenders', title: 'Big spenders', description: null, members: 1200 }] },
  },
})

/** Where a segment stands, under its name. */
export interface StandingDocument {
  readonly segment: string
  readonly state: SegmentState
}

export const listStandings = describeRoute({
  name: 'segments.standings',
  method: 'GET',
  path: '/v1/segment-standings',
  permission: 'segments:read',
  summary: 'Where each segment in force stands: how many members, evaluated when, and why not.',
  answer: wire<{ readonly segments: readonly StandingDocument[] }>({
    segments: z.array(wire<StandingDocument>({ segment: z.string(), state: segmentStateContract })),
  }),
  errors: ['run.not_applied'],
  example: {
    answer: {
      segments: [
        {
          segment: 'big-spenders',
          state: { standing: 'current', evaluated_at: '2026-11-22T08:00:00.000Z', members: 1200 },
        },
      ],
    },
  },
})

/** A rule in its three forms. */
export interface RuleForms {
  /** In the reader's language. */
  readonly sentence: string
  readonly text: string
  readonly rule: Rule
}
const ruleFormsFields = { sentence: z.string(), text: z.string(), rule: ruleContract }

const exampleRule = { trait: 'country', op: 'equals', value: 'FR' }
const exampleForms = { sentence: 'country is FR', text: "country = 'FR'", rule: exampleRule }

export const showSegment = describeRoute({
  name: 'segments.show',
  method: 'GET',
  path: '/v1/segments/{segment}',
  permission: 'segments:read',
  summary: "A segment's rule in its three forms: the sentence, the text, the data.",
  params,
  answer: wire<RuleForms & { readonly name: string; readonly title: string | null }>({
    ...ruleFormsFields,
    name: z.string(),
    title: z.string().nullable(),
  }),
  errors: ['segment.unknown_name', 'run.not_applied'],
  example: {
    params: { segment: 'french' },
    answer: { ...exampleForms, name: 'french', title: null },
  },
})

export const checkRule = describeRoute({
  name: 'segments.check',
  method: 'POST',
  path: '/v1/segments/check',
  permission: 'segments:read',
  effect: 'reads',
  summary: 'Reads a rule as somebody typed it, and tells what it means, or where it is wrong.',
  body: wire<{ readonly text: string }>({ text: z.string().min(1).max(mostRuleCharacters) }),
  answer: wire<RuleForms>(ruleFormsFields),
  errors: ['segment.text_invalid', 'manifest.invalid', 'run.not_applied'],
  example: { body: { text: "country = 'FR'" }, answer: exampleForms },
})

const nodeCountContract: z.ZodType<NodeCount> = wire<NodeCount>({
  path: z.string(),
  rule: ruleContract,
  whereTrue: z.int(),
  whereFalse: z.int(),
  whereUnknown: z.int(),
  children: z.array(z.lazy(() => nodeCountContract)),
})

interface NamedValue {
  readonly kind: string
  readonly value: string
}

/** What a segment would hold. Identifiers of the sample people are masked. */
export interface PreviewDocument extends SegmentPreview {
  /** Name of the segment, or what the draft is called. */
  readonly segment: string
  readonly asOf: number
}
const previewContract = wire<PreviewDocument>({
  segment: z.string(),
  asOf: instant,
  profiles: z.int(),
  members: z.int(),
  rule: nodeCountContract,
  people: z.array(
    wire<SampledPerson>({
      profileId: z.string(),
      identifiers: z.array(wire<NamedValue>({ kind: z.string(), value: z.string() })),
    }),
  ),
})

type AskedRuleAt = AskedRule & { readonly asOf?: number }
const askedRuleAt = wire<AskedRuleAt>({ ...askedRuleFields, asOf: instant.exactOptional() })
const draftErrors = [
  'segment.unknown_name',
  'segment.text_invalid',
  'manifest.invalid',
  'segment.too_slow',
  'run.not_applied',
] as const

const exampleNode = {
  path: '',
  rule: exampleRule,
  where_true: 1200,
  where_false: 8000,
  where_unknown: 800,
  children: [],
}

export const previewSegment = describeRoute({
  name: 'segments.preview',
  method: 'POST',
  path: '/v1/segments/preview',
  permission: 'segments:read',
  effect: 'reads',
  cost: 'heavy',
  summary:
    'What a segment, saved or not, would hold: its size, the count of every part of its rule, and sample people.',
  body: askedRuleAt,
  answer: previewContract,
  errors: draftErrors,
  example: {
    body: { text: "country = 'FR'" },
    answer: {
      segment: 'draft',
      as_of: '2026-11-22T08:00:00.000Z',
      profiles: 10_000,
      members: 1200,
      rule: exampleNode,
      people: [{ profile_id: 'p_12', identifiers: [{ kind: 'email', value: 'a•••@example.com' }] }],
    },
  },
})

type Estimate = Extract<LiveCount, { readonly kind: 'estimate' }>
type Exact = Extract<LiveCount, { readonly kind: 'exact' }>

export const countSegment = describeRoute({
  name: 'segments.count',
  method: 'POST',
  path: '/v1/segments/count',
  permission: 'segments:read',
  effect: 'reads',
  cost: 'heavy',
  summary:
    'The size of a segment, saved or not: an estimate at once where there are many people, else the exact number.',
  body: askedRuleAt,
  answer: z.union([
    wire<Estimate>({
      kind: z.literal('estimate'),
      sampled: z.int(),
      profiles: z.int(),
      members: z.number(),
      low: z.number(),
      high: z.number(),
    }),
    wire<Exact>({ kind: z.literal('exact'), members: z.int(), profiles: z.int() }),
  ]),
  errors: draftErrors,
  example: { body: { segment: 'french' }, answer: { kind: 'exact', members: 1200, profiles: 10_000 } },
})

const stepFields = {
  from: instant,
  to: instant,
  size: z.int(),
  entered: z.int(),
  exited: z.int(),
  retained: z.int(),
  jaccard: z.number().nullable(),
}
const causesContract = wire<Readonly<Record<MoveCause, number>>>({
  data: z.int(),
  time: z.int(),
  rule: z.int(),
  unknown: z.int(),
})

interface HistoryDocument {
  readonly segment: string
  readonly every: HistoryPeriod
  readonly from: number
  readonly to: number
  readonly steps: readonly HistoryStep[]
  /** The whole stretch; null when the segment never had a member. */
  readonly whole: HistoryStretch | null
}

export const showHistory = describeRoute({
  name: 'segments.history',
  method: 'GET',
  path: '/v1/segments/{segment}/history',
  permission: 'segments:read',
  summary: "A segment's sizes over time, who entered and exited, and how alike it stays.",
  params,
  query: wire<{ readonly every?: HistoryPeriod; readonly since?: number }>({
    every: z.enum(historyPeriods).exactOptional(),
    since: instant.exactOptional(),
  }),
  answer: wire<HistoryDocument>({
    segment: z.string(),
    every: z.enum(historyPeriods),
    from: instant,
    to: instant,
    steps: z.array(wire<HistoryStep>(stepFields)),
    whole: wire<HistoryStretch>({
      ...stepFields,
      enteredBy: causesContract,
      exitedBy: causesContract,
    }).nullable(),
  }),
  errors: ['segment.unknown_name', 'run.not_applied'],
  example: {
    params: { segment: 'french' },
    query: { every: 'week' },
    answer: {
      segment: 'french',
      every: 'week',
      from: '2026-11-22T08:00:00.000Z',
      to: '2026-11-22T08:00:00.000Z',
      steps: [],
      whole: null,
    },
  },
})

interface SegmentShare {
  readonly segment: string
  readonly members: number
  readonly alone: number
}
type OverlapDocument = SegmentOverlap & { readonly standings: readonly StandingDocument[] }

export const showOverlap = describeRoute({
  name: 'segments.overlap',
  method: 'GET',
  path: '/v1/segment-overlap',
  permission: 'segments:read',
  cost: 'heavy',
  summary:
    'How segments lie over each other: those named (with commas between), else all that are written in manifests.',
  query: wire<{ readonly segments?: string; readonly limit?: number }>({
    segments: z.string().min(1).max(4096).exactOptional(),
    limit: wholeNumber(1, 10_000).exactOptional(),
  }),
  answer: wire<OverlapDocument>({
    segments: z.array(wire<SegmentShare>({ segment: z.string(), members: z.int(), alone: z.int() })),
    people: z.int(),
    inSeveral: z.int(),
    combinations: z.array(
      wire<Combination>({ segments: z.array(z.string()), exactly: z.int(), atLeast: z.int() }),
    ),
    combinationsLeftOut: z.int(),
    pairs: z.array(
      wire<SegmentPair>({
        first: z.string(),
        second: z.string(),
        both: z.int(),
        ofFirst: z.number(),
        ofSecond: z.number(),
        similarity: z.number(),
      }),
    ),
    standings: z.array(wire<StandingDocument>({ segment: z.string(), state: segmentStateContract })),
  }),
  errors: ['segment.unknown_name', 'run.not_applied'],
  example: {
    query: { segments: 'french,lapsed' },
    answer: {
      segments: [{ segment: 'french', members: 10, alone: 10 }],
      people: 10,
      in_several: 0,
      combinations: [],
      combinations_left_out: 0,
      pairs: [],
      standings: [],
    },
  },
})

/** What is wrong, in figures; its words are the command line's. */
const warningContract: z.ZodType<HygieneWarning> = z
  .custom<HygieneWarning>((value) => typeof value === 'object' && value !== null && 'code' in value)
  .meta({
    type: 'object',
    description: 'A warning: its code, and the segments, syncs and figures it is about',
  })

interface HygieneDocument {
  /** Segments that were looked at. */
  readonly segments: number
  readonly limits: typeof hygieneLimits
  readonly warnings: readonly HygieneWarning[]
}

export const showHygiene = describeRoute({
  name: 'segments.hygiene',
  method: 'GET',
  path: '/v1/segment-hygiene',
  permission: 'segments:read',
  cost: 'heavy',
  summary: 'What is wrong with the segments: too small, unused, contained in another, out of date.',
  answer: wire<HygieneDocument>({
    segments: z.int(),
    limits: z.custom<typeof hygieneLimits>().meta({
      type: 'object',
      description: 'From where on a warning is given',
    }),
    warnings: z.array(warningContract),
  }),
  errors: ['run.not_applied'],
  example: {
    answer: { segments: 12, limits: hygieneLimits, warnings: [{ code: 'unused', segment: 'french' }] },
  },
})

export const segmentContracts = [
  listSegments,
  listStandings,
  showSegment,
  checkRule,
  previewSegment,
  countSegment,
  showHistory,
  showOverlap,
  showHygiene,
]
