import { z } from 'zod'
import { maskPerson, maskProfileView } from '../../../core/masking/mask-people.ts'
import type {
  DeadIdentifier,
  JoinReason,
  Lookalikes,
  PersonPlaces,
  PersonView,
  RecordName,
  ToldProfile,
} from '../../../core/port/identity-store.ts'
import type { JsonValue } from '../../../core/port/json.ts'
import type { DerivedValue, ProfileView, ProvenValue } from '../../../core/port/profile-store.ts'
import { moveCauses, type MembershipSpan } from '../../../core/port/segment-insight.ts'
import { describeRoute } from './describe-route.ts'
import { asIs, instant, personText, wire } from './wire.ts'

const jsonValue = asIs<JsonValue>('A value as the source told it')

const provenFields = {
  value: jsonValue,
  connection: z.string(),
  stream: z.string(),
  externalId: z.string(),
  versionAt: instant,
  runId: z.string(),
}
const provenContract = wire<ProvenValue>(provenFields)

type Of<Origin extends DerivedValue['origin']> = Extract<DerivedValue, { readonly origin: Origin }>
const derivedContract: z.ZodType<DerivedValue> = z.union([
  wire<Of<'computed'>>({ value: jsonValue, origin: z.literal('computed') }),
  wire<Of<'imputed'>>({ value: jsonValue, origin: z.literal('imputed'), from: z.string() }),
  wire<Of<'enriched'>>({
    value: jsonValue,
    origin: z.literal('enriched'),
    enrichment: z.string(),
    source: z.string(),
    licence: z.string(),
    readAt: instant.nullable(),
  }),
])

type ConsentLine = ProfileView['consents'][number]
type NamedRecord = ProfileView['sourceRecords'][number]

export const recordNameFields = { connection: z.string(), stream: z.string(), externalId: z.string() }
const recordNameContract = wire<RecordName>(recordNameFields)
const namedRecordContract = wire<NamedRecord>({ ...recordNameFields, deleted: z.boolean() })

const toldProfileFields = {
  profileId: z.string(),
  traits: z.record(z.string(), provenContract),
  identifiers: z.array(wire<ProvenValue & { readonly kind: string }>({ ...provenFields, kind: z.string() })),
  consents: z.array(
    wire<ConsentLine>({
      purpose: z.string(),
      channel: z.string(),
      status: z.enum(['granted', 'denied']),
      decidedAt: instant.nullable(),
      notedAt: instant,
      source: z.string(),
    }),
  ),
  sourceRecords: z.array(namedRecordContract),
  events: z.int(),
}
export const toldProfileContract = wire<ToldProfile>(toldProfileFields)
const derivedTraitsContract = z.record(z.string(), derivedContract)
export const profileViewContract = wire<ProfileView>({
  ...toldProfileFields,
  derivedTraits: derivedTraitsContract,
})

type SegmentPlace = PersonPlaces['segments'][number]
type SyncPlace = PersonPlaces['syncs'][number]
export const placesFields = {
  segments: z.array(wire<SegmentPlace>({ segment: z.string(), since: instant })),
  syncs: z.array(wire<SyncPlace>({ sync: z.string(), status: z.string(), at: instant })),
}

export const spanContract = wire<MembershipSpan>({
  segment: z.string(),
  since: instant,
  enteredBy: z.enum(moveCauses),
  until: instant.nullable(),
  exitedBy: z.enum(moveCauses).nullable(),
})

type LookalikeAddress = Lookalikes['addresses'][number]
export const lookalikesContract = wire<Lookalikes>({
  addresses: z.array(wire<LookalikeAddress>({ address: z.string(), profileId: z.string() })),
})

/** One person from source record to audience, with where they were. */
export interface PersonDocument extends PersonView {
  /** Segments that they were in before. */
  readonly left: readonly MembershipSpan[]
}
const personContract = wire<PersonDocument>({
  ...placesFields,
  profile: toldProfileContract,
  records: z.array(namedRecordContract),
  reasons: z.array(
    wire<JoinReason>({
      left: recordNameContract,
      right: recordNameContract,
      by: z.enum(['identifier', 'platform', 'match', 'decision']),
      kind: z.string().exactOptional(),
      value: z.string().exactOptional(),
      weight: z.number().exactOptional(),
    }),
  ),
  dead: z.array(
    wire<DeadIdentifier>({
      kind: z.string(),
      value: z.string(),
      reason: z.enum(['blocked', 'shared']),
      holders: z.int(),
    }),
  ),
  lookalikes: z.array(lookalikesContract),
  derivedTraits: derivedTraitsContract,
  left: z.array(spanContract),
})

const exampleProfile = {
  profile_id: 'p_12',
  traits: {
    country: {
      value: 'FR',
      connection: 'shop',
      stream: 'contacts',
      external_id: 'c-1',
      version_at: '2026-11-22T08:00:00.000Z',
      run_id: 'run-1',
    },
  },
  identifiers: [],
  consents: [],
  source_records: [{ connection: 'shop', stream: 'contacts', external_id: 'c-1', deleted: false }],
  events: 3,
}
const examplePerson = {
  profile: exampleProfile,
  records: exampleProfile.source_records,
  reasons: [],
  dead: [],
  lookalikes: [],
  segments: [{ segment: 'french', since: '2026-11-22T08:00:00.000Z' }],
  syncs: [],
  derived_traits: {},
  left: [],
}

/** A person as people name them; in a body, since it may be an address. */
export const personBody = wire<{ readonly person: string }>({ person: personText })

export const findProfile = describeRoute({
  name: 'profiles.find',
  method: 'POST',
  path: '/v1/profiles/find',
  permission: 'people:read_masked',
  effect: 'reads',
  summary:
    'One person from source record to audience, by profile id or, with `people:read`, any identifier; without it values are masked.',
  body: personBody,
  answer: personContract,
  masked: maskPerson,
  errors: ['run.profile_unknown', 'run.not_applied'],
  example: { body: { person: 'ada@example.com' }, answer: examplePerson },
})

export const showProfile = describeRoute({
  name: 'profiles.show',
  method: 'GET',
  path: '/v1/profiles/{profile}',
  permission: 'people:read_masked',
  summary:
    'One profile by its id: values with their origin, consents, records; without `people:read` values are masked.',
  params: wire<{ readonly profile: string }>({ profile: z.string().regex(/^p_\d{1,18}$/) }),
  answer: profileViewContract,
  masked: maskProfileView,
  errors: ['run.profile_unknown', 'run.not_applied'],
  example: { params: { profile: 'p_12' }, answer: { ...exampleProfile, derived_traits: {} } },
})

export const profileContracts = [findProfile, showProfile]
