import { z } from 'zod'
import type { MatchModel } from '../../../core/identity/match-model.ts'
import type { ComparisonLevel } from '../../../core/identity/matching.ts'
import type {
  ExplainedPair,
  IdentityChange,
  Lookalikes,
  MatchReport,
  PersonPlaces,
  RecordName,
  ReviewPair,
  ToldProfile,
  WeightPart,
} from '../../../core/port/identity-store.ts'
import { describeRoute } from './describe-route.ts'
import { lookalikesContract, placesFields, recordNameFields, toldProfileContract } from './profile.ts'
import { asIs, pageQuery, personText, wholeNumber, wire, type PageQuery } from './wire.ts'

const reviewedRecord = wire<RecordName & { readonly profileId: string }>({
  ...recordNameFields,
  profileId: z.string(),
})

export const listReview = describeRoute({
  name: 'profiles.review',
  method: 'GET',
  path: '/v1/profile-review',
  permission: 'people:read',
  summary: 'Pairs of records that matching does not dare to join.',
  query: wire<PageQuery>(pageQuery),
  answer: wire<{ readonly pairs: readonly ReviewPair[]; readonly nextCursor: string | null }>({
    pairs: z.array(
      wire<ReviewPair>({
        pair: z.string(),
        left: reviewedRecord,
        right: reviewedRecord,
        weight: z.number(),
        reason: z.enum(['held_back', 'lookalike']),
      }),
    ),
    nextCursor: z.string().nullable(),
  }),
  errors: ['identity.no_matching', 'identity.not_matched', 'run.not_applied'],
  example: { query: { limit: '20' }, answer: { pairs: [], next_cursor: null } },
})

