import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Express, Request, Response } from 'express'
import { z } from 'zod'
import { AffluentError } from '../../core/errors/affluent-error.ts'
import type { Clock } from '../../core/port/clock.ts'
import type { RequestStore } from '../../core/port/request-store.ts'
import type { Sealer } from '../../core/port/sealer.ts'
import { toActor, type Principal } from '../access/principal.ts'
import { requireRecentProof } from '../access/recent-proof.ts'
import { requirePermission } from '../access/require-permission.ts'
import { operationContract } from '../api/contract/operation.ts'
import type { Caller, Route, WireRequest } from '../api/define-route.ts'
import { toOperationDocument } from '../api/operation-document.ts'
import type { Operations } from '../api/operations.ts'
import type { Translator } from '../locales/translate.ts'
import { createAnswerOnce, type WireAnswer } from './answer-once.ts'
import { createJsonBodyReader, type JsonBody } from './read-json-body.ts'
import { createRequestBudget, type BudgetLimits } from './request-budget.ts'
import { sendEvents } from './send-events.ts'

/** What stands between the network and the handlers. */
export interface RouteGate {
  /** Undefined: the request shows nobody. Throws where it shows something that is not in force. */
  readonly authenticate: (request: IncomingMessage) => Promise<Principal | undefined>
  /** Asked again and again of answers that stay open. */
  readonly isInForce: (principal: Principal) => Promise<boolean>
  readonly requests: Pick<RequestStore, 'claimRequest' | 'keepAnswer' | 'releaseRequest' | 'forgetRequests'>
  readonly operations: Operations
  readonly sealer: Sealer
  readonly clock: Clock
  readonly limits?: BudgetLimits
  /** Has what a request does name it, in the audit log. Default: nothing does. */
  readonly duringRequest?: <Result>(requestId: string, work: () => Result) => Result
}

type TranslatorFor = (request: Request) => Translator

/** One request on its way through the gate. */
interface Passage {
  readonly request: Request
  readonly response: Response
  readonly principal: Principal
  readonly translator: Translator
  readonly signal: AbortSignal
}

/**
 * Mounts routes. Each request goes the same way: who is it, may they, is it within their budget, the body, was it answered already, does it
 * fit, the handler. Other methods of the same addresses are answered 405.
 */
export function mountRoutes(
  app: Express,
  routes: readonly Route[],
  gate: RouteGate,
  translatorFor: TranslatorFor,
): void {
  const serve = createServing(gate)
  for (const route of routes) {
    const { method, path } = route.contract
    const answer = (request: Request, response: Response): Promise<void> =>
      serve(route, request, response, translatorFor(request))
    // Express hands the rejection of a returned promise to the error handler.
    app[toVerb(method)](toExpressPath(path), answer)
  }
  for (const [path, methods] of methodsByPath(routes))
    app.all(toExpressPath(path), (_request, response) => {
      response.set('Allow', methods.join(', '))
      throw new AffluentError('api.method_not_allowed')
    })
}

/** "/v1/runs/{id}" as Express writes it. */
export const toExpressPath = (path: string): string => path.replace(/\{(\w+)\}/g, ':$1')

const verbs = { GET: 'get', POST: 'post', PUT: 'put', PATCH: 'patch', DELETE: 'delete' } as const
const toVerb = (method: keyof typeof verbs): (typeof verbs)[keyof typeof verbs] => verbs[method]

function methodsByPath(routes: readonly Route[]): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const { contract } of routes) {
    const own = contract.method === 'GET' ? ['GET', 'HEAD'] : [contract.method]
    found.set(contract.path, [...(found.get(contract.path) ?? []), ...own])
  }
  return found
}

type Serve = (route: Route, request: Request, response: Response, translator: Translator) => Promise<void>

function createServing(gate: RouteGate): Serve {
  const withJson = createJsonBodyReader()
  const once = createAnswerOnce({ store: gate.requests, sealer: gate.sealer, clock: gate.clock })
  const budget = createRequestBudget(gate.clock, gate.limits)

  async function carryOut(route: Route, passage: Passage, body: JsonBody | undefined): Promise<void> {
    const { contract } = route
    const { request, response, principal } = passage
    const work = (): Promise<WireAnswer> => answerOf(route, passage, body, gate)
    const isOnce = contract.method === 'POST' && contract.effect === 'changes'
    const answer = isOnce
      ? await once(
          {
            key: request.get('idempotency-key'),
            caller: `${principal.kind}:${nameOf(principal)}`,
            route: contract.name,
            content: [request.originalUrl, body?.bytes ?? ''],
          },
          work,
        )
      : await work()
    send(response, answer, contract.method === 'GET' ? request.get('if-none-match') : undefined)
  }

  return async (route, request, response, translator) => {
    const { contract } = route
    const principal = await gate.authenticate(request)
    response.locals['principal'] = principal
    requirePermission(principal, contract.permission)
    if (contract.recentProof) requireRecentProof(principal)
    const leave = budget.enter(`${principal.kind}:${nameOf(principal)}`, contract.cost)
    const passage = { request, response, principal, translator, signal: whenGone(response) }
    response.set('Content-Language', translator.language).vary('Accept-Language')
    try {
      if (contract.mode === 'stream') await stream(route, passage, gate)
      else if (contract.hasBody) await withJson(request, (body) => carryOut(route, passage, body))
      else {
        refuseBody(request)
        await carryOut(route, passage, undefined)
      }
    } finally {
      leave()
    }
  }
}

