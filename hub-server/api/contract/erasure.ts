import { z } from 'zod'
import type { Erasure, ErasureTarget } from '../../../core/person-request/erasure.ts'
import type { ErasureScope, SentTo } from '../../../core/port/person-rights.ts'
import { describeRoute } from './describe-route.ts'
import { rightsErrors } from './person.ts'
import { personBody } from './profile.ts'
import { instant, nameText, pageQuery, wire, type PageQuery } from './wire.ts'

/** A request to erase a person, without what is sealed in it. */
export interface ErasureDocument extends Omit<Erasure, 'targets'> {
  readonly targets: readonly Omit<ErasureTarget, 'sealed'>[]
}
const erasureContract = wire<ErasureDocument>({
  id: z.string(),
  state: z.enum(['accepted', 'erased_here', 'done']),
  actor: z.string(),
  requestedAt: instant,
  erasedHereAt: instant.nullable(),
  finishedAt: instant.nullable(),
  profileId: z.string().nullable(),
  signal: z.int().nullable(),
  counts: z.record(z.string(), z.int()),
  targets: z.array(
    wire<Omit<ErasureTarget, 'sealed'>>({
      connection: z.string(),
      status: z.enum(['erased', 'removed_from_audiences', 'not_found', 'failed', 'waiting', 'by_hand']),
      attempts: z.int(),
      nextAt: instant,
      again: z.int(),
      code: z.string().nullable(),
      message: z.string().nullable(),
      toldAt: instant.nullable(),
    }),
  ),
})
const exampleErasure = {
  id: 'erasure-1',
  state: 'done',
  actor: 'cli:ada',
  requested_at: '2026-11-22T08:00:00.000Z',
  erased_here_at: '2026-11-22T08:00:01.000Z',
  finished_at: '2026-11-22T08:00:02.000Z',
  profile_id: null,
  signal: null,
  counts: { source_records: 2 },
  targets: [],
}

/** What erasing would take away, without the person's own data. */
export interface ScopeDocument extends Omit<ErasureScope, 'sentTo'> {
  readonly sentTo: readonly Pick<SentTo, 'connection' | 'audiences' | 'lastAt'>[]
}
type StreamName = ErasureScope['sources'][number]
type ObjectName = ErasureScope['objects'][number]
type Place = ScopeDocument['sentTo'][number]

export const previewErasure = describeRoute({
  name: 'people.preview_erasure',
  method: 'POST',
  path: '/v1/people/erase/preview',
  permission: 'people:read',
  effect: 'reads',
  summary: 'What erasing a person would take away here, and who was ever sent them.',
  body: personBody,
  answer: wire<ScopeDocument>({
    profileId: z.string(),
    counts: z.record(z.string(), z.int()),
    sources: z.array(wire<StreamName>({ connection: z.string(), stream: z.string() })),
    objects: z.array(wire<ObjectName>({ connection: z.string(), externalId: z.string() })),
    sentTo: z.array(
      wire<Place>({
        connection: z.string(),
        audiences: z.array(z.string()),
        lastAt: instant.nullable(),
      }),
    ),
    mentions: z.int(),
  }),
  errors: rightsErrors,
  example: {
    body: { person: 'ada@example.com' },
    answer: { profile_id: 'p_12', counts: {}, sources: [], objects: [], sent_to: [], mentions: 0 },
  },
})

export const erasePerson = describeRoute({
  name: 'people.erase',
  method: 'POST',
  path: '/v1/people/erase',
  permission: 'people:erase',
  mode: 'operation',
  cost: 'heavy',
  summary: 'Erases a person here and wherever they were ever sent.',
  body: personBody,
  answer: erasureContract,
  errors: rightsErrors,
  example: { body: { person: 'ada@example.com' }, answer: exampleErasure },
})

export const liftErasure = describeRoute({
  name: 'people.lift_erasure',
  method: 'POST',
  path: '/v1/people/erase/lift',
  permission: 'people:erase',
  summary: 'Lets whoever bears an identifier be known again after an erasure.',
  body: personBody,
  answer: wire<{ readonly names: number }>({ names: z.int() }),
  errors: ['run.not_applied'],
  example: { body: { person: 'ada@example.com' }, answer: { names: 1 } },
})

export interface ErasuresPage {
  readonly erasures: readonly ErasureDocument[]
  readonly nextCursor: string | null
}

export const listErasures = describeRoute({
  name: 'people.erasures',
  method: 'GET',
  path: '/v1/erasures',
  permission: 'people:read_masked',
  summary: 'Requests to erase somebody, newest first, without personal data.',
  query: wire<PageQuery>(pageQuery),
  answer: wire<ErasuresPage>({ erasures: z.array(erasureContract), nextCursor: z.string().nullable() }),
  errors: ['run.not_applied'],
  example: { query: { limit: '100' }, answer: { erasures: [exampleErasure], next_cursor: null } },
})

export const showErasure = describeRoute({
  name: 'people.erasure',
  method: 'GET',
  path: '/v1/erasures/{erasure}',
  permission: 'people:read_masked',
  summary: 'How far one request is, by its id or the beginning of it.',
  params: wire<{ readonly erasure: string }>({ erasure: nameText }),
  answer: erasureContract,
  errors: ['usage.wrong', 'run.not_applied'],
  example: { params: { erasure: 'erasure-1' }, answer: exampleErasure },
})

/** Somebody whom a platform erased, and who waits for a decision here. */
export interface WantedErasure {
  readonly number: number
  readonly connection: string
  readonly stream: string
  readonly externalId: string
  readonly occurredAt: number
}

export const listWanted = describeRoute({
  name: 'people.wanted_erasures',
  method: 'GET',
  path: '/v1/erasures-wanted',
  permission: 'people:read',
  summary: 'People whom platforms erased and who wait for a decision.',
  answer: wire<{ readonly wanted: readonly WantedErasure[] }>({
    wanted: z.array(
      wire<WantedErasure>({
        number: z.int(),
        connection: z.string(),
        stream: z.string(),
        externalId: z.string(),
        occurredAt: instant,
      }),
    ),
  }),
  errors: ['run.not_applied'],
  example: { answer: { wanted: [] } },
})

export const takeUpWanted = describeRoute({
  name: 'people.take_up_wanted',
  method: 'POST',
  path: '/v1/erasures-wanted/take-up',
  permission: 'people:erase',
  mode: 'operation',
  cost: 'heavy',
  summary: 'Erases everybody whom platforms erased, here and everywhere else.',
  answer: wire<{ readonly erasures: readonly ErasureDocument[] }>({ erasures: z.array(erasureContract) }),
  errors: ['run.not_applied', 'access.second_person_needed'],
  example: { answer: { erasures: [exampleErasure] } },
})
export const erasureContracts = [
  previewErasure,
  erasePerson,
  liftErasure,
  listErasures,
  showErasure,
  listWanted,
  takeUpWanted,
]
