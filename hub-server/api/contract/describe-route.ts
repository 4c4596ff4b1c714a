import type { z } from 'zod'
import type { ErrorCode } from '../../../core/errors/error-codes.ts'
import { provenPermissions, type Permission } from '../../access/permissions.ts'
import { nothing } from './wire.ts'

/** What a route is, for whoever serves it, calls it or describes it: no code of either. */
export interface RouteContract<Params, Query, Body, Answer> {
  /** Names the operation everywhere: "segments.preview". */
  readonly name: string
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** OpenAPI's form: "/v1/segments/{segment}". */
  readonly path: string
  readonly permission: Permission
  /** What it does, in one English sentence. */
  readonly summary: string
  /**
   * How it answers. `answer`: at once. `operation`: 202 with an operation, whose result is the answer. `stream`: server-sent events, each
   * of which is an answer.
   */
  readonly mode: 'answer' | 'operation' | 'stream'
  /** `changes`: what it does can be seen afterwards; POST then needs an Idempotency-Key. `reads`: asking twice is asking once. */
  readonly effect: 'reads' | 'changes'
  /** `heavy`: few of them are carried out at the same time, whoever asks. */
  readonly cost: 'light' | 'heavy'
  /** Status of an answer; operations begin with 202. */
  readonly status: 200 | 201
  /**
   * Whether somebody who signed in must have proven within the last quarter of an hour that it is them. Default: for changes by the permissions that
   * weigh most (`provenPermissions`).
   */
  readonly recentProof: boolean
  /** Whether a change needs If-Match with the ETag that was read. */
  readonly ifMatch: boolean
  readonly params: z.ZodType<Params>
  readonly query: z.ZodType<Query>
  readonly body: z.ZodType<Body>
  /** False: the request carries none. */
  readonly hasBody: boolean
  readonly answer: z.ZodType<Answer>
  /** The answer for who may not see the values of people (`people:read`). Absent: it holds none. */
  masked?(answer: Answer): Answer
  /** Refusals of this route's own, besides those that every route may give. */
  readonly errors: readonly ErrorCode[]
  /** As on the wire. */
  readonly example: RouteExample
}

interface RouteExample {
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string>>
  readonly body?: unknown
  readonly answer: unknown
}

/** A contract of which only the data is of interest. */
export type AnyRouteContract = RouteContract<unknown, unknown, unknown, unknown>

type Described<Params, Query, Body, Answer> = Pick<
  RouteContract<Params, Query, Body, Answer>,
  'name' | 'method' | 'path' | 'permission' | 'summary' | 'answer' | 'example'
> &
  Partial<RouteContract<Params, Query, Body, Answer>>

/**
 * Describes a route. Defaults: answers at once with 200, takes no parameters, GET reads and everything else changes, costs little, needs
 * no If-Match.
 */
export function describeRoute<Params = object, Query = object, Body = object, Answer = object>(
  route: Described<Params, Query, Body, Answer>,
): RouteContract<Params, Query, Body, Answer>
export function describeRoute(route: Described<object, object, object, object>): AnyRouteContract {
  const effect = route.effect ?? (route.method === 'GET' ? 'reads' : 'changes')
  return {
    mode: 'answer',
    effect,
    recentProof: effect === 'changes' && provenPermissions.has(route.permission),
    cost: 'light',
    status: 200,
    ifMatch: false,
    params: nothing,
    query: nothing,
    body: nothing,
    hasBody: route.body !== undefined,
    errors: [],
    ...route,
  }
}

/** A route beside the API's own, with what opens it instead of a permission. */
export interface BesideRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** "/webhooks/{connection}/{webhook}". */
  readonly path: string
  /**
   * `permission`: as of the API, named in the summary. `signature`: the platform's, over the raw bytes. `write_key`: of events. `state`: the single-use state of an authorisation. `code`: a
   * secret in the address. `session`: a signed-in person. `open`: nothing; it tells and does nothing of value.
   */
  readonly proof: 'permission' | 'signature' | 'write_key' | 'state' | 'code' | 'session' | 'open'
  readonly summary: string
}
