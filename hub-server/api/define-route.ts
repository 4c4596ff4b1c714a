import { z } from 'zod'
import { AffluentError } from '../../core/errors/affluent-error.ts'
import type { JsonValue } from '../../core/port/json.ts'
import { permits } from '../access/permissions.ts'
import type { Principal } from '../access/principal.ts'
import type { Translator } from '../locales/translate.ts'
import type { AnyRouteContract, RouteContract } from './contract/describe-route.ts'
import { parseBody, parseParameters } from './invalid-request.ts'

/** Who asks, how, and what to do meanwhile. */
export interface Caller {
  readonly principal: Principal
  /** As the audit log names the principal. */
  readonly actor: string
  /** In problem documents, the log and the audit log. */
  readonly requestId: string
  /** Speaks the reader's language. */
  readonly translator: Translator
  /** Aborts when nobody waits for the answer any more, or the operation is cancelled. */
  readonly signal: AbortSignal
  /** The ETag that was read before a change; undefined where the route needs none. */
  readonly ifMatch: string | undefined
  /** Tells those who follow the operation; of other routes nobody does. */
  readonly progress: (event: JsonValue) => void
}

/** A request as a handler sees it: checked, in the program's names. */
export interface RouteRequest<Params, Query, Body> extends Caller {
  readonly params: Params
  readonly query: Query
  readonly body: Body
}

/** Values as they came in or go out: JSON in the wire's names. */
export interface WireRequest {
  readonly params: unknown
  readonly query: unknown
  readonly body: unknown
}

/** A route with its handler, behind its contract: everything on the wire's side. */
export interface Route {
  readonly contract: AnyRouteContract
  /** Throws `InvalidRequest` for what does not fit. */
  check(request: WireRequest): void
  /** Throws what an operation would fail with, as far as that can be told before it begins. Absent: nothing can. */
  readonly refuse?: (request: WireRequest, caller: Caller) => Promise<void>
  /**
   * Carries a request out and answers as on the wire. Throws `InvalidRequest` and what the handler throws. Of streams see `follow`.
   */
  answer(request: WireRequest, caller: Caller): Promise<unknown>
  /** The answers of a stream, one by one. */
  follow(request: WireRequest, caller: Caller): AsyncIterable<unknown>
}

/** A route that answers once: at once, or as an operation's result, before which `refuse` may throw. */
export function defineRoute<Params, Query, Body, Answer>(
  contract: RouteContract<Params, Query, Body, Answer>,
  handle: (request: RouteRequest<Params, Query, Body>) => Promise<Answer>,
  refuse?: (request: RouteRequest<Params, Query, Body>) => Promise<void>,
): Route {
  return {
    contract,
    check: (request) => void toValues(contract, request),
    ...(refuse && { refuse: (request, caller) => refuse(toRequest(contract, request, caller)) }),
    answer: async (request, caller) => {
      const answer = await handle(toRequest(contract, request, caller))
      return z.encode(contract.answer, asSeenBy(contract, caller, answer))
    },
    follow: () => none(),
  }
}

/** A route that goes on answering until nobody listens or `handle` has no more. */
export function defineStream<Params, Query, Body, Answer>(
  contract: RouteContract<Params, Query, Body, Answer>,
  handle: (request: RouteRequest<Params, Query, Body>) => AsyncIterable<Answer>,
): Route {
  return {
    contract,
    check: (request) => void toValues(contract, request),
    answer: () => Promise.reject(new AffluentError('api.method_not_allowed')),
    async *follow(request, caller) {
      for await (const item of handle(toRequest(contract, request, caller)))
        yield z.encode(contract.answer, asSeenBy(contract, caller, item))
    },
  }
}

/** The one place where values of people are masked: no handler can forget it. */
function asSeenBy<Answer>(
  contract: Pick<RouteContract<unknown, unknown, unknown, Answer>, 'masked'>,
  { principal }: Pick<Caller, 'principal'>,
  answer: Answer,
): Answer {
  return permits(principal, 'people:read') ? answer : (contract.masked?.(answer) ?? answer)
}

async function* none(): AsyncGenerator {}

function toRequest<Params, Query, Body, Answer>(
  contract: RouteContract<Params, Query, Body, Answer>,
  given: WireRequest,
  caller: Caller,
): RouteRequest<Params, Query, Body> {
  return { ...caller, ...toValues(contract, given) }
}

function toValues<Params, Query, Body, Answer>(
  { params, query, body }: RouteContract<Params, Query, Body, Answer>,
  given: WireRequest,
): { readonly params: Params; readonly query: Query; readonly body: Body } {
  return {
    params: parseParameters(params, given.params),
    query: parseParameters(query, given.query),
    body: parseBody(body, given.body),
  }
}