const pairParams = wire<{ readonly pair: string }>({ pair: z.string().regex(/^[\w#.-]{1,64}$/) })
const levelContract: z.ZodType<ComparisonLevel | 'different'> = z
  .custom<ComparisonLevel | 'different'>((value) => value !== undefined)
  .meta({ description: 'A level of a comparison, as in the manifest; "different" when none fits' })

export const explainPair = describeRoute({
  name: 'profiles.explain_pair',
  method: 'GET',
  path: '/v1/profile-review/{pair}',
  permission: 'people:read',
  summary: 'How the weight of a pair comes about, comparison by comparison.',
  params: pairParams,
  answer: wire<ExplainedPair>({
    start: z.number(),
    parts: z.array(
      wire<WeightPart>({
        on: z.string(),
        left: z.string().nullable(),
        right: z.string().nullable(),
        level: levelContract.nullable(),
        weight: z.number(),
      }),
    ),
    weight: z.number(),
    probability: z.number(),
  }),
  errors: ['identity.no_such_pair', 'identity.not_matched', 'run.not_applied'],
  example: {
    params: { pair: '12-34' },
    answer: { start: -12.1, parts: [], weight: 3.2, probability: 0.9 },
  },
})

export interface PairDecision {
  readonly pair: string
  readonly verdict: 'merge' | 'split'
}

export const decidePair = describeRoute({
  name: 'profiles.decide_pair',
  method: 'POST',
  path: '/v1/profile-review/{pair}/decision',
  permission: 'people:write',
  summary: 'Decides on a pair of the review list: one person or two, for good.',
  params: pairParams,
  body: wire<{ readonly verdict: 'merge' | 'split' }>({ verdict: z.enum(['merge', 'split']) }),
  answer: wire<PairDecision>({ pair: z.string(), verdict: z.enum(['merge', 'split']) }),
  errors: ['identity.no_such_pair', 'run.not_applied'],
  example: {
    params: { pair: '12-34' },
    body: { verdict: 'merge' },
    answer: { pair: '12-34', verdict: 'merge' },
  },
})

export const listLookalikes = describeRoute({
  name: 'profiles.lookalikes',
  method: 'GET',
  path: '/v1/profile-lookalikes',
  permission: 'people:read',
  summary: 'E-mail addresses that are different and look the same.',
  query: wire<{ readonly limit?: number }>({ limit: wholeNumber(1, 10_000).exactOptional() }),
  answer: wire<{ readonly lookalikes: readonly Lookalikes[] }>({ lookalikes: z.array(lookalikesContract) }),
  errors: ['run.not_applied'],
  example: { answer: { lookalikes: [] } },
})

export const matchProfiles = describeRoute({
  name: 'profiles.match',
  method: 'POST',
  path: '/v1/profiles/match',
  permission: 'people:write',
  mode: 'operation',
  cost: 'heavy',
  summary: 'Recognises people who share no identifier, now; as a preview, all of it is undone.',
  body: wire<{ readonly preview?: boolean; readonly relearn?: boolean }>({
    preview: z.boolean().exactOptional(),
    relearn: z.boolean().exactOptional(),
  }),
  answer: wire<MatchReport>({
    records: z.int(),
    pairs: z.int(),
    threshold: z.number(),
    expectedF1: z.number(),
    learned: z.boolean(),
    model: asIs<MatchModel>('The model: chances of each level among matches and others'),
    links: z.int(),
    review: z.int(),
    crowded: z.int(),
    profilesRemoved: z.int(),
    profilesCreated: z.int(),
  }),
  errors: ['identity.no_matching', 'identity.untrained', 'identity.merges_everything', 'run.not_applied'],
  example: {
    body: { preview: true },
    answer: {
      records: 1000,
      pairs: 40,
      threshold: 4.2,
      expected_f1: 0.98,
      learned: true,
      model: { prior: 0.001, comparisons: [] },
      links: 12,
      review: 3,
      crowded: 0,
      profiles_removed: 24,
      profiles_created: 12,
    },
  },
})

type Placed = PersonPlaces & { readonly profile: ToldProfile }
const placedContract = wire<Placed>({ ...placesFields, profile: toldProfileContract })

/** A sync whose audience would hold other people: profile ids that it holds, and those that it should. */
export interface AudienceMove {
  readonly sync: string
  readonly held: readonly string[]
  readonly wanted: readonly string[]
}

/** What a merge or an unmerge did, or would do. */
export interface ChangeDocument extends IdentityChange {
  readonly audiences: readonly AudienceMove[]
}
const changeContract = wire<ChangeDocument>({
  before: z.array(placedContract),
  after: z.array(placedContract),
  audiences: z.array(
    wire<AudienceMove>({ sync: z.string(), held: z.array(z.string()), wanted: z.array(z.string()) }),
  ),
})
const exampleChange = { before: [], after: [], audiences: [] }

interface Merge {
  readonly person: string
  readonly other: string
}
interface Unmerge {
  readonly person: string
  readonly records: readonly string[]
}
const mergeBody = wire<Merge>({ person: personText, other: personText })
const unmergeBody = wire<Unmerge>({
  person: personText,
  records: z.array(z.string().min(1).max(512)).max(1000),
})
const mergeErrors = [
  'run.profile_unknown',
  'identity.same_profile',
  'identity.choose_records',
  'identity.no_such_record',
  'run.not_applied',
] as const
const exampleMerge = { person: 'p_12', other: 'p_34' }
const exampleUnmerge = { person: 'p_12', records: ['shop/contacts/c-1'] }

export const previewMerge = describeRoute({
  name: 'profiles.preview_merge',
  method: 'POST',
  path: '/v1/profiles/merge/preview',
  permission: 'people:read',
  effect: 'reads',
  cost: 'heavy',
  summary: 'What making two profiles one would change.',
  body: mergeBody,
  answer: changeContract,
  errors: mergeErrors,
  example: { body: exampleMerge, answer: exampleChange },
})

export const mergeProfiles = describeRoute({
  name: 'profiles.merge',
  method: 'POST',
  path: '/v1/profiles/merge',
  permission: 'people:write',
  summary: 'Makes two profiles one.',
  body: mergeBody,
  answer: changeContract,
  errors: mergeErrors,
  example: { body: exampleMerge, answer: exampleChange },
})

export const previewUnmerge = describeRoute({
  name: 'profiles.preview_unmerge',
  method: 'POST',
  path: '/v1/profiles/unmerge/preview',
  permission: 'people:read',
  effect: 'reads',
  cost: 'heavy',
  summary: 'What taking records out of a profile would change.',
  body: unmergeBody,
  answer: changeContract,
  errors: mergeErrors,
  example: { body: exampleUnmerge, answer: exampleChange },
})

export const unmergeProfile = describeRoute({
  name: 'profiles.unmerge',
  method: 'POST',
  path: '/v1/profiles/unmerge',
  permission: 'people:write',
  summary: 'Takes records out of a profile for good.',
  body: unmergeBody,
  answer: changeContract,
  errors: mergeErrors,
  example: { body: exampleUnmerge, answer: exampleChange },
})

export const identityContracts = [
  listReview,
  explainPair,
  decidePair,
  listLookalikes,
  matchProfiles,
  previewMerge,
  mergeProfiles,
  previewUnmerge,
  unmergeProfile,
]
