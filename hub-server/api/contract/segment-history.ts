import { z } from 'zod'
import { hygieneLimits, type HygieneWarning } from '../../../core/membership/hygiene.ts'
import type { Combination, SegmentOverlap, SegmentPair } from '../../../core/membership/overlap.ts'
import {
  historyPeriods,
  type HistoryPeriod,
  type HistoryStep,
  type HistoryStretch,
  type MoveCause,
} from '../../../core/port/segment-insight.ts'
import { describeRoute } from './describe-route.ts'
import { segmentParams, segmentStateContract, type StandingDocument } from './segment.ts'
import { instant, wholeNumber, wire } from './wire.ts'

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
  params: segmentParams,
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

export const segmentHistoryContracts = [showHistory, showOverlap, showHygiene]
