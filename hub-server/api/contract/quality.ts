import { z } from 'zod'
import { mask } from '../../../core/masking/mask-personal.ts'
import type { StreamRef } from '../../../core/port/profile-store.ts'
import { checkFindingContract, type CheckFinding } from './check-finding.ts'
import { describeRoute } from './describe-route.ts'
import { instant, wire } from './wire.ts'

/** Spread of the numbers of a trait. Its ends are values of single people: null for who may not see them. */
interface NumberSpread {
  readonly min: number | null
  readonly q1: number
  readonly median: number
  readonly q3: number
  readonly max: number | null
  readonly mean: number
  readonly outliers: number
}

interface Drift {
  readonly filledBefore: number
  readonly filledNow: number
  readonly stability?: number | undefined
}

/** The quality of one trait or identifier of a source. */
export interface TargetQualityDocument {
  readonly name: string
  readonly kind: 'trait' | 'identifier'
  readonly type: string
  readonly filled: number
  readonly distinct: number
  readonly repeated: number
  readonly numbers?: NumberSpread
  readonly spellings?: number
  readonly unusable: Readonly<Record<string, number>>
  readonly drift?: Drift | undefined
}

/** The quality of one source. */
export interface StreamQualityDocument extends StreamRef {
  readonly records: number
  readonly people: number
  readonly receivedAt?: number | undefined
  readonly newestAt?: number | undefined
  readonly medianAt?: number | undefined
  readonly targets: readonly TargetQualityDocument[]
  readonly findings: readonly CheckFinding[]
  readonly heldBack: number
  readonly unreadableRows: number
  readonly comparedWith?: number | undefined
}

const sourceText = z.string().min(1).max(129)
const streamFields = { connection: z.string(), stream: z.string() }
const spreadContract = wire<NumberSpread>({
  min: z.number().nullable(),
  q1: z.number(),
  median: z.number(),
  q3: z.number(),
  max: z.number().nullable(),
  mean: z.number(),
  outliers: z.int(),
})
const targetContract = wire<TargetQualityDocument>({
  name: z.string(),
  kind: z.enum(['trait', 'identifier']),
  type: z.string(),
  filled: z.int(),
  distinct: z.int(),
  repeated: z.int(),
  numbers: spreadContract.exactOptional(),
  spellings: z.int().exactOptional(),
  unusable: z.record(z.string(), z.int()),
  drift: wire<Drift>({
    filledBefore: z.number(),
    filledNow: z.number(),
    stability: z.number().optional(),
  }).optional(),
})
const streamContract = wire<StreamQualityDocument>({
  ...streamFields,
  records: z.int(),
  people: z.int(),
  receivedAt: instant.optional(),
  newestAt: instant.optional(),
  medianAt: instant.optional(),
  targets: z.array(targetContract),
  findings: z.array(checkFindingContract),
  heldBack: z.int(),
  unreadableRows: z.int(),
  comparedWith: instant.optional(),
})

/** Counts stay; what single people's values are does not. */
const withoutValues = (stream: StreamQualityDocument): StreamQualityDocument => ({
  ...stream,
  targets: stream.targets.map((target) =>
    target.numbers ? { ...target, numbers: { ...target.numbers, min: null, max: null } } : target,
  ),
  findings: stream.findings.map((finding) => ({
    ...finding,
    suggestions: finding.suggestions.map(() => mask),
  })),
})

export const reportQuality = describeRoute({
  name: 'quality.report',
  method: 'GET',
  path: '/v1/quality',
  permission: 'quality:read',
  cost: 'heavy',
  summary: 'How good what each source tells is, trait by trait, and what its checks find.',
  query: wire<{ readonly source?: string }>({ source: sourceText.exactOptional() }),
  answer: wire<{ readonly sources: readonly StreamQualityDocument[] }>({ sources: z.array(streamContract) }),
  masked: ({ sources }) => ({ sources: sources.map(withoutValues) }),
  errors: ['usage.wrong', 'run.not_applied'],
  example: {
    query: { source: 'shop/contacts' },
    answer: {
      sources: [
        {
          connection: 'shop',
          stream: 'contacts',
          records: 1000,
          people: 980,
          received_at: '2026-11-22T08:00:00.000Z',
          targets: [
            {
              name: 'country',
              kind: 'trait',
              type: 'country',
              filled: 990,
              distinct: 12,
              repeated: 0,
              unusable: { unknown_country: 3 },
            },
          ],
          findings: [],
          held_back: 0,
          unreadable_rows: 0,
        },
      ],
    },
  },
})

/** The sources whose checks judge everything anew. */
interface RelearnDocument {
  readonly sources: readonly StreamRef[]
}

export const relearnQuality = describeRoute({
  name: 'quality.relearn',
  method: 'POST',
  path: '/v1/quality/relearn',
  permission: 'quality:write',
  summary: 'Has the next run learn anew what is usual in a source, and judge all of its records by it.',
  body: wire<{ readonly source?: string }>({ source: sourceText.exactOptional() }),
  answer: wire<RelearnDocument>({ sources: z.array(wire<StreamRef>(streamFields)) }),
  errors: ['usage.wrong', 'run.not_applied'],
  example: {
    body: { source: 'shop/contacts' },
    answer: { sources: [{ connection: 'shop', stream: 'contacts' }] },
  },
})

export const qualityContracts = [reportQuality, relearnQuality]