const requestIdOf = (response: Response): string => String(response.locals['requestId'])

const nameOf = (principal: Principal): string => (principal.kind === 'local' ? principal.name : principal.id)

/** Aborts when whoever asked went away before the answer was whole. */
function whenGone(response: Response): AbortSignal {
  const controller = new AbortController()
  response.once('close', () => {
    if (!response.writableFinished) controller.abort()
  })
  return controller.signal
}

/** A request that needs no body brings none: what nobody reads cannot be meant. */
export function refuseBody({ headers }: IncomingMessage): void {
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
  if (hasBody) throw new AffluentError('api.body_too_large', { limit: 0 })
}

async function answerOf(
  route: Route,
  passage: Passage,
  body: JsonBody | undefined,
  { operations }: RouteGate,
): Promise<WireAnswer> {
  const { contract } = route
  const request = toWireRequest(passage.request, body)
  const caller = toCaller(route, passage)
  if (contract.mode !== 'operation') {
    const answer = await route.answer(request, caller)
    return { status: contract.status, headers: headersOf(contract, answer), body: answer }
  }
  // What does not fit is refused now, not later by an operation that fails.
  route.check(request)
  await route.refuse?.(request, caller)
  const { actor } = caller
  const operation = await operations.start({ route: contract.name, actor }, (tools) =>
    route.answer(request, { ...caller, ...tools }),
  )
  const document = z.encode(operationContract, toOperationDocument(operation, null, passage))
  return { status: 202, headers: { Location: `/v1/operations/${operation.id}` }, body: document }
}

/** An answer that is a configuration object carries its own digest, which is its ETag. */
function headersOf({ method }: Route['contract'], answer: unknown): Record<string, string> {
  const isObject = typeof answer === 'object' && answer !== null
  if (isObject && 'digest' in answer && typeof answer.digest === 'string')
    return { ETag: `"${answer.digest}"` }
  if (method !== 'GET') return {}
  const digest = createHash('sha256').update(JSON.stringify(answer)).digest('base64url')
  return { ETag: `W/"${digest.slice(0, 22)}"` }
}

function toWireRequest(request: Request, body: JsonBody | undefined): WireRequest {
  return { params: { ...request.params }, query: request.query, body: body ? body.value : {} }
}

function toCaller(
  { contract }: Route,
  { request, response, principal, translator, signal }: Passage,
): Caller {
  return {
    principal,
    actor: toActor(principal),
    requestId: requestIdOf(response),
    translator,
    signal,
    ifMatch: contract.ifMatch ? readIfMatch(request.get('if-match')) : undefined,
    progress: () => undefined,
  }
}

/** The strong ETag that a change was made from. */
function readIfMatch(header: string | undefined): string {
  if (header === undefined) throw new AffluentError('api.precondition_missing')
  const tag = /^"([\w:.-]{1,128})"$/.exec(header)?.[1]
  if (tag === undefined) throw new AffluentError('api.precondition_failed')
  return tag
}

function send(response: Response, { status, headers, body }: WireAnswer, known: string | undefined): void {
  response.set(headers)
  if (known !== undefined && holdsTag(known, headers['ETag'])) {
    response.status(304).end()
    return
  }
  response.status(status).json(body)
}

/** Whether the caller has this very answer: any of several tags, compared weakly (RFC 9110, 13.1.2). */
const holdsTag = (known: string, tag: string | undefined): boolean =>
  known.trim() === '*' || [...known.matchAll(/"[^"]*"/g)].some(([one]) => one === tag?.replace(/^W\//, ''))

async function stream(route: Route, passage: Passage, { isInForce, clock }: RouteGate): Promise<void> {
  const { request, response, principal, signal } = passage
  refuseBody(request)
  const wire = toWireRequest(request, undefined)
  const query = { ...(typeof wire.query === 'object' ? wire.query : {}) }
  // A browser that connects again says where it was (WHATWG HTML, 9.2.4); others may say it in the address.
  const last = request.get('last-event-id')
  const resumed = last === undefined ? query : { ...query, after: last }
  const items = route.follow({ ...wire, query: resumed }, toCaller(route, passage))
  await sendEvents(response, items, { signal, clock, isInForce: () => isInForce(principal) })
}
