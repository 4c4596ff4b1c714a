import { z } from 'zod'
import {
  maskPreview,
  maskSize,
  type ToldEstimate,
  type ToldExact,
  type ToldNodeCount,
  type ToldPreview,
} from '../../../core/masking/mask-counts.ts'
import { maskSample } from '../../../core/masking/mask-people.ts'
import type { SampledPerson, SegmentMember } from '../../../core/port/segment-insight.ts'
import type { SegmentFailure, SegmentState } from '../../../core/port/segment-store.ts'
import type { Rule } from '../../../core/segment/rule.ts'
import { describeRoute } from './describe-route.ts'
import { errorCodeText, errorParamsContract } from './error.ts'
import { askedRuleFields, mostRuleCharacters, ruleContract, type AskedRule } from './rule.ts'
import { instant, pageQuery, wire, type PageQuery } from './wire.ts'

const segmentName = z.string().min(1).max(129)
export const segmentParams = wire<{ readonly segment: string }>({ segment: segmentName })

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
  params: segmentParams,
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

const identifiersContract = z.array(
  wire<{ readonly kind: string; readonly value: string }>({ kind: z.string(), value: z.string() }),
)

/** A page of the people who are in a segment. */
interface MembersDocument {
  readonly segment: string
  readonly members: readonly SegmentMember[]
  /** Whether values are masked: who asks has no `people:read`. */
  readonly masked: boolean
  readonly nextCursor: string | null
}

export const listMembers = describeRoute({
  name: 'segments.members',
  method: 'GET',
  path: '/v1/segments/{segment}/members',
  permission: 'people:read_masked',
  summary:
    'Who is in a segment, by profile id, since when, with an identifier of each kind; without `people:read` these are masked.',
  params: segmentParams,
  query: wire<PageQuery>(pageQuery),
  answer: wire<MembersDocument>({
    segment: z.string(),
    members: z.array(
      wire<SegmentMember>({ profileId: z.string(), since: instant, identifiers: identifiersContract }),
    ),
    masked: z.boolean(),
    nextCursor: z.string().nullable(),
  }),
  masked: (page) => ({ ...page, members: page.members.map(maskSample), masked: true }),
  errors: ['segment.unknown_name', 'run.not_applied'],
  example: {
    params: { segment: 'french' },
    query: { limit: '50' },
    answer: {
      segment: 'french',
      members: [
        {
          profile_id: 'p_12',
          since: '2026-11-22T08:00:00.000Z',
          identifiers: [{ kind: 'email', value: 'a…@e….com' }],
        },
      ],
      masked: true,
      next_cursor: null,
    },
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

/** Null: fewer than `fewer_than`, of whoever may not see people. */
const toldNumber = z.int().nullable()

const nodeCountContract: z.ZodType<ToldNodeCount> = wire<ToldNodeCount>({
  path: z.string(),
  rule: ruleContract,
  whereTrue: toldNumber,
  whereFalse: toldNumber,
  whereUnknown: toldNumber,
  children: z.array(z.lazy(() => nodeCountContract)),
})

/** What a segment would hold. Identifiers of the sample people are masked. */
interface PreviewDocument extends ToldPreview {
  /** Name of the segment, or what the draft is called. */
  readonly segment: string
  readonly asOf: number
}
const previewContract = wire<PreviewDocument>({
  segment: z.string(),
  asOf: instant,
  profiles: z.int(),
  members: toldNumber,
  fewerThan: z.int().exactOptional(),
  rule: nodeCountContract,
  people: z.array(
    wire<SampledPerson>({
      profileId: z.string(),
      identifiers: identifiersContract,
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
    'What a segment, saved or not, would hold: its size, the count of every part of its rule, and sample people; without `people:read` no people, and counts in tens.',
  body: askedRuleAt,
  answer: previewContract,
  masked: maskPreview,
  errors: draftErrors,
  example: {
    body: { text: "country = 'FR'" },
    answer: {
      segment: 'draft',
      as_of: '2026-11-22T08:00:00.000Z',
      profiles: 10_000,
      members: 1200,
      rule: exampleNode,
      people: [{ profile_id: 'p_12', identifiers: [{ kind: 'email', value: 'a…@e….com' }] }],
    },
  },
})

export const countSegment = describeRoute({
  name: 'segments.count',
  method: 'POST',
  path: '/v1/segments/count',
  permission: 'segments:read',
  effect: 'reads',
  cost: 'heavy',
  summary:
    'The size of a segment, saved or not: an estimate at once where there are many people, else the exact number; without `people:read` in tens.',
  body: askedRuleAt,
  answer: z.union([
    wire<ToldEstimate>({
      kind: z.literal('estimate'),
      sampled: z.int(),
      profiles: z.int(),
      members: z.number().nullable(),
      low: z.number().nullable(),
      high: z.number().nullable(),
      fewerThan: z.int().exactOptional(),
    }),
    wire<ToldExact>({
      kind: z.literal('exact'),
      members: toldNumber,
      profiles: z.int(),
      fewerThan: z.int().exactOptional(),
    }),
  ]),
  masked: maskSize,
  errors: draftErrors,
  example: { body: { segment: 'french' }, answer: { kind: 'exact', members: 1200, profiles: 10_000 } },
})

export const segmentContracts = [
  listSegments,
  listStandings,
  showSegment,
  listMembers,
  checkRule,
  previewSegment,
  countSegment,
]
