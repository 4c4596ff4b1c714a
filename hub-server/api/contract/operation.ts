import { z } from 'zod'
import type { OperationRecord } from '../../../core/port/request-store.ts'
import { describeRoute } from './describe-route.ts'
import { storedErrorContract, type StoredError } from './error.ts'
import { asIs, instant, nameText, pageQuery, wholeNumber, wire, type PageQuery } from './wire.ts'

/** An operation as the API shows it. */
export interface OperationDocument extends Pick<
  OperationRecord,
  'id' | 'route' | 'actor' | 'state' | 'startedAt' | 'finishedAt'
> {
  /** As the route's answer; null until it succeeded, and for whoever may not call the route. */
  readonly result: unknown
  readonly error: StoredError | null
}
export const operationContract = wire<OperationDocument>({
  id: z.string(),
  route: z.string(),
  actor: z.string(),
  state: z.enum(['running', 'succeeded', 'failed', 'cancelled']),
  startedAt: instant,
  finishedAt: instant.nullable(),
  result: asIs<unknown>('The answer of the route that began it; null until it succeeded'),
  error: storedErrorContract.nullable(),
})

const example = {
  id: '0b9fa4c2-3a51-4d0c-8f4e-2d1b7a6f0c11',
  route: 'runs.create',
  actor: 'user:ada',
  state: 'running',
  started_at: '2026-11-22T08:00:00.000Z',
  finished_at: null,
  result: null,
  error: null,
}
const params = wire<{ readonly id: string }>({ id: nameText })

export const listOperations = describeRoute({
  name: 'operations.list',
  method: 'GET',
  path: '/v1/operations',
  permission: 'runs:read',
  summary: 'Work under way and what ended in the last 24 hours, newest first.',
  query: wire<PageQuery>(pageQuery),
  answer: wire<{ readonly operations: readonly OperationDocument[]; readonly nextCursor: string | null }>({
    operations: z.array(operationContract),
    nextCursor: z.string().nullable(),
  }),
  example: { query: { limit: '20' }, answer: { operations: [example], next_cursor: null } },
})

export const showOperation = describeRoute({
  name: 'operations.show',
  method: 'GET',
  path: '/v1/operations/{id}',
  permission: 'runs:read',
  summary: 'One operation, with its result once it has one.',
  params,
  answer: operationContract,
  errors: ['api.object_unknown'],
  example: { params: { id: example.id }, answer: example },
})

export const cancelOperation = describeRoute({
  name: 'operations.cancel',
  method: 'POST',
  path: '/v1/operations/{id}/cancel',
  permission: 'syncs:run',
  summary: 'Asks an operation to stop; it ends as soon as it can without losing anything.',
  params,
  answer: operationContract,
  errors: ['api.object_unknown'],
  example: { params: { id: example.id }, answer: example },
})

/** What those who follow an operation are told. */
export interface OperationEventDocument {
  readonly number: number
  readonly event: 'progress' | 'ended'
  readonly data: unknown
}

export const followOperation = describeRoute({
  name: 'operations.follow',
  method: 'GET',
  path: '/v1/operations/{id}/events',
  permission: 'runs:read',
  summary: 'Progress of an operation as server-sent events; resumes after Last-Event-ID.',
  mode: 'stream',
  params,
  query: wire<{ readonly after?: number }>({ after: wholeNumber(0, 999_999_999).exactOptional() }),
  answer: wire<OperationEventDocument>({
    number: z.int(),
    event: z.enum(['progress', 'ended']),
    data: asIs<unknown>('What the operation tells of itself'),
  }),
  errors: ['api.object_unknown'],
  example: {
    params: { id: example.id },
    answer: { number: 1, event: 'ended', data: { state: 'succeeded' } },
  },
})

export const operationContracts = [listOperations, showOperation, cancelOperation, followOperation]
